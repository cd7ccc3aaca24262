#include "services/ptrc/surveillance.h"

#include <gtest/gtest.h>

#include "tests/services/ptrc/trades.h"

namespace tw::ptrc {
namespace {

Timestamp Minute(int64_t n) {
  return Timestamp{} + Duration::Seconds(60) * n;
}

TEST(OrderToTradeTest, ManyOrdersForFewTradesAreOneAlertAMinute) {
  Surveillance watch({.orders_min = 10, .ratio_max = 5});
  for (int i = 0; i < 9; ++i) {
    watch.OnOrder("a", Minute(100));
  }
  EXPECT_EQ(watch.raised(), 0u);  // 9 to 0, but too few to matter
  for (int i = 0; i < 20; ++i) {
    watch.OnOrder("a", Minute(100));
  }
  ASSERT_EQ(watch.raised(), 1u);
  EXPECT_EQ(watch.alerts()[0].id, "ORDER_TO_TRADE:a:100");
  EXPECT_EQ(watch.alerts()[0].account, "a");
  for (int i = 0; i < 20; ++i) {
    watch.OnOrder("a", Minute(101));
  }
  EXPECT_EQ(watch.raised(), 2u);
}

TEST(OrderToTradeTest, TradesMakeItNormal) {
  Surveillance watch({.orders_min = 10, .ratio_max = 5});
  for (int i = 0; i < 100; ++i) {
    Trade trade = MakeTrade(1, "e" + std::to_string(i), Side::kBuy, "1");
    trade.account = "a";
    trade.time = Minute(100);
    watch.OnTrade(trade);
    for (int order = 0; order < 5; ++order) {
      watch.OnOrder("a", Minute(100));
    }
  }
  EXPECT_EQ(watch.raised(), 0u);
}

TEST(SelfTradeTest, MakerAndTakerOfOneMatchInOneAccount) {
  struct Row {
    const char* what;
    void (*change)(Trade&);
    bool alert;
  };
  const Row rows[] = {
      {"both sides of one match", [](Trade&) {}, true},
      {"the same side", [](Trade& t) { t.side = Side::kBuy; }, false},
      {"both takers", [](Trade& t) { t.liquidity = Liquidity::kTaker; }, false},
      {"another price", [](Trade& t) { t.price = Price::FromUnits(101); }, false},
      {"another quantity", [](Trade& t) { t.quantity = Quantity::FromUnits(2); }, false},
      {"another time", [](Trade& t) { t.time = At(1); }, false},
      {"another symbol", [](Trade& t) { t.symbol = "IBM"; }, false},
      {"another account", [](Trade& t) { t.account = "else"; }, false},
      {"another venue", [](Trade& t) { t.venue = "FIX"; }, false},
  };
  for (const Row& row : rows) {
    Surveillance watch({});
    watch.OnTrade(MakeTrade(1, "e1", Side::kBuy, "1"));
    Trade other = MakeTrade(2, "e2", Side::kSell, "1");
    other.liquidity = Liquidity::kMaker;
    row.change(other);
    watch.OnTrade(other);
    EXPECT_EQ(watch.raised(), row.alert ? 1u : 0u) << row.what;
  }
}

TEST(SurveillanceTest, KeepsTheNewestAlerts) {
  Surveillance watch({.orders_min = 1, .ratio_max = 0});
  for (int64_t minute = 1; minute <= 1'100; ++minute) {
    watch.OnOrder("a", Minute(minute));
  }
  EXPECT_EQ(watch.raised(), 1'100u);
  ASSERT_EQ(watch.alerts().size(), Surveillance::kAlertsMax);
  EXPECT_EQ(watch.alerts().back().id, "ORDER_TO_TRADE:a:1100");
}

}  // namespace
}  // namespace tw::ptrc
