// The whole service behind real sockets, its peers played by a fake platform.
#include "services/risk/risk_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "libs/json/json.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "tests/services/risk/shell_fixture.h"
#include "tradewind/v1/order.pb.h"

namespace tw::risk {
namespace {

using testing::Event;
using testing::FillEvent;
using testing::GateBuy;
using testing::Quote;
using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

// oms and live-gateway as far as the kill switch is concerned.
struct Gates {
  std::atomic<uint64_t> generation{0};
  std::atomic<bool> engaged{false};
  std::atomic<int> applied{0};
  std::atomic<int> cancels{0};
  std::atomic<bool> refuse{false};
  // What the gates know beyond risk: thrown there while risk was away.
  std::atomic<uint64_t> younger{0};
};

class RiskServiceTest : public ::testing::Test {
 protected:
  RiskServiceTest()
      : host_("risk",
              std::make_unique<RiskService>(),
              {"--limits", testing::WriteLimits(), "--announce-period-ms", "20"}) {}

  void SetUp() override {
    rpc::Service kill("tradewind.v1.KillSwitchService");
    kill.Unary<v1::KillSwitch, v1::KillSwitch>(
        "ApplyKillSwitch", [this](const v1::KillSwitch& state, rpc::Reply<v1::KillSwitch> reply) {
          if (gates_.refuse) {
            reply.Fail(absl::UnavailableError("not now"));
            return;
          }
          ++gates_.applied;
          v1::KillSwitch answer = state;
          if (gates_.younger > state.generation()) {
            answer.set_generation(gates_.younger);
            answer.set_engaged(true);
            answer.set_reason("thrown at the gate");
          } else {
            gates_.generation = state.generation();
            gates_.engaged = state.engaged();
          }
          reply.Ok(answer);
        });
    platform_.Serve(std::move(kill));
    rpc::Service orders("tradewind.v1.OrderService");
    orders.Unary<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
        "CancelAllOrders", [this](const v1::CancelAllOrdersRequest& request,
                                  rpc::Reply<v1::CancelAllOrdersResponse> reply) {
          EXPECT_TRUE(gates_.engaged || !request.account().empty())
              << "the switch comes before the cancels";
          EXPECT_GT(gates_.generation, 0u);
          ++gates_.cancels;
          if (!request.account().empty()) {
            platform_.Append(Event(OrderId(1, 1), v1::ORDER_EVENT_KIND_CANCELED,
                                   v1::ORDER_STATUS_CANCELED, "0"));
          }
          reply.Ok(v1::CancelAllOrdersResponse());
        });
    platform_.Serve(std::move(orders));
    platform_.Start();
  }
  void TearDown() override {
    host_.Stop();
    platform_.Stop();
  }

  void StartReady() {
    host_.Start();
    ASSERT_TRUE(host_.WaitReady());
    PublishQuotes();
    ASSERT_TRUE(WaitFor([this] { return Check("BTCUSDT", "0.1").approved(); }))
        << Check("BTCUSDT", "0.1").reason();
  }
  void PublishQuotes() {
    const SystemClock clock;
    platform_.Publish(Quote("BTCUSDT", "45000", "45010", clock.Now()));
    platform_.Publish(Quote("IBM", "180", "180.10", clock.Now()));
  }

  v1::CheckOrderResponse Check(const std::string& symbol, const std::string& quantity) {
    v1::CheckOrderRequest request;
    request.set_account("a");
    request.set_symbol(symbol);
    request.set_side(v1::SIDE_BUY);
    request.set_quantity(quantity);
    return host_.Call<v1::CheckOrderResponse>("RiskService/CheckOrder", request)
        .value_or(v1::CheckOrderResponse());
  }

  Gates gates_;
  FakePlatform platform_;
  ServiceHost host_;
};

// One gate stream: asks, and waits for the answer.
class GateClient {
 public:
  explicit GateClient(rpc::Channel& channel) {
    stream_ = channel.Open<v1::GateRequest, v1::GateResponse>(
        "tradewind.v1.RiskGateService/Gate", [this](const auto& stream) {
          stream.OnMessage([this](const v1::GateResponse& response) {
            const std::lock_guard lock(mutex_);
            answer_ = response;
            answered_ = true;
          });
          stream.OnClosed([this](const absl::Status&) { closed_ = true; });
        });
  }
  ~GateClient() {
    stream_.Cancel();
    EXPECT_TRUE(WaitFor([this] { return closed_.load(); }));
  }

  v1::GateResponse Ask(const v1::GateRequest& request) {
    answered_ = false;
    stream_.Write(request);
    EXPECT_TRUE(WaitFor([this] { return answered_.load(); }));
    const std::lock_guard lock(mutex_);
    return answer_;
  }

 private:
  rpc::Stream<v1::GateRequest, v1::GateResponse> stream_;
  std::mutex mutex_;
  v1::GateResponse answer_;
  std::atomic<bool> answered_{false};
  std::atomic<bool> closed_{false};
};

TEST_F(RiskServiceTest, RebuildsExposureFromTheLedgerBeforeItApproves) {
  platform_.Append(
      Event(OrderId(1, 1), v1::ORDER_EVENT_KIND_APPROVED, v1::ORDER_STATUS_PENDING_NEW, "4"));
  platform_.Append(FillEvent(OrderId(1, 1), "3", "1"));
  StartReady();
  GateClient gate(host_.channel());
  v1::GateRequest request;
  request.set_epoch(1);
  *request.add_orders() = GateBuy(OrderId(1, 2), "6.00001", "45000");
  *request.add_orders() = GateBuy(OrderId(1, 3), "6", "45000");
  const v1::GateResponse response = gate.Ask(request);
  ASSERT_EQ(response.decisions_size(), 2);
  EXPECT_EQ(response.decisions(0).decision().reason(), v1::REJECT_REASON_MAX_POSITION);
  EXPECT_TRUE(response.decisions(1).decision().approved());
  EXPECT_EQ(response.ledger_sequence(), 2u);

  platform_.Append(
      Event(OrderId(1, 3), v1::ORDER_EVENT_KIND_CANCELED, v1::ORDER_STATUS_CANCELED, "0"));
  EXPECT_TRUE(WaitFor([&] {
    v1::GetExposureRequest all;
    const auto exposure = host_.Call<v1::GetExposureResponse>("RiskService/GetExposure", all);
    return exposure.ok() && exposure->exposures_size() == 1 &&
           exposure->exposures(0).open_buy() == "1" && exposure->exposures(0).position() == "3";
  }));
}

TEST_F(RiskServiceTest, CheckOverHttp) {
  StartReady();
  const auto post = [&](const std::string& body) { return host_.Http("POST", "/check", body); };
  http::Response response =
      post(R"({"account":"a","symbol":"BTCUSDT","side":"buy","quantity":0.1,"price":45000})");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find(R"("approved":true)"), std::string::npos) << response.body;
  EXPECT_NE(response.body.find(R"("risk_level":"LOW")"), std::string::npos) << response.body;
  response = post(
      R"({"account":"a","symbol":"BTCUSDT","side":"buy","quantity":"100","order_type":"LIMIT"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find(R"("reason_code":"MAX_ORDER_QUANTITY")"), std::string::npos)
      << response.body;
  response = post(R"({"symbol":"BTCUSDT","side":"buy","quantity":0.1,"type":"limit",)"
                  R"("order_type":"MARKET"})");
  EXPECT_EQ(response.status, 400) << "type and order_type disagree";
  response = post(R"({"symbol":"BTCUSDT","side":"up","quantity":0.1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find(R"("field":"side")"), std::string::npos) << response.body;
  EXPECT_EQ(post("{").status, 400);
}

TEST_F(RiskServiceTest, LimitsCanBeReadSetAndCleared) {
  StartReady();
  http::Response response = host_.Http(
      "PUT", "/risk/limits",
      R"({"scope":"account","account":"a","max_order_quantity":0.05,"reason":"new","changed_by":"ana"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_NE(response.body.find(R"("max_order_quantity":"0.05")"), std::string::npos)
      << response.body;
  EXPECT_NE(response.body.find(R"("version":2)"), std::string::npos) << response.body;
  EXPECT_EQ(Check("BTCUSDT", "0.1").reason_code(), v1::REJECT_REASON_MAX_ORDER_QUANTITY);
  EXPECT_EQ(Check("BTCUSDT", "0.1").limits_version(), 2u);

  response = host_.Get("/risk/limits?account=a");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find(R"("changed_by":"ana")"), std::string::npos) << response.body;

  response = host_.Http("DELETE", "/risk/limits?scope=account&account=a&reason=over");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(Check("BTCUSDT", "0.1").approved());

  const struct {
    const char* body;
    const char* field;
  } faults[] = {
      {R"({"scope":"firm","max_exposure":1})", "reason"},
      {R"({"scope":"book","reason":"r"})", "scope"},
      {R"({"scope":"desk","max_position":1,"reason":"r"})", "desk"},
      {R"({"scope":"symbol","symbol":"NONE","max_position":1,"reason":"r"})", "symbol"},
      {R"({"scope":"account","account":"a b","max_position":1,"reason":"r"})", "account"},
      {R"({"scope":"firm","max_position":-1,"reason":"r"})", "max_position"},
  };
  for (const auto& fault : faults) {
    response = host_.Http("PUT", "/risk/limits", fault.body);
    EXPECT_EQ(response.status, 400) << fault.body;
    EXPECT_NE(response.body.find(std::string(R"("field":")") + fault.field + '"'),
              std::string::npos)
        << response.body;
  }
}

TEST_F(RiskServiceTest, ABlockedSymbolIsRefusedUntilItIsLifted) {
  StartReady();
  http::Response response =
      host_.Http("POST", "/risk/symbol/BTCUSDT/block", R"({"reason":"halt","by":"ana"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_NE(response.body.find(R"("blocked":true)"), std::string::npos);
  EXPECT_EQ(Check("BTCUSDT", "0.1").reason_code(), v1::REJECT_REASON_SYMBOL_BLOCKED);
  // Its quote may come later than that of the other one.
  EXPECT_TRUE(WaitFor([&] { return Check("IBM", "1").approved(); })) << Check("IBM", "1").reason();
  EXPECT_EQ(
      host_.Get("/risk/blocks").body,
      R"([{"symbol":"BTCUSDT","blocked":true,"reason":"halt","by":"ana","closing_only":false}])");

  response = host_.Http("DELETE", "/risk/symbol/BTCUSDT/block");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(Check("BTCUSDT", "0.1").approved());
  EXPECT_EQ(host_.Get("/risk/blocks").body, "[]");
  EXPECT_EQ(host_.Http("POST", "/risk/symbol/NONE/block", "{}").status, 404);
}

TEST_F(RiskServiceTest, TheKillSwitchIsAnnouncedUntilItIsAcknowledged) {
  StartReady();
  gates_.refuse = true;
  v1::EngageKillSwitchRequest engage;
  engage.set_reason("drill");
  engage.set_by("ana");
  engage.set_cancel_open_orders(true);
  const auto engaged = host_.Call<v1::KillSwitch>("RiskService/EngageKillSwitch", engage);
  ASSERT_TRUE(engaged.ok()) << engaged.status();
  EXPECT_TRUE(engaged->engaged());
  EXPECT_EQ(engaged->generation(), 1u);
  EXPECT_EQ(Check("BTCUSDT", "0.1").reason_code(), v1::REJECT_REASON_KILL_SWITCH);
  EXPECT_EQ(gates_.cancels, 0);
  EXPECT_NE(host_.Get("/check").body.find("not acknowledged by"), std::string::npos);

  gates_.refuse = false;
  EXPECT_TRUE(WaitFor([&] { return gates_.generation == 1 && gates_.cancels == 1; }));

  const http::Response released = host_.Http("DELETE", "/risk/kill-switch");
  EXPECT_EQ(released.status, 200) << released.body;
  EXPECT_TRUE(WaitFor([&] { return gates_.generation == 2 && !gates_.engaged; }));
  EXPECT_EQ(gates_.cancels, 1);
  EXPECT_TRUE(Check("BTCUSDT", "0.1").approved());
  EXPECT_NE(host_.Get("/risk/kill-switch").body.find(R"("generation":2)"), std::string::npos);
}

// Blocks first, cancels, confirms, and says how long that took; for one account alone.
TEST_F(RiskServiceTest, TheKillSwitchOfAnAccountBlocksCancelsAndReports) {
  platform_.Append(Event(OrderId(1, 1), v1::ORDER_EVENT_KIND_ACCEPTED, v1::ORDER_STATUS_NEW, "1"));
  StartReady();
  v1::EngageKillSwitchRequest engage;
  engage.set_scope("account");
  engage.set_name("a");
  engage.set_reason("runaway");
  engage.set_by("ana");
  engage.set_cancel_open_orders(true);
  const auto engaged = host_.Call<v1::KillSwitch>("RiskService/EngageKillSwitch", engage);
  ASSERT_TRUE(engaged.ok()) << engaged.status();
  EXPECT_EQ(Check("BTCUSDT", "0.1").reason_code(), v1::REJECT_REASON_KILL_SWITCH);
  v1::KillReport report;
  ASSERT_TRUE(WaitFor([&] {
    const auto list = host_.Call<v1::ListKillReportsResponse>("RiskService/ListKillReports",
                                                              v1::ListKillReportsRequest());
    report = list.ok() && list->reports_size() == 1 ? list->reports(0) : v1::KillReport();
    return report.confirmed();
  }));
  EXPECT_TRUE(report.blocked());
  EXPECT_EQ(report.open_orders(), 1);
  EXPECT_EQ(gates_.cancels, 1);
  EXPECT_FALSE(gates_.engaged) << "the firm trades on, asked anew";
  EXPECT_EQ(gates_.generation, engaged->generation());

  v1::CheckOrderRequest other;
  other.set_account("b");
  other.set_symbol("BTCUSDT");
  other.set_side(v1::SIDE_BUY);
  other.set_quantity("0.1");
  EXPECT_TRUE(host_.Call<v1::CheckOrderResponse>("RiskService/CheckOrder", other)->approved());
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("account");
  release.set_name("a");
  release.set_reason("over");
  ASSERT_TRUE(host_.Call<v1::KillSwitch>("RiskService/ReleaseKillSwitch", release).ok());
  EXPECT_TRUE(Check("BTCUSDT", "0.1").approved());
  const auto rest = host_.Get("/risk/kill-switch/reports");
  EXPECT_NE(rest.body.find("\"confirmed\":true"), std::string::npos) << rest.body;
  EXPECT_NE(host_.Get("/risk/changes").body.find("KILL_REPORT"), std::string::npos);
}

TEST_F(RiskServiceTest, ASwitchThrownAtAGateIsTakenOver) {
  gates_.younger = 7;
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  EXPECT_TRUE(WaitFor(
      [&] { return Check("BTCUSDT", "0.1").reason_code() == v1::REJECT_REASON_KILL_SWITCH; }));
  gates_.younger = 0;
  EXPECT_EQ(host_.Http("DELETE", "/risk/kill-switch").status, 200);
  EXPECT_TRUE(WaitFor([&] { return gates_.generation == 8 && !gates_.engaged; }));
}

TEST_F(RiskServiceTest, ARefusalRaisesAnAlertThatCanBeAcknowledged) {
  StartReady();
  {
    GateClient gate(host_.channel());
    v1::GateRequest request;
    request.set_epoch(1);
    *request.add_orders() = GateBuy(OrderId(1, 1), "11", "45000");
    EXPECT_FALSE(gate.Ask(request).decisions(0).decision().approved());
  }
  ASSERT_TRUE(WaitFor([&] { return host_.Get("/risk/alerts").body != "[]"; }));
  const http::Response list = host_.Get("/risk/alerts");
  EXPECT_NE(list.body.find(R"("kind":"ORDER_REFUSED")"), std::string::npos) << list.body;
  const http::Response ack = host_.Http("POST", "/risk/alerts/1/ack", R"({"by":"ana"})");
  EXPECT_EQ(ack.status, 200) << ack.body;
  EXPECT_NE(ack.body.find(R"("acknowledged_by":"ana")"), std::string::npos) << ack.body;
  EXPECT_EQ(host_.Get("/risk/alerts?open_only=true").body, "[]");
  EXPECT_EQ(host_.Http("POST", "/risk/alerts/99/ack", "{}").status, 404);
  EXPECT_EQ(host_.Get("/risk/alerts?limit=5000").status, 400);
}

TEST_F(RiskServiceTest, SaysWhatItKnowsOfItself) {
  StartReady();
  const http::Response check = host_.Get("/check");
  EXPECT_EQ(check.status, 200) << check.body;
  for (const char* name : {"ledger", "market_data", "limits", "kill_switch", "limits_hash"}) {
    EXPECT_NE(check.body.find('"' + std::string(name) + '"'), std::string::npos) << check.body;
  }
  EXPECT_NE(host_.Get("/stats").body.find(R"("limits_version":1)"), std::string::npos);
  EXPECT_EQ(host_.Get("/risk/portfolio").status, 200);
}

}  // namespace
}  // namespace tw::risk
