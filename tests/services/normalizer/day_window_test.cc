#include "services/normalizer/day_window.h"

#include <vector>

#include "libs/core/prng.h"
#include "services/normalizer/interval.h"
#include "tests/services/normalizer/ticks.h"

namespace tw::normalizer {
namespace {

using testing::MakeTrade;
using testing::P;
using testing::Q;
using testing::T;

constexpr int64_t kNoon = 1'800'014'400;  // a whole minute
constexpr int64_t kDaySeconds = 86'400;

TEST(DayWindowTest, IsEmptyBeforeTheFirstTrade) {
  DayWindow day;
  EXPECT_TRUE(day.empty());
  EXPECT_FALSE(day.Roll(T(kNoon)));
  EXPECT_EQ(day.statistics().last, Price());
}

TEST(DayWindowTest, SumsAndTellsTheChangeFromTheOldestKnown) {
  DayWindow day;
  day.Add(MakeTrade(T(kNoon), 1, 100, 2));
  day.Add(MakeTrade(T(kNoon + 30), 2, 104, 3));
  day.Add(MakeTrade(T(kNoon + 300), 3, 90, 5));
  const DayWindow::Statistics s = day.statistics();
  EXPECT_EQ(s.last, P(90));
  EXPECT_EQ(s.volume, Q(10));
  EXPECT_EQ(s.change, P(-10));
}

TEST(DayWindowTest, WhatLeavesTheWindowIsThePriceOf24HoursAgo) {
  DayWindow day;
  day.Add(MakeTrade(T(kNoon), 1, 100, 2));
  day.Add(MakeTrade(T(kNoon + 59), 2, 104, 3));
  day.Add(MakeTrade(T(kNoon + 60), 3, 90, 5));
  EXPECT_FALSE(day.Roll(T(kNoon + kDaySeconds - 1)));
  EXPECT_EQ(day.statistics().volume, Q(10));
  EXPECT_TRUE(day.Roll(T(kNoon + kDaySeconds)));
  EXPECT_EQ(day.statistics().volume, Q(5));
  EXPECT_EQ(day.statistics().change, P(90 - 104));
  EXPECT_TRUE(day.Roll(T(kNoon + kDaySeconds + 60)));
  EXPECT_EQ(day.statistics().volume, Q(0));
  EXPECT_EQ(day.statistics().last, P(90));
  EXPECT_EQ(day.statistics().change, P(0));
}

TEST(DayWindowTest, LateTradesCountInTheirMinuteAndNotAsTheLast) {
  DayWindow day;
  day.Add(MakeTrade(T(kNoon + 120), 9, 110, 1));
  day.Add(MakeTrade(T(kNoon), 1, 100, 1));  // older than all: the reference now
  day.Add(MakeTrade(T(kNoon + 60), 5, 105, 1));
  EXPECT_EQ(day.statistics().last, P(110));
  EXPECT_EQ(day.statistics().change, P(10));
  EXPECT_EQ(day.statistics().volume, Q(3));
  day.Roll(T(kNoon + kDaySeconds));
  day.Add(MakeTrade(T(kNoon + 30), 6, 1, 100));  // left before it came
  EXPECT_EQ(day.statistics().volume, Q(2));
}

TEST(DayWindowTest, AVolumeOutOfRangeSticksAndComesBack) {
  DayWindow day;
  Trade huge = MakeTrade(T(kNoon), 1, 100, 1);
  huge.quantity = Quantity::Max();
  day.Add(huge);
  day.Add(MakeTrade(T(kNoon + 60), 2, 100, 7));
  EXPECT_EQ(day.statistics().volume, Quantity::Max());
  day.Roll(T(kNoon + kDaySeconds));
  EXPECT_EQ(day.statistics().volume, Q(7));
}

TEST(DayWindowTest, EqualsASumOverTheTrades) {
  const uint64_t seed = TestSeed();
  Prng prng(seed);
  DayWindow day;
  std::vector<Trade> trades;
  int64_t now = kNoon;
  for (uint64_t seq = 1; seq <= 5'000; ++seq) {
    now += prng.Between(0, 120);
    Trade trade = MakeTrade(T(now), seq, prng.Between(50, 150), 0);
    trade.quantity = Quantity::FromE8(prng.Between(1, 1'000'000'000'000));
    trades.push_back(trade);
    day.Roll(T(now));
    day.Add(trade);
    const int64_t oldest =
        AlignDown(T(now), DayWindow::kMinute).ns - (kDaySeconds - 60) * 1'000'000'000;
    Quantity volume;
    Price before;
    Price first;
    for (const Trade& t : trades) {
      if (t.place.time.ns < oldest) {
        before = t.price;
        continue;
      }
      volume += t.quantity;
      first = first.IsZero() ? t.price : first;
    }
    const Price reference = before.IsZero() ? first : before;
    const DayWindow::Statistics s = day.statistics();
    ASSERT_EQ(s.volume, volume) << "seed " << seed << " seq " << seq;
    ASSERT_EQ(s.change, trade.price - reference) << "seed " << seed << " seq " << seq;
    ASSERT_EQ(s.last, trade.price);
  }
}

}  // namespace
}  // namespace tw::normalizer
