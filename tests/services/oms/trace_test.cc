// A traceparent's way through oms: to risk, to execution, into the ledger, and into the stages of
// its order.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/trace/orders.h"
#include "tests/services/oms/oms_fixture.h"
#include "tradewind/v1/events.pb.h"

namespace tw::oms {
namespace {

using testing::IdOf;
using testing::OmsTest;
using tw::testing::WaitFor;

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kOther[] = "00-00000000000000000000000000000001-0000000000000002-01";
constexpr char kUnsampled[] = "00-00000000000000000000000000000003-0000000000000004-00";

class TraceTest : public OmsTest {
 protected:
  // What risk, execution and the ledger were told about the order.
  std::string AtRisk(const v1::Order& order) {
    for (const v1::GateOrder& asked : risk_.asked()) {
      if (asked.order_id() == IdOf(order)) {
        return asked.traceparent();
      }
    }
    return "not asked";
  }
  std::string AtExecution(const v1::Order& order) {
    EXPECT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(order)) == 1; }));
    for (const v1::RouteCommand& command : exeq_.commands()) {
      if (command.place().order_id() == IdOf(order)) {
        return command.place().traceparent();
      }
    }
    return "not placed";
  }
  // Of the order's first event, after whose batch the stream is given up.
  std::string InLedger(const v1::Order& order) {
    auto found = std::make_shared<std::string>("not there");
    std::atomic<bool> done{false};
    v1::StreamLedgerRequest request;
    request.set_from_sequence(1);
    const auto stream = host_->channel().Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& opened) {
          opened.OnMessage([&, found](const v1::LedgerBatch& batch) {
            for (const v1::LedgerEvent& event : batch.events()) {
              if (event.order_id() == IdOf(order) && *found == "not there") {
                *found = event.traceparent();
                done = true;
              }
            }
          });
          opened.OnClosed([](const absl::Status&) {});
          opened.Write(request);
          opened.Finish();
        });
    EXPECT_TRUE(WaitFor([&] { return done.load(); }));
    stream.Cancel();
    return *found;
  }
  std::vector<std::string> Stages(const v1::Order& order) {
    std::vector<std::string> stages;
    for (const std::string& text : trace::TheOrders().Lines(OrderId::FromValue(IdOf(order)))) {
      const auto line = nlohmann::json::parse(text);
      EXPECT_EQ(line["service"], "oms");
      stages.push_back(line["event"].get<std::string>() + " " + line.value("kind", ""));
    }
    return stages;
  }
  v1::Order SubmitTraced(const std::string& key, const std::string& traceparent) {
    v1::SubmitOrderRequest request = Limit(key);
    request.set_traceparent(traceparent);
    return Submit(request);
  }
};

TEST_F(TraceTest, GoesToRiskToExecutionAndIntoTheLedger) {
  StartReady({"--traces-made", "0"});
  const v1::Order traced = SubmitTraced("traced", kTraceparent);
  EXPECT_EQ(AtRisk(traced), kTraceparent);
  EXPECT_EQ(AtExecution(traced), kTraceparent);
  EXPECT_EQ(InLedger(traced), kTraceparent);
  exeq_.Accept(IdOf(traced));
  ASSERT_TRUE(WaitStatus(traced, v1::ORDER_STATUS_NEW));
  EXPECT_EQ(Stages(traced), (std::vector<std::string>{"order_taken ", "order_event SUBMITTED",
                                                      "order_event APPROVED", "journal_synced ",
                                                      "order_event ACCEPTED", "journal_synced "}));

  int count = 0;
  for (const char* const none : {"", "nonsense", kUnsampled}) {
    const v1::Order plain = SubmitTraced("plain-" + std::to_string(++count), none);
    EXPECT_EQ(AtRisk(plain), "") << none;
    EXPECT_EQ(AtExecution(plain), "") << none;
    EXPECT_EQ(InLedger(plain), "") << none;
    EXPECT_TRUE(Stages(plain).empty()) << none;
  }

  // It is no part of the order: a repeat may bring another.
  const v1::Order repeat = SubmitTraced("traced", kOther);
  EXPECT_TRUE(repeat.duplicate());
  EXPECT_EQ(repeat.order_id(), traced.order_id());

  // A cancel may be what begins it.
  const v1::Order later = SubmitTraced("later", "");
  v1::CancelOrderRequest cancel;
  cancel.set_order_id(later.order_id());
  cancel.set_traceparent(kOther);
  ASSERT_TRUE(host_->Call<v1::Order>("OrderService/CancelOrder", cancel).ok());
  EXPECT_EQ(Stages(later),
            (std::vector<std::string>{"order_event CANCEL_REQUESTED", "journal_synced "}));

  // The metadata of a session holds for its orders.
  std::atomic<int> answers{0};
  v1::Order in_session;
  const auto session = host_->channel().Open<v1::TradeSessionRequest, v1::TradeSessionResponse>(
      "tradewind.v1.OrderService/TradeSession",
      [&](const auto& opened) {
        opened.OnMessage([&](const v1::TradeSessionResponse& response) {
          if (response.answers_size() > 0) {
            in_session = response.answers(0).order();
            ++answers;
          }
        });
        opened.OnClosed([](const absl::Status&) {});
        v1::TradeSessionRequest request;
        *request.add_commands()->mutable_submit() = Limit("in-session");
        opened.Write(request);
      },
      {{"traceparent", kOther}});
  ASSERT_TRUE(WaitFor([&] { return answers == 1; }));
  EXPECT_EQ(AtRisk(in_session), kOther);
  session.Cancel();
}

}  // namespace
}  // namespace tw::oms
