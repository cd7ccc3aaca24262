#include "services/risk/recent.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/services/risk/fixture.h"

namespace tw::risk {
namespace {

using testing::kNow;
using testing::P;
using testing::Q;

TEST(ExecutionsTest, OneMoreThanAllowedWithinTheWindowTrips) {
  Executions executions;
  const Duration window = Duration::Seconds(1);
  EXPECT_FALSE(executions.Add("s", kNow, 2, window));
  EXPECT_FALSE(executions.Add("s", kNow + Duration::Millis(500), 2, window));
  EXPECT_FALSE(executions.Add("other", kNow + Duration::Millis(600), 2, window));
  EXPECT_TRUE(executions.Add("s", kNow + Duration::Millis(1000), 2, window));
  executions.Clear("s");
  EXPECT_FALSE(executions.Add("s", kNow + Duration::Millis(1001), 2, window));
}

TEST(ExecutionsTest, SlowOnesNeverTrip) {
  Executions executions;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(executions.Add("s", kNow + Duration::Millis(600 * i), 2, Duration::Millis(1'199)));
  }
}

TEST(DuplicatesTest, WhatIsKeptIsBounded) {
  Duplicates duplicates;
  OrderContent content{0, 0, Side::kBuy, Q("1"), P("1")};
  for (size_t i = 0; i < Duplicates::kOrdersMax + 10; ++i) {
    content.price = Price::FromE8(static_cast<int64_t>(i) + 1);
    duplicates.Add(content, kNow + Duration::Millis(static_cast<int64_t>(i)));
  }
  EXPECT_EQ(duplicates.size(), Duplicates::kOrdersMax);
  EXPECT_TRUE(duplicates.Find(content).has_value());
  content.price = Price::FromE8(1);
  EXPECT_FALSE(duplicates.Find(content).has_value()) << "the oldest went";
}

TEST(OwnPricesTest, TheRangeSpansThePeriod) {
  OwnPrices prices;
  const Duration period = Duration::Seconds(60);
  prices.Add(1, 2, P("100"), period, kNow);
  prices.Add(1, 2, P("104"), period, kNow + Duration::Seconds(20));
  prices.Add(1, 2, P("98"), period, kNow + Duration::Seconds(40));
  const auto range = prices.Find(1, 2, period, kNow + Duration::Seconds(50));
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->low, P("98"));
  EXPECT_EQ(range->high, P("104"));
  EXPECT_FALSE(prices.Find(1, 3, period, kNow).has_value());
  const auto later = prices.Find(1, 2, period, kNow + Duration::Seconds(100));
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->high, P("98")) << "the older half is forgotten";
  EXPECT_FALSE(prices.Find(1, 2, period, kNow + Duration::Seconds(200)).has_value());
}

TEST(MessageRatesTest, BucketsOfDifferentLevelsAndNamesAreApart) {
  MessageRates rates;
  const Number one = Number::FromUnits(1);
  rates.Count(LimitScope::kAccount, "a", one, one, kNow);
  EXPECT_EQ(rates.Free(LimitScope::kAccount, "a", one, one, kNow), 0);
  EXPECT_EQ(rates.Free(LimitScope::kAccount, "b", one, one, kNow), 1);
  EXPECT_EQ(rates.Free(LimitScope::kDesk, "a", one, one, kNow), 1);
  EXPECT_EQ(rates.Free(LimitScope::kAccount, "a", one, one, kNow + Duration::Seconds(1)), 1);
}

}  // namespace
}  // namespace tw::risk
