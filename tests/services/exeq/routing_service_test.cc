// exeq between a client that plays oms and a live-gateway with two paper venues, over loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "libs/testing/service_host.h"
#include "services/exeq/exeq_service.h"
#include "services/live-gateway/live_gateway_service.h"
#include "tests/services/exeq/route_client.h"

namespace tw::exeq {
namespace {

class RoutingTest : public ::testing::Test {
 protected:
  void TearDown() override {
    exeq_.reset();
    live_gateway_.reset();
  }
  void Start(const std::string& venues, bool with_quotes = true) {
    live_gateway_ = std::make_unique<testing::ServiceHost>(
        "live-gateway", std::make_unique<live_gateway::LiveGatewayService>(),
        std::vector<std::string>{"--tick-ms", "20", "--venues", venues});
    live_gateway_->Start();
    ASSERT_TRUE(live_gateway_->WaitReady());
    const std::string address = "127.0.0.1:" + std::to_string(live_gateway_->grpc_port());
    ::setenv("TRADEWIND_LIVE_GATEWAY_ADDRESS", address.c_str(), 1);
    // Its feed tells quotes as normalizer's does.
    ::setenv("TRADEWIND_NORMALIZER_ADDRESS", with_quotes ? address.c_str() : "127.0.0.1:1", 1);
    StartExeq();
  }
  void StartExeq() {
    exeq_ = std::make_unique<testing::ServiceHost>(
        "exeq", std::make_unique<ExeqService>(),
        std::vector<std::string>{"--venue-period-ms", "20", "--route-timeout-ms", "100",
                                 "--route-retry-ms", "50"});
    exeq_->Start();
    ASSERT_TRUE(exeq_->WaitReady());
  }
  void RestartExeq() {
    exeq_->KeepFolder();
    exeq_.reset();
    StartExeq();
  }
  v1::OrderRoute Route(OrderId id) {
    v1::GetRouteRequest request;
    request.set_order_id(id.ToString());
    return exeq_->Call<v1::OrderRoute>("ExecutionService/GetRoute", request)
        .value_or(v1::OrderRoute());
  }
  // Places orders until one is laid over two venues, for quotes take a moment to come; its id.
  OrderId PlaceUntilSpread(RouteClient& oms,
                           const std::string& price,
                           const std::string& quantity) {
    uint32_t number = 0;
    OrderId id;
    EXPECT_TRUE(testing::WaitFor([&] {
      id = OrderId(1, ++number);
      oms.Place(id, price, "BTCUSDT", false, quantity);
      testing::WaitFor([&] { return Route(id).children_size() > 0; });
      return Route(id).children_size() == 2;
    }));
    return id;
  }
  // What oms is told about an order, leaving out what is about a leg only.
  static std::vector<v1::Execution> Told(const RouteClient& oms, OrderId id) {
    std::vector<v1::Execution> out;
    for (const v1::Execution& execution : oms.executions()) {
      if (execution.order_id() == id.value() && !execution.leg_only()) {
        out.push_back(execution);
      }
    }
    return out;
  }
  static bool WaitTold(const RouteClient& oms, OrderId id, v1::ExecutionKind kind) {
    return testing::WaitFor([&] {
      const std::vector<v1::Execution> told = Told(oms, id);
      return !told.empty() && told.back().kind() == kind;
    });
  }

  std::unique_ptr<testing::ServiceHost> live_gateway_;
  std::unique_ptr<testing::ServiceHost> exeq_;
};

TEST_F(RoutingTest, AnOrderIsLaidOverVenuesAndIsOneOrderToOms) {
  Start("PAPER,ALPHA");
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  const OrderId id = PlaceUntilSpread(oms, "46000", "1.5");
  ASSERT_TRUE(testing::WaitFor([&] {
    const std::vector<v1::Execution> told = Told(oms, id);
    return !told.empty() && told.back().leaves_quantity_e8() == 0;
  }));
  int64_t filled = 0;
  std::set<std::string> venues;
  std::set<std::string> ids;
  int accepted = 0;
  for (const v1::Execution& execution : Told(oms, id)) {
    accepted += execution.kind() == v1::EXECUTION_KIND_ACCEPTED ? 1 : 0;
    if (execution.kind() == v1::EXECUTION_KIND_FILLED) {
      filled += execution.quantity_e8();
      EXPECT_EQ(execution.cumulative_quantity_e8(), filled);
      EXPECT_TRUE(ids.insert(execution.venue_exec_id()).second);
      venues.insert(execution.venue());
    }
  }
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(filled, *ParseE8("1.5"));
  EXPECT_EQ(venues.size(), 2U);
  // Every number of the venues' came through, so that oms sees no hole.
  uint64_t number = 0;
  for (const v1::Execution& execution : oms.executions()) {
    EXPECT_EQ(execution.execution_sequence(), ++number);
  }
}

TEST_F(RoutingTest, WhatOneVenueRefusesGoesToTheOther) {
  Start("PAPER reject_percent=100,ALPHA taker_bps=50 maker_bps=50", /*with_quotes=*/false);
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  oms.Place(OrderId(1, 1), "44000");
  ASSERT_TRUE(WaitTold(oms, OrderId(1, 1), v1::EXECUTION_KIND_ACCEPTED));
  EXPECT_EQ(Told(oms, OrderId(1, 1)).size(), 1U);
  const v1::OrderRoute route = Route(OrderId(1, 1));
  ASSERT_EQ(route.children_size(), 2);
  EXPECT_EQ(route.children(0).state(), "REJECTED");
  EXPECT_THAT(route.children(0).reason(), ::testing::HasSubstr("by chance"));
  EXPECT_EQ(route.children(1).venue(), "ALPHA");
  EXPECT_EQ(route.reroutes(), 1);
  oms.Cancel(OrderId(1, 1));
  EXPECT_TRUE(WaitTold(oms, OrderId(1, 1), v1::EXECUTION_KIND_CANCELED));
}

TEST_F(RoutingTest, WhereAllRefuseTheOrderIsRefused) {
  Start("PAPER reject_percent=100,ALPHA reject_percent=100", /*with_quotes=*/false);
  RouteClient oms(exeq_->channel(), 0);
  oms.Place(OrderId(1, 1), "44000");
  ASSERT_TRUE(WaitTold(oms, OrderId(1, 1), v1::EXECUTION_KIND_REJECTED));
  EXPECT_EQ(Told(oms, OrderId(1, 1)).size(), 1U);
  EXPECT_EQ(Told(oms, OrderId(1, 1))[0].reason(), v1::REJECT_REASON_VENUE_REJECTED);
}

TEST_F(RoutingTest, APartWithoutAnAnswerIsCanceledAndGoesElsewhereOnlyThen) {
  // PAPER is chosen for its fees and answers after half a second; ALPHA at once.
  Start("PAPER to_us=500000,ALPHA taker_bps=500 maker_bps=500", /*with_quotes=*/false);
  RouteClient oms(exeq_->channel(), 0);
  oms.Place(OrderId(1, 1), "44000");
  ASSERT_TRUE(testing::WaitFor([&] { return Route(OrderId(1, 1)).children_size() == 2; }));
  const v1::OrderRoute route = Route(OrderId(1, 1));
  EXPECT_EQ(route.children(0).venue(), "PAPER");
  EXPECT_EQ(route.children(0).state(), "CANCELED");  // before the second was sent
  EXPECT_EQ(route.children(1).venue(), "ALPHA");
  EXPECT_TRUE(
      testing::WaitFor([&] { return Route(OrderId(1, 1)).children(1).state() == "WORKING"; }));
  EXPECT_TRUE(WaitTold(oms, OrderId(1, 1), v1::EXECUTION_KIND_ACCEPTED));
}

TEST_F(RoutingTest, ACutOffVenueGetsNothing) {
  Start("PAPER,ALPHA", /*with_quotes=*/false);
  ASSERT_EQ(live_gateway_->Http("POST", "/exchanges/PAPER/outage", "{}").status, 200);
  ASSERT_TRUE(testing::WaitFor(
      [&] { return exeq_->Get("/venues").body.find("is down") != std::string::npos; }));
  RouteClient oms(exeq_->channel(), 0);
  oms.Place(OrderId(1, 1), "44000");
  ASSERT_TRUE(WaitTold(oms, OrderId(1, 1), v1::EXECUTION_KIND_ACCEPTED));
  EXPECT_EQ(Told(oms, OrderId(1, 1))[0].venue(), "ALPHA");
  EXPECT_EQ(Route(OrderId(1, 1)).children_size(), 1);
}

TEST_F(RoutingTest, ANewProcessKnowsTheLegsAndSaysTheSameAgain) {
  Start("PAPER,ALPHA");
  OrderId id;
  std::map<uint64_t, std::string> before;
  {
    RouteClient oms(exeq_->channel(), 0);
    ASSERT_TRUE(oms.WaitCaughtUp());
    // What is not taken at once rests: a part of it at each.
    id = PlaceUntilSpread(oms, "45010", "40");
    ASSERT_TRUE(testing::WaitFor([&] { return Told(oms, id).size() >= 2; }));
    for (const v1::Execution& execution : oms.executions()) {
      before[execution.execution_sequence()] = execution.SerializeAsString();
    }
  }
  RestartExeq();
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  for (const v1::Execution& execution : oms.executions()) {
    const auto known = before.find(execution.execution_sequence());
    if (known != before.end()) {
      EXPECT_EQ(execution.SerializeAsString(), known->second);
    }
  }
  oms.Place(id, "45010", "BTCUSDT", false, "40");  // sent again: nothing new happens
  oms.Cancel(id);
  ASSERT_TRUE(testing::WaitFor([&] {
    const std::vector<v1::Execution> told = Told(oms, id);
    return !told.empty() && told.back().leaves_quantity_e8() == 0;
  }));
  int64_t filled = 0;
  for (const v1::Execution& execution : Told(oms, id)) {
    filled += execution.kind() == v1::EXECUTION_KIND_FILLED ? execution.quantity_e8() : 0;
  }
  EXPECT_LE(filled, *ParseE8("40"));
  EXPECT_EQ(Route(id).children_size(), 2);
}

TEST_F(RoutingTest, AChangePullsTheLegsAndLaysTheOrderAnew) {
  Start("PAPER,ALPHA");
  RouteClient oms(exeq_->channel(), 0);
  ASSERT_TRUE(oms.WaitCaughtUp());
  const OrderId id = PlaceUntilSpread(oms, "45005", "30");
  oms.Replace(id, "35", "43900");
  ASSERT_TRUE(testing::WaitFor([&] {
    for (const v1::Execution& execution : Told(oms, id)) {
      if (execution.kind() == v1::EXECUTION_KIND_REPLACED) {
        return execution.quantity_e8() == *ParseE8("35") &&
               execution.price_e8() == *ParseE8("43900");
      }
    }
    return false;
  }));
  oms.Cancel(id);
  ASSERT_TRUE(WaitTold(oms, id, v1::EXECUTION_KIND_CANCELED));
  const v1::Execution last = Told(oms, id).back();
  EXPECT_EQ(last.cumulative_quantity_e8() + last.quantity_e8(), *ParseE8("35"));
}

}  // namespace
}  // namespace tw::exeq
