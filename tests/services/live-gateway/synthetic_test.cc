// Properties of the synthetic market over simulated hours, with orders of ours set against it.
#include "services/live-gateway/synthetic.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"
#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

constexpr Duration kTick = Duration::Millis(100);
constexpr int kStepsPerHour = 36'000;

class World {
 public:
  explicit World(uint64_t seed)
      : exchange(FourInstruments(), ExchangeConfig{}),
        market(FourInstruments(), {.seed = seed, .min_depth = {}}),
        prng(seed + 1) {
    market.Step(exchange, now, out);
    exchange.Resume(now, out);
  }

  void Step() {
    now = now + kTick;
    market.Step(exchange, now, out);
  }

  // What rests within 0.5 % of the middle of the book.
  Quantity Depth(size_t i, Side side) const {
    const Instrument& instrument = exchange.instruments().list()[i];
    const TopOfBook top = exchange.Top(i);
    const int64_t middle = (top.bid.price.e8() + top.ask.price.e8()) / 2;
    const int64_t edge = middle - Sign(side) * (middle / 200);
    const int64_t tick = instrument.tick_size.e8();
    const int64_t ticks = side == Side::kBuy ? (edge + tick - 1) / tick : edge / tick;
    return Quantity::FromE8(exchange.book(i).Available(side, ticks) * instrument.lot_size.e8());
  }

  void CheckBooks() const {
    for (size_t i = 0; i < exchange.instruments().list().size(); ++i) {
      const Instrument& instrument = exchange.instruments().list()[i];
      const TopOfBook top = exchange.Top(i);
      ASSERT_FALSE(top.bid.price.IsZero()) << instrument.symbol;
      ASSERT_LT(top.bid.price, top.ask.price) << instrument.symbol;
      for (const Side side : {Side::kBuy, Side::kSell}) {
        ASSERT_GE(Depth(i, side), instrument.min_depth)
            << instrument.symbol << " " << Name(side) << " around " << top.bid.price.ToString()
            << " / " << top.ask.price.ToString();
      }
    }
  }

  // Trades within 3 % of the start; forgets what was put out so far.
  void CheckTrades() {
    for (const MarketEvent& event : out.market) {
      if (const auto* trade = std::get_if<TradePrinted>(&event)) {
        const Price start = exchange.instruments().Find(trade->symbol)->start_price;
        ASSERT_LE((trade->price - start).Abs().e8(), start.e8() / 100 * 3)
            << trade->symbol << " " << trade->price.ToString();
        ++trades;
      }
    }
    out = Output{};
  }

  Exchange exchange;
  SyntheticMarket market;
  Prng prng;
  Timestamp now = kStart;
  Output out;
  int64_t trades = 0;
};

TEST(SyntheticMarketTest, KeepsDepthAndBoundsForHours) {
  World world(TestSeed(1));
  Price low = world.exchange.Top(0).bid.price;
  Price high = low;
  constexpr int kHours = 6;
  for (int step = 0; step < kHours * kStepsPerHour; ++step) {
    world.Step();
    if (step % 10 == 0) {
      ASSERT_NO_FATAL_FAILURE(world.CheckBooks()) << "step " << step;
    }
    ASSERT_NO_FATAL_FAILURE(world.CheckTrades()) << "step " << step;
    low = std::min(low, world.exchange.Top(0).bid.price);
    high = std::max(high, world.exchange.Top(0).bid.price);
    for (size_t i = 0; i < 4; ++i) {
      ASSERT_LE(world.exchange.book(i).order_count(), SyntheticMarket::kQuotesMax);
    }
  }
  // It is alive: several trades a second over the four symbols, and a price that moves.
  EXPECT_GT(world.trades, kHours * 3'600 * 3);
  EXPECT_GT((high - low).e8(), PriceOf("100").e8());
}

// Orders of ours of every kind and size, aggressive ones far beyond the depth among them.
Command SomeCommand(World& world, int n) {
  Prng& prng = world.prng;
  const auto& list = world.exchange.instruments().list();
  const size_t i = prng.Below(list.size());
  const auto open = world.exchange.OpenOrders();
  if (!open.empty() && (open.size() > 200 || prng.Percent(40))) {
    const PlaceOrder& terms = open[prng.Below(open.size())]->terms;
    if (prng.Percent(70)) {
      return CancelOrder{terms.child_id, terms.order_id, terms.account, terms.symbol};
    }
    return ReplaceOrder{terms.child_id, terms.order_id, terms.account,
                        terms.symbol,   terms.price,    terms.quantity + terms.quantity};
  }
  PlaceOrder order = Order("c" + std::to_string(n), prng.Percent(50) ? Side::kBuy : Side::kSell,
                           "1", "1", TimeInForce::kGtc, list[i].symbol);
  constexpr TimeInForce kTimes[] = {TimeInForce::kGtc, TimeInForce::kDay, TimeInForce::kIoc,
                                    TimeInForce::kFok};
  order.time_in_force = kTimes[prng.Below(4)];
  const int64_t lots = list[i].min_depth.e8() / list[i].lot_size.e8();
  order.quantity = Quantity::FromE8(prng.Between(1, prng.Percent(10) ? 5 * lots : lots / 10) *
                                    list[i].lot_size.e8());
  const int64_t ticks = list[i].start_price.e8() / list[i].tick_size.e8();
  order.price =
      Price::FromE8(prng.Between(ticks * 90 / 100, ticks * 110 / 100) * list[i].tick_size.e8());
  if (prng.Percent(20)) {
    order.type = OrderType::kMarket;
    order.price = prng.Percent(50) ? Price() : order.price;
  }
  return order;
}

TEST(SyntheticMarketTest, KeepsDepthAndBoundsAgainstOrdersOfOurs) {
  World world(TestSeed(2));
  absl::btree_map<std::string, Quantity> filled;
  uint64_t number = 0;
  for (int step = 0; step < 2 * kStepsPerHour; ++step) {
    for (uint64_t i = world.prng.Below(3); i > 0; --i) {
      world.exchange.Process(SomeCommand(world, step * 3 + static_cast<int>(i)), world.now,
                             world.out);
    }
    world.Step();
    ASSERT_NO_FATAL_FAILURE(world.CheckBooks()) << "step " << step;
    for (const Report& report : world.out.reports) {
      ASSERT_EQ(report.number, ++number);
      if (report.kind != ReportKind::kFilled) {
        continue;
      }
      const bool buy = report.side == Side::kBuy;
      filled[report.child_id] += report.quantity;
      ASSERT_EQ(filled[report.child_id], report.cumulative);
      if (const OwnOrder* order = world.exchange.Find(report.child_id)) {
        ASSERT_LE(report.cumulative, order->terms.quantity);
        const Price limit = order->terms.price;
        ASSERT_TRUE(limit.IsZero() || (buy ? report.price <= limit : report.price >= limit));
        if (report.leaves.IsZero()) {
          ASSERT_EQ(filled[report.child_id], order->terms.quantity);
        }
      }
    }
    ASSERT_NO_FATAL_FAILURE(world.CheckTrades()) << "step " << step;
  }
  EXPECT_GT(number, 10'000U);
}

TEST(SyntheticMarketTest, RefillsWithinASecondOfBeingEaten) {
  World world(3);
  for (const char* symbol : {"BTCUSDT", "ETHUSDT", "SOLUSDT", "IBM"}) {
    const size_t i = *world.exchange.IndexOf(symbol);
    for (const Side side : {Side::kBuy, Side::kSell}) {
      world.exchange.Process(Order(std::string(symbol) + std::string(Name(side)), side, "100000",
                                   "0", TimeInForce::kIoc, symbol),
                             world.now, world.out);
      EXPECT_EQ(world.exchange.book(i).Best(Opposite(side)), std::nullopt) << "all eaten";
      for (int step = 0; step < 10; ++step) {
        world.Step();
      }
      world.CheckBooks();
    }
  }
}

TEST(SyntheticMarketTest, AnOrderAcrossTheMarketFillsAtOnceAndOneInsideInTime) {
  World world(4);
  world.exchange.Process(Order("now", Side::kBuy, "0.1", "46000"), world.now, world.out);
  EXPECT_EQ(world.exchange.Find("now")->state, OwnOrder::State::kFilled);
  const Price bid = world.exchange.Top(0).bid.price;
  world.exchange.Process(Order("best", Side::kBuy, "0.1", (bid + PriceOf("0.01")).ToString()),
                         world.now, world.out);
  EXPECT_EQ(world.exchange.Find("best")->state, OwnOrder::State::kOpen);
  int steps = 0;
  while (world.exchange.Find("best")->state == OwnOrder::State::kOpen && steps < kStepsPerHour) {
    world.Step();
    ++steps;
  }
  EXPECT_EQ(world.exchange.Find("best")->state, OwnOrder::State::kFilled);
  EXPECT_EQ(world.exchange.Find("best")->last.liquidity, Liquidity::kMaker);
}

TEST(SyntheticMarketTest, TheSameSeedGivesTheSameEvents) {
  const auto run = [](uint64_t seed) {
    World world(seed);
    for (int step = 0; step < 2'000; ++step) {
      world.exchange.Process(SomeCommand(world, step), world.now, world.out);
      world.Step();
    }
    return world.out;
  };
  const Output first = run(5);
  const Output second = run(5);
  EXPECT_EQ(first.reports, second.reports);
  EXPECT_EQ(first.market, second.market);
  EXPECT_NE(first.market, run(6).market);
}

TEST(SyntheticMarketTest, BookChangesRebuildTheBook) {
  World world(7);
  std::map<Price, Quantity> bids;
  std::map<Price, Quantity> asks;
  uint64_t update = 0;
  uint64_t source_seq = 0;
  for (int step = 0; step < 3'000; ++step) {
    world.exchange.Process(SomeCommand(world, step), world.now, world.out);
    world.Step();
    for (const MarketEvent& event : world.out.market) {
      const auto* trade = std::get_if<TradePrinted>(&event);
      const auto* change = std::get_if<BookChanged>(&event);
      if ((trade != nullptr ? trade->symbol : change->symbol) != "SOLUSDT") {
        continue;
      }
      ASSERT_EQ(trade != nullptr ? trade->source_seq : change->source_seq, ++source_seq);
      if (change == nullptr) {
        continue;
      }
      ASSERT_EQ(change->update, ++update);
      const auto take = [](std::map<Price, Quantity>& side, const std::vector<BookLevel>& levels) {
        for (const BookLevel& level : levels) {
          level.size.IsZero() ? void(side.erase(level.price))
                              : void(side[level.price] = level.size);
        }
      };
      take(bids, change->bids);
      take(asks, change->asks);
      ASSERT_EQ(change->top.bid.price, bids.empty() ? Price() : bids.rbegin()->first);
      ASSERT_EQ(change->top.ask.size, asks.empty() ? Quantity() : asks.begin()->second);
    }
    world.out = Output{};
    const BookSnapshot book = world.exchange.Snapshot(2, 1'000);
    ASSERT_EQ(book.update, update);
    ASSERT_EQ(book.bids.size(), bids.size());
    ASSERT_EQ(book.asks.size(), asks.size());
    for (const BookLevel& level : book.bids) {
      ASSERT_EQ(bids.at(level.price), level.size);
    }
    for (const BookLevel& level : book.asks) {
      ASSERT_EQ(asks.at(level.price), level.size);
    }
  }
}

TEST(SyntheticMarketTest, AHaltedSymbolIsEmptyOfQuotesUntilItGoesAgain) {
  World world(8);
  EXPECT_FALSE(world.market.SetHalted(world.exchange, "DOGE", true));
  ASSERT_TRUE(world.market.SetHalted(world.exchange, "IBM", true));
  world.Step();
  EXPECT_EQ(world.exchange.book(3).order_count(), 0U);
  EXPECT_GT(world.exchange.book(0).order_count(), 0U);
  world.Step();
  ASSERT_TRUE(world.market.SetHalted(world.exchange, "IBM", false));
  world.Step();
  world.CheckBooks();
}

TEST(SyntheticMarketTest, DepthComesFromConfigThenInstrumentThenNotional) {
  Instruments instruments({MakeInstrument("IBM", "0.01", "1", "180", "2000"),
                           MakeInstrument("XYZ", "0.01", "1", "100", "0"),
                           MakeInstrument("ABC", "0.01", "1", "100", "30")},
                          "test");
  const SyntheticMarket market(instruments, {.seed = 1, .min_depth = {{"ABC", QuantityOf("77")}}});
  EXPECT_EQ(market.min_depth(0), QuantityOf("2000"));
  EXPECT_EQ(market.min_depth(1), QuantityOf("2500"));
  EXPECT_EQ(market.min_depth(2), QuantityOf("77"));
}

}  // namespace
}  // namespace tw::live_gateway
