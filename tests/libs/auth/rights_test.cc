#include "libs/auth/rights.h"

#include <gtest/gtest.h>

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/auth.pb.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/post_trade.pb.h"
#include "tradewind/v1/risk.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::auth {
namespace {

namespace v1 = ::tradewind::v1;

// Every file of the package that has services.
std::set<std::string> MethodsOfThePackage() {
  std::set<std::string> methods;
  for (const auto* const file :
       {v1::IngestRequest::descriptor()->file(), v1::LoginRequest::descriptor()->file(),
        v1::LedgerEvent::descriptor()->file(), v1::RouteRequest::descriptor()->file(),
        v1::Ticker::descriptor()->file(), v1::Order::descriptor()->file(),
        v1::Position::descriptor()->file(), v1::ListBreaksRequest::descriptor()->file(),
        v1::Limits::descriptor()->file(), v1::VenueRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      const auto* const service = file->service(i);
      for (int j = 0; j < service->method_count(); ++j) {
        methods.insert(service->name() + "/" + service->method(j)->name());
      }
    }
  }
  return methods;
}

TEST(RightsTest, EveryMethodHasARightAndEveryRightAMethod) {
  const std::set<std::string> methods = MethodsOfThePackage();
  std::set<std::string> rights;
  for (const Right& right : Rights()) {
    EXPECT_TRUE(rights.insert(std::string(right.name)).second) << right.name << " stands twice";
    if (!right.name.starts_with("gateway/")) {
      EXPECT_TRUE(methods.contains(std::string(right.name))) << right.name;
    }
  }
  for (const std::string& method : methods) {
    EXPECT_TRUE(rights.contains(method)) << "add a row for " << method << " to libs/auth/rights.cc";
  }
}

TEST(RightsTest, EveryRouteNamesARightThatIsServed) {
  std::set<std::string> routes;
  for (const RouteRight& route : RouteRights()) {
    EXPECT_TRUE(routes.insert(std::string(route.route)).second) << route.route;
    const Right* const right = FindRight(route.right);
    ASSERT_NE(right, nullptr) << route.right;
    EXPECT_NE(right->access, Access::kInner) << route.route;
  }
}

TEST(RightsTest, OnlyTheSignInAndSignsOfLifeAreOpen) {
  std::set<std::string> open;
  for (const Right& right : Rights()) {
    if (right.access == Access::kOpen) {
      open.insert(std::string(right.name));
    }
  }
  EXPECT_EQ(open, (std::set<std::string>{"AuthService/Login", "gateway/Alive", "gateway/Page",
                                         "gateway/OpenApi"}));
}

TEST(RightsTest, NoMethodThatChangesSomethingIsAReadersRight) {
  const Scopes viewer = ScopesOf(Role::kViewer);
  for (const RouteRight& route : RouteRights()) {
    const Right& right = *FindRight(route.right);
    const bool asks = route.route.starts_with("GET ") || route.route.ends_with("/check") ||
                      route.route.ends_with("/preview");
    if (!asks && right.access == Access::kScope) {
      EXPECT_FALSE(viewer.Has(right.scope)) << route.route;
    }
  }
}

TEST(RightsTest, OrdersAreCountedCancelsNever) {
  EXPECT_TRUE(FindRight("OrderService/SubmitOrder")->counted);
  EXPECT_TRUE(FindRight("OrderService/ReplaceOrder")->counted);
  for (const Right& right : Rights()) {
    EXPECT_FALSE(right.counted && right.scope == Scope::kCancel) << right.name;
  }
}

TEST(RightsTest, WhatIsUnknownHasNone) {
  EXPECT_EQ(FindRight("OrderService/Nothing"), nullptr);
  EXPECT_EQ(FindRouteRight("POST", "/health"), nullptr);
  EXPECT_EQ(FindRouteRight("POST", "/api/v1/orders"), FindRight("OrderService/SubmitOrder"));
}

}  // namespace
}  // namespace tw::auth
