#include "services/cli/demo_trader.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tw::cli {
namespace {

DemoMarket Btc() {
  return {"BTCUSDT",
          *Price::Parse("44999.5"),
          *Price::Parse("45000.5"),
          *Price::Parse("0.1"),
          *Quantity::Parse("0.001"),
          *Quantity::Parse("0.001"),
          *Quantity::Parse("100"),
          Quantity()};
}

DemoMarket Ibm() {
  return {"IBM",
          *Price::Parse("179.98"),
          *Price::Parse("180.02"),
          *Price::Parse("0.01"),
          *Quantity::Parse("1"),
          *Quantity::Parse("1"),
          *Quantity::Parse("1000"),
          Quantity()};
}

TEST(DemoTraderTest, AnOrderIsAboutTheNotionalInWholeLots) {
  EXPECT_EQ(DemoTrader::UnitOf(Btc(), Money::FromUnits(200)).ToString(), "0.005");
  EXPECT_EQ(DemoTrader::UnitOf(Ibm(), Money::FromUnits(200)).ToString(), "2");
  EXPECT_EQ(DemoTrader::UnitOf(Ibm(), Money::FromUnits(1)).ToString(), "1") << "at least the least";
}

TEST(DemoTraderTest, NothingWithoutAMarket) {
  DemoTrader trader(1, DemoLimits());
  DemoMarket halted = Btc();
  halted.bid = Price();
  EXPECT_EQ(trader.Next({halted}, {}).kind, DemoAction::Kind::kNone);
  EXPECT_EQ(trader.Next({}, {}).kind, DemoAction::Kind::kNone);
  DemoMarket tiny = Ibm();
  tiny.max = *Quantity::Parse("1");
  EXPECT_EQ(trader.Next({tiny}, {}).kind, DemoAction::Kind::kNone) << "an order would be too large";
}

TEST(DemoTraderTest, ItsOldestOrderGoesWhenTooManyRest) {
  DemoLimits limits;
  limits.open_max = 2;
  DemoTrader trader(1, limits);
  for (int i = 0; i < 20; ++i) {
    const DemoAction action = trader.Next({Btc()}, {"1-1", "1-2"});
    EXPECT_EQ(action.kind, DemoAction::Kind::kCancel);
    EXPECT_EQ(action.order_id, "1-1");
  }
}

// Whatever fills: positions and orders at rest stay within bounds, prices on their tick, quantities
// in lots, and nothing rests on the wrong side of the market.
TEST(DemoTraderTest, StaysSmallWhateverFills) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const DemoLimits limits;
  DemoTrader trader(seed, limits);
  Prng world(seed + 1);
  std::vector<DemoMarket> markets = {Btc(), Ibm()};
  std::map<int, DemoAction> resting;  // by number
  int number = 0;
  std::map<DemoAction::Kind, int> kinds;
  for (int step = 0; step < 20'000; ++step) {
    std::vector<std::string> open;
    for (const auto& [n, order] : resting) {
      open.push_back(std::to_string(n));
    }
    const DemoAction action = trader.Next(markets, open);
    ++kinds[action.kind];
    const auto fill = [&](const DemoAction& order) {
      DemoMarket& market = markets[order.symbol == "IBM" ? 1 : 0];
      market.position += order.side == Side::kBuy ? order.quantity : -order.quantity;
    };
    if (action.kind == DemoAction::Kind::kCancel) {
      resting.erase(std::stoi(action.order_id));
    } else {
      const DemoMarket& market = markets[action.symbol == "IBM" ? 1 : 0];
      ASSERT_EQ(action.quantity.e8() % market.lot.e8(), 0);
      if (action.price.IsZero()) {
        fill(action);
      } else {
        ASSERT_EQ(action.price.e8() % market.tick.e8(), 0);
        ASSERT_TRUE(action.side == Side::kBuy ? action.price <= market.bid
                                              : action.price >= market.ask);
        resting.emplace(++number, action);
      }
    }
    if (!resting.empty() && world.Percent(30)) {
      fill(resting.begin()->second);
      resting.erase(resting.begin());
    }
    ASSERT_LE(resting.size(), limits.open_max);
    for (const DemoMarket& market : markets) {
      const Quantity unit = DemoTrader::UnitOf(market, limits.notional);
      ASSERT_LE(market.position.Abs().e8() / unit.e8(),
                limits.position_orders_max + static_cast<int64_t>(limits.open_max))
          << market.symbol;
    }
  }
  EXPECT_GT(kinds[DemoAction::Kind::kCancel], 1'000);
  EXPECT_GT(kinds[DemoAction::Kind::kOrder], 10'000);
}

}  // namespace
}  // namespace tw::cli
