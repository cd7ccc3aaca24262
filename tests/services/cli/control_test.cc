// kill, why, tail and health.
#include <mutex>

#include "libs/http/server.h"
#include "libs/testing/e8.h"
#include "tests/services/cli/fake_services.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

using tw::testing::kE8;

TEST(KillTest, GoesToRisk) {
  FakeServices fake;
  v1::EngageKillSwitchRequest seen;
  fake.Unary<v1::EngageKillSwitchRequest, v1::KillSwitch>("RiskService/EngageKillSwitch",
                                                          [&](const auto& request) {
                                                            seen = request;
                                                            v1::KillSwitch kill;
                                                            kill.set_engaged(true);
                                                            kill.set_generation(5);
                                                            return kill;
                                                          });
  fake.Start({"risk"});
  const Outcome outcome =
      Tradewind({"kill", "engage", "--reason", "drill", "--by", "me", "--cancel-open-orders"});
  EXPECT_EQ(outcome.exit, kOk) << outcome.err;
  EXPECT_EQ(seen.reason(), "drill");
  EXPECT_EQ(seen.by(), "me");
  EXPECT_TRUE(seen.cancel_open_orders());
  EXPECT_NE(outcome.out.find("generation          5"), std::string::npos) << outcome.out;
}

TEST(KillTest, WithRiskAwayBothGatesGetAYoungerGeneration) {
  FakeServices fake;
  std::mutex mutex;
  v1::KillSwitch held;  // oms and live-gateway are one server here
  held.set_generation(41);
  fake.Unary<v1::KillSwitch, v1::KillSwitch>("KillSwitchService/ApplyKillSwitch",
                                             [&](const v1::KillSwitch& kill) {
                                               const std::lock_guard lock(mutex);
                                               if (kill.generation() > held.generation()) {
                                                 held = kill;
                                               }
                                               return held;
                                             });
  fake.Start({"oms", "live-gateway"});
  const Outcome engage = Tradewind({"kill", "engage", "--reason", "drill"});
  EXPECT_EQ(engage.exit, kOk) << engage.err;
  EXPECT_NE(engage.err.find("going to oms and live-gateway directly"), std::string::npos);
  EXPECT_EQ(engage.out, "oms: engaged, generation 42\nlive-gateway: engaged, generation 42\n");
  EXPECT_EQ(held.reason(), "drill");

  const Outcome status = Tradewind({"kill", "status"});
  EXPECT_EQ(status.out, "oms: engaged, generation 42\nlive-gateway: engaged, generation 42\n");

  const Outcome release = Tradewind({"kill", "release", "--reason", "over"});
  EXPECT_EQ(release.out, "oms: released, generation 43\nlive-gateway: released, generation 43\n");
}

TEST(KillTest, AGateThatIsAwayIsSaid) {
  FakeServices fake;
  fake.Unary<v1::KillSwitch, v1::KillSwitch>("KillSwitchService/ApplyKillSwitch",
                                             [](const v1::KillSwitch& kill) { return kill; });
  fake.Start({"live-gateway"});
  const Outcome engage = Tradewind({"kill", "engage", "--reason", "drill"});
  EXPECT_EQ(engage.exit, kUnreachable);
  EXPECT_NE(engage.err.find("oms at 127.0.0.1:1"), std::string::npos) << engage.err;
  EXPECT_EQ(engage.out, "live-gateway: engaged, generation 1\n");
}

TEST(ResolveTest, IsAnOperatorsWordToOms) {
  FakeServices fake;
  v1::ResolveOrderRequest seen;
  fake.Unary<v1::ResolveOrderRequest, v1::Order>(
      "OrderAdminService/ResolveOrder", [&](const auto& request) -> absl::StatusOr<v1::Order> {
        seen = request;
        if (request.order_id() != "1-2") {
          return absl::FailedPreconditionError("order 1-1 is not uncertain: it is NEW");
        }
        v1::Order order;
        order.set_order_id(request.order_id());
        order.set_status(v1::ORDER_STATUS_FILLED);
        return order;
      });
  fake.Start({"oms"});
  const Outcome done = Tradewind({"resolve", "1-2", "--as", "filled", "--reason", "by telephone",
                                  "--by", "ann", "--quantity", "0.5", "--price", "101"});
  EXPECT_EQ(done.exit, kOk) << done.err;
  EXPECT_EQ(seen.outcome(), v1::ORDER_STATUS_FILLED);
  EXPECT_EQ(seen.reason() + "/" + seen.by(), "by telephone/ann");
  EXPECT_EQ(seen.quantity() + "/" + seen.price(), "0.5/101");
  EXPECT_NE(done.out.find("FILLED"), std::string::npos) << done.out;

  const Outcome refused = Tradewind({"resolve", "1-1", "--as", "canceled", "--reason", "x"});
  EXPECT_EQ(refused.exit, kFailed);
  EXPECT_NE(refused.err.find("is not uncertain"), std::string::npos) << refused.err;
  EXPECT_EQ(Tradewind({"resolve", "1-2", "--as", "canceled"}).exit, kUsage) << "no reason";
  EXPECT_EQ(Tradewind({"resolve", "1-2", "--reason", "x"}).exit, kUsage);
  EXPECT_EQ(Tradewind({"resolve", "1-2", "--as", "lost", "--reason", "x"}).exit, kUsage);
}

v1::LedgerEvent Event(uint32_t order, v1::OrderEventKind kind) {
  v1::LedgerEvent event;
  event.set_order_id(OrderId(1, order).value());
  event.set_kind(kind);
  event.set_account("demo");
  event.set_symbol("BTCUSDT");
  event.set_side(v1::SIDE_BUY);
  event.set_quantity_e8(100 * kE8);
  event.set_price_e8(45'000 * kE8);
  return event;
}

class WhyTest : public ::testing::Test {
 protected:
  // `others` events of another order lie between the decision and the order's last event.
  void Serve(int others) {
    std::vector<v1::LedgerEvent> events = {Event(1, v1::ORDER_EVENT_KIND_SUBMITTED)};
    v1::LedgerEvent decision = Event(1, v1::ORDER_EVENT_KIND_REJECTED);
    decision.set_reject_reason(v1::REJECT_REASON_MAX_ORDER_QUANTITY);
    v1::RiskDecision& risk = *decision.mutable_risk();
    risk.set_reason(v1::REJECT_REASON_MAX_ORDER_QUANTITY);
    risk.set_message("100 is above 10");
    risk.set_limits_version(7);
    v1::RiskCheckResult& check = *risk.add_checks();
    check.set_name("max_order_quantity");
    check.set_input_e8(100 * kE8);
    check.set_limit_e8(10 * kE8);
    check.set_headroom_e8(10 * kE8);
    check.set_reason(v1::REJECT_REASON_MAX_ORDER_QUANTITY);
    events.push_back(decision);
    for (int i = 0; i < others; ++i) {
      events.push_back(Event(2, v1::ORDER_EVENT_KIND_ACCEPTED));
    }
    events.push_back(Event(1, v1::ORDER_EVENT_KIND_CANCELED));
    const size_t last = events.size();
    fake_.ServeLedger(events, 100);
    fake_.Unary<v1::GetOrderRequest, v1::Order>(
        "OrderService/GetOrder", [last](const auto& request) -> absl::StatusOr<v1::Order> {
          v1::Order order;
          order.set_order_id(request.order_id());
          order.set_sequence(last);
          return order;
        });
    fake_.Start({"oms"});
  }
  FakeServices fake_;
};

TEST_F(WhyTest, ShowsEveryCheckOfTheDecision) {
  Serve(0);
  const Outcome why = Tradewind({"why", "1-1"});
  EXPECT_EQ(why.exit, kOk) << why.err;
  EXPECT_NE(why.out.find("order 1-1 of demo: BUY 100 BTCUSDT at 45000\n"
                         "refused: MAX_ORDER_QUANTITY: 100 is above 10\n"),
            std::string::npos)
      << why.out;
  EXPECT_NE(why.out.find("max_order_quantity  no        100     10     0        10"),
            std::string::npos)
      << why.out;
}

TEST_F(WhyTest, FindsADecisionFarBack) {
  Serve(1'000);
  const Outcome why = Tradewind({"why", "1-1", "--json"});
  EXPECT_EQ(why.exit, kOk) << why.err;
  EXPECT_NE(why.out.find(R"("limits_version":7)"), std::string::npos) << why.out;
}

TEST_F(WhyTest, AnOrderWithoutADecisionIsNotFound) {
  Serve(3);
  EXPECT_EQ(Tradewind({"why", "1-9"}).exit, kFailed);
}

TEST(TailTest, EndsAtTheHeadAndFiltersByItself) {
  FakeServices fake;
  fake.ServiceOf("OrderService/x")
      .ServerStream<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
          "StreamOrderEvents", [](const v1::StreamOrderEventsRequest& request, auto stream) {
            for (uint64_t sequence = request.from_sequence(); sequence <= 9; ++sequence) {
              v1::OrderEventBatch batch;
              batch.set_head_sequence(sequence < 5 ? 5 : 9);  // it goes on growing
              v1::OrderEvent& event = *batch.add_events();
              event.set_sequence(sequence);
              event.mutable_order()->set_account(sequence % 2 == 0 ? "even" : "odd");
              stream.Write(batch);
            }
          });
  fake.Start({"gateway"});
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const Outcome all = Tradewind({"tail", "--from", "1", "--until-head"});
  EXPECT_EQ(all.exit, kOk) << all.err;
  EXPECT_EQ(lines(all.out), 5);
  const Outcome odd = Tradewind({"tail", "--from", "2", "--until-head", "--account", "odd"});
  EXPECT_EQ(odd.exit, kOk);
  EXPECT_EQ(lines(odd.out), 2);  // 3 and 5
  EXPECT_NE(odd.out.find("\"sequence\":5"), std::string::npos);
}

TEST(TailTest, AnEmptyLedgerEndsAtOnceAndALostStreamIsUnreachable) {
  FakeServices fake;
  fake.ServiceOf("OrderService/x")
      .ServerStream<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
          "StreamOrderEvents", [](const v1::StreamOrderEventsRequest& request, auto stream) {
            stream.Write(v1::OrderEventBatch());
            if (request.from_sequence() == 77) {
              stream.Finish(absl::OutOfRangeError("the oldest is 80"));
            } else if (request.from_sequence() == 0) {
              stream.Finish();
            }
          });
  fake.Start({"gateway"});
  EXPECT_EQ(Tradewind({"tail", "--from", "1", "--until-head"}).exit, kOk);
  EXPECT_EQ(Tradewind({"tail"}).exit, kUnreachable);
  const Outcome old = Tradewind({"tail", "--from", "77"});
  EXPECT_EQ(old.exit, kFailed);
  EXPECT_EQ(old.err, "tradewind: OUT_OF_RANGE: the oldest is 80\n");
}

TEST(HealthTest, IsTheServicesOwnWord) {
  http::Server well{http::Options{}};
  well.Get("/health", [](const http::Request&) { return http::Json("{\"status\":\"healthy\"}"); });
  ASSERT_TRUE(well.Start().ok());
  http::Server ill{http::Options{}};
  ill.Get("/health", [](const http::Request&) {
    http::Response response = http::Json("{\"status\":\"unhealthy\",\"reason\":\"disk full\"}");
    response.status = 503;
    return response;
  });
  ASSERT_TRUE(ill.Start().ok());
  const auto point = [](const char* name, int port) {
    ::setenv(name, ("127.0.0.1:" + std::to_string(port)).c_str(), 1);
  };
  FakeServices nobody;
  for (const config::ServicePorts& service : config::kServices) {
    point(config::EnvironmentName({"TRADEWIND", service.name, "HTTP_ADDRESS"}).c_str(), kNobody);
  }
  point("TRADEWIND_OMS_HTTP_ADDRESS", well.port());
  point("TRADEWIND_RISK_HTTP_ADDRESS", ill.port());
  EXPECT_EQ(Tradewind({"health", "oms"}).exit, kOk);
  const Outcome risk = Tradewind({"health", "risk"});
  EXPECT_EQ(risk.exit, kFailed);
  EXPECT_NE(risk.out.find("disk full"), std::string::npos) << risk.out;
  EXPECT_EQ(Tradewind({"health", "pnl"}).exit, kUnreachable);
  const Outcome all = Tradewind({"health", "--json"});
  EXPECT_EQ(all.exit, kUnreachable);
  EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 14);
  EXPECT_NE(all.out.find(R"({"name":"oms","status":"healthy")"), std::string::npos);
}

}  // namespace
}  // namespace tw::cli
