// exeq between a client that plays oms and a real live-gateway, over loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <mutex>

#include "libs/testing/service_host.h"
#include "services/exeq/exeq_service.h"
#include "services/live-gateway/live_gateway_service.h"
#include "tests/services/exeq/route_client.h"

namespace tw::exeq {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ExeqTest : public ::testing::Test {
 protected:
  void SetUp() override {
    live_gateway_ = std::make_unique<testing::ServiceHost>(
        "live-gateway", std::make_unique<live_gateway::LiveGatewayService>(),
        std::vector<std::string>{"--tick-ms", "20"});
    live_gateway_->Start();
    const std::string address = "127.0.0.1:" + std::to_string(live_gateway_->grpc_port());
    ::setenv("TRADEWIND_LIVE_GATEWAY_ADDRESS", address.c_str(), 1);
    StartExeq();
  }
  void StartExeq() {
    exeq_ =
        std::make_unique<testing::ServiceHost>("exeq", std::make_unique<ExeqService>(),
                                               std::vector<std::string>{"--venue-period-ms", "20"});
    exeq_->Start();
    ASSERT_TRUE(exeq_->WaitReady());
  }
  std::string State(OrderId id) {
    v1::GetRouteRequest request;
    request.set_order_id(id.ToString());
    const auto route = exeq_->Call<v1::OrderRoute>("ExecutionService/GetRoute", request);
    if (!route.ok()) {
      return absl::StatusCodeToString(route.status().code());
    }
    EXPECT_EQ(route->children_size(), 1);
    return route->children(0).state() + " " + route->children(0).filled_quantity() + " of " +
           route->children(0).quantity();
  }

  std::unique_ptr<testing::ServiceHost> live_gateway_;
  std::unique_ptr<testing::ServiceHost> exeq_;
};

TEST_F(ExeqTest, BringsAnOrderToTheVenueAndItsFillsBack) {
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  oms.Place(OrderId(1, 7), "46000");
  const std::vector<std::string> lines = oms.Wait(2);
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "ACCEPTED 1-7.1");
  EXPECT_EQ(lines[1], "FILLED 1-7.1");
  int64_t filled = 0;
  for (const v1::Execution& execution : oms.executions()) {
    EXPECT_EQ(execution.venue(), "PAPER");
    EXPECT_EQ(execution.order_id(), OrderId(1, 7).value());
    filled += execution.kind() == v1::EXECUTION_KIND_FILLED ? execution.quantity_e8() : 0;
  }
  EXPECT_EQ(filled, *ParseE8("0.5"));
  EXPECT_EQ(State(OrderId(1, 7)), "FILLED 0.5 of 0.5");
  EXPECT_THAT(exeq_->Get("/orders/1-7").body,
              StartsWith(R"({"order_id":"1-7","symbol":"BTCUSDT","children":[{"child_id":"1-7.1",)"
                         R"("venue":"PAPER","quantity":"0.5","price":"46000","filled_quantity":)"
                         R"("0.5","state":"FILLED","sent_time":"2)"));
}

// An order's time stamps go to the venue and come home with its first report.
TEST_F(ExeqTest, ATracedOrderBringsItsTimeStampsHome) {
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  oms.Place(OrderId(1, 7), "44000", "BTCUSDT", /*traced=*/true);
  oms.Place(OrderId(1, 8), "44000");
  ASSERT_EQ(oms.Wait(2).size(), 2U);
  oms.Cancel(OrderId(1, 7));
  ASSERT_EQ(oms.Wait(3).size(), 3U);
  for (const v1::Execution& report : oms.executions()) {
    const bool first =
        report.order_id() == OrderId(1, 7).value() && report.kind() == v1::EXECUTION_KIND_ACCEPTED;
    ASSERT_EQ(report.has_trace(), first) << report.ShortDebugString();
    if (first) {
      const v1::OrderTrace& trace = report.trace();
      EXPECT_EQ(trace.synced_ns(), 1);
      EXPECT_GT(trace.exeq_in_ns(), 1);
      EXPECT_GE(trace.venue_in_ns(), trace.exeq_in_ns());
      EXPECT_GE(trace.venue_out_ns(), trace.venue_in_ns());
      EXPECT_GE(trace.exeq_out_ns(), trace.venue_out_ns());
    }
  }
}

TEST_F(ExeqTest, ReplacesAndCancels) {
  RouteClient oms(exeq_->channel(), 0);
  oms.Place(OrderId(1, 7), "44000");
  oms.Place(OrderId(1, 7), "44000");  // a resend
  oms.Replace(OrderId(1, 7), "0.75", "44100");
  ASSERT_EQ(oms.Wait(2).back(), "REPLACED 1-7.1");
  EXPECT_EQ(State(OrderId(1, 7)), "WORKING 0 of 0.75");
  oms.Cancel(OrderId(1, 7));
  EXPECT_EQ(oms.Wait(3).back(), "CANCELED 1-7.1");
  EXPECT_EQ(State(OrderId(1, 7)), "CANCELED 0 of 0.75");
  EXPECT_EQ(oms.executions().size(), 3U);
}

TEST_F(ExeqTest, ASymbolNobodyTradesIsRefusedByTheVenueWithANumber) {
  RouteClient oms(exeq_->channel(), 0);
  oms.Place(OrderId(1, 8), "1", "NOSUCH");
  ASSERT_EQ(oms.Wait(1).size(), 1U);
  const v1::Execution refusal = oms.executions()[0];
  EXPECT_EQ(refusal.kind(), v1::EXECUTION_KIND_REJECTED);
  EXPECT_EQ(refusal.reason(), v1::REJECT_REASON_VENUE_UNKNOWN_SYMBOL);
  EXPECT_EQ(refusal.execution_sequence(), 1U);
  EXPECT_EQ(State(OrderId(1, 8)), "REJECTED 0 of 0.5");
}

TEST_F(ExeqTest, ANewProcessCancelsAnOrderItNeverSent) {
  {
    RouteClient oms(exeq_->channel(), 0);
    oms.Place(OrderId(1, 7), "44000");
    ASSERT_EQ(oms.Wait(1).size(), 1U);
  }
  exeq_.reset();
  StartExeq();
  EXPECT_EQ(State(OrderId(1, 7)), "WORKING 0 of 0.5");  // found at the venue
  RouteClient oms(exeq_->channel(), 1);
  ASSERT_TRUE(oms.WaitCaughtUp());
  EXPECT_TRUE(oms.executions().empty());
  oms.Cancel(OrderId(1, 7));
  ASSERT_EQ(oms.Wait(1).size(), 1U);
  EXPECT_EQ(oms.executions()[0].kind(), v1::EXECUTION_KIND_CANCELED);
  EXPECT_EQ(oms.executions()[0].execution_sequence(), 2U);
}

TEST_F(ExeqTest, ResumesAfterTheExecutionThatOmsHas) {
  RouteClient oms(exeq_->channel(), 0);
  oms.Place(OrderId(1, 1), "44000");
  oms.Place(OrderId(1, 2), "44000");
  oms.Cancel(OrderId(1, 1));
  ASSERT_EQ(oms.Wait(3).size(), 3U);
  RouteClient late(exeq_->channel(), 1);
  ASSERT_TRUE(late.WaitCaughtUp());
  ASSERT_EQ(late.executions().size(), 2U);
  EXPECT_EQ(late.executions()[0].execution_sequence(), 2U);
  EXPECT_EQ(late.executions()[1].execution_sequence(), 3U);
}

TEST_F(ExeqTest, ALostVenueEndsTheStreamAndShowsInTheCheck) {
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  EXPECT_THAT(exeq_->Get("/check").body, HasSubstr(R"("status":"ok","service":"exeq")"));
  EXPECT_THAT(exeq_->Get("/venues").body, StartsWith(R"([{"name":"PAPER","connected":true,)"));
  live_gateway_.reset();
  EXPECT_EQ(oms.WaitClosed().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(testing::WaitFor([this] {
    return exeq_->Get("/check").body.find(R"("status":"degraded","service":"exeq")") !=
           std::string::npos;
  }));
  EXPECT_THAT(exeq_->Get("/venues").body, StartsWith(R"([{"name":"PAPER","connected":false,)"));
  RouteClient again(exeq_->channel(), 0);
  EXPECT_EQ(again.WaitClosed().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ExeqTest, RefusesStreamsAndCommandsThatAreMalformed) {
  RouteClient silent(exeq_->channel(), -1);
  silent.Cancel(OrderId(1, 1));
  EXPECT_EQ(silent.WaitClosed().code(), absl::StatusCode::kInvalidArgument);
  RouteClient empty(exeq_->channel(), 0);
  empty.SendEmptyCommand();
  EXPECT_EQ(empty.WaitClosed().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ExeqTest, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(exeq_->Get("/orders/9-9").status, 404);
  EXPECT_EQ(exeq_->Get("/orders/nonsense").status, 400);
  EXPECT_EQ(State(OrderId(9, 9)), "NOT_FOUND");
}

}  // namespace
}  // namespace tw::exeq
