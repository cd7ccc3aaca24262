#include "services/normalizer/bar_builder.h"

#include <algorithm>
#include <map>

#include "libs/core/prng.h"
#include "tests/services/normalizer/ticks.h"

namespace tw::normalizer {
namespace {

using testing::MakeTrade;
using testing::P;
using testing::Q;

constexpr Timestamp kStart = {1'800'000'000LL * 1'000'000'000};  // aligned to a minute
constexpr Duration kSecond = Duration::Seconds(1);
constexpr size_t kOneSecond = 0;
constexpr size_t kOneMinute = 1;

std::vector<Bar> Of(const std::vector<ClosedBar>& closed, size_t interval) {
  std::vector<Bar> out;
  for (const ClosedBar& bar : closed) {
    if (bar.interval == interval) {
      out.push_back(bar.bar);
    }
  }
  return out;
}

TEST(BarBuilderTest, ABarHoldsItsTrades) {
  BarBuilder bars(Duration{});
  std::vector<ClosedBar> closed;
  bars.Add(MakeTrade(kStart, 1, 100, 1), closed);
  bars.Add(MakeTrade(kStart + Duration::Millis(500), 2, 103, 2), closed);
  bars.Add(MakeTrade(kStart + Duration::Millis(999), 3, 98, 4), closed);
  EXPECT_TRUE(closed.empty());
  bars.Add(MakeTrade(kStart + kSecond, 4, 99, 8), closed);
  EXPECT_EQ(Of(closed, kOneSecond),
            (std::vector<Bar>{{kStart, P(100), P(103), P(98), P(98), Q(7), 3}}));
  EXPECT_TRUE(Of(closed, kOneMinute).empty());
  ASSERT_NE(bars.Open(kOneMinute), nullptr);
  EXPECT_EQ(*bars.Open(kOneMinute), (Bar{kStart, P(100), P(103), P(98), P(99), Q(15), 4}));
}

TEST(BarBuilderTest, AQuietIntervalHasNoBar) {
  BarBuilder bars(Duration{});
  std::vector<ClosedBar> closed;
  bars.Add(MakeTrade(kStart, 1, 100, 1), closed);
  bars.Add(MakeTrade(kStart + Duration::Seconds(10), 2, 101, 1), closed);
  bars.CloseAll(closed);
  const std::vector<Bar> seconds = Of(closed, kOneSecond);
  ASSERT_EQ(seconds.size(), 2U);
  EXPECT_EQ(seconds[0].start, kStart);
  EXPECT_EQ(seconds[1].start, kStart + Duration::Seconds(10));
}

TEST(BarBuilderTest, TradesOfOneTimeAreOrderedByTheirNumber) {
  BarBuilder bars(Duration::Seconds(5));
  std::vector<ClosedBar> closed;
  bars.Add(MakeTrade(kStart, 3, 103, 1), closed);
  bars.Add(MakeTrade(kStart, 1, 101, 1), closed);
  bars.Add(MakeTrade(kStart, 2, 102, 1), closed);
  bars.CloseAll(closed);
  EXPECT_EQ(Of(closed, kOneSecond),
            (std::vector<Bar>{{kStart, P(101), P(103), P(101), P(103), Q(3), 3}}));
}

TEST(BarBuilderTest, ALateTradeCorrectsABarThatIsOpenAndMissesOneThatClosed) {
  BarBuilder bars(Duration::Seconds(2));
  std::vector<ClosedBar> closed;
  bars.Add(MakeTrade(kStart, 1, 100, 1), closed);
  bars.Add(MakeTrade(kStart + Duration::Millis(2'900), 2, 110, 1), closed);
  EXPECT_TRUE(closed.empty());  // the watermark stands at 0.9 s
  EXPECT_EQ(bars.Add(MakeTrade(kStart + Duration::Millis(900), 3, 90, 1), closed), 0U);
  EXPECT_EQ(bars.Add(MakeTrade(kStart + Duration::Millis(1'500), 4, 95, 1), closed), 0U);
  bars.Add(MakeTrade(kStart + Duration::Millis(3'000), 5, 111, 1), closed);
  EXPECT_EQ(Of(closed, kOneSecond),
            (std::vector<Bar>{{kStart, P(100), P(100), P(90), P(90), Q(2), 2}}));
  EXPECT_EQ(bars.Add(MakeTrade(kStart + Duration::Millis(950), 6, 1, 1), closed), 1U);
  bars.CloseAll(closed);
  const std::vector<Bar> minutes = Of(closed, kOneMinute);
  ASSERT_EQ(minutes.size(), 1U);
  EXPECT_EQ(minutes[0].trades, 6);  // too late for its second only
  EXPECT_EQ(minutes[0].low, P(1));
}

TEST(BarBuilderTest, TimeWithoutTradesClosesToo) {
  BarBuilder bars(Duration::Seconds(2));
  std::vector<ClosedBar> closed;
  bars.Add(MakeTrade(kStart, 1, 100, 1), closed);
  bars.Advance(kStart + Duration::Millis(2'999), closed);
  EXPECT_TRUE(closed.empty());
  bars.Advance(kStart + Duration::Seconds(3), closed);
  EXPECT_EQ(Of(closed, kOneSecond).size(), 1U);
  bars.Advance(kStart, closed);  // never backwards
  EXPECT_EQ(bars.watermark(), kStart + kSecond);
  EXPECT_EQ(bars.Open(kOneSecond), nullptr);
}

TEST(BarBuilderTest, ABarWhoseBeginningWasNotSeenIsPartial) {
  BarBuilder bars(Duration{});
  bars.ObserveFrom(kStart + Duration::Millis(300));
  std::vector<ClosedBar> closed;
  bars.Add(MakeTrade(kStart + Duration::Millis(300), 1, 100, 1), closed);
  bars.Add(MakeTrade(kStart + kSecond, 2, 100, 1), closed);
  bars.Add(MakeTrade(kStart + kSecond * 2, 3, 100, 1), closed);
  ASSERT_EQ(closed.size(), 2U);
  EXPECT_FALSE(closed[0].complete);
  EXPECT_TRUE(closed[1].complete);
}

TEST(BarBuilderTest, SaysWhichBarsChanged) {
  BarBuilder bars(Duration{});
  std::vector<ClosedBar> closed;
  EXPECT_EQ(bars.TakeChanged(), 0U);
  bars.Add(MakeTrade(kStart, 1, 100, 1), closed);
  EXPECT_EQ(bars.TakeChanged(), (1U << Intervals().size()) - 1);
  EXPECT_EQ(bars.TakeChanged(), 0U);
}

TEST(BarBuilderTest, AVolumeOutOfRangeSticks) {
  BarBuilder bars(Duration{});
  std::vector<ClosedBar> closed;
  Trade trade = MakeTrade(kStart, 1, 100, 1);
  trade.quantity = Quantity::Max();
  bars.Add(trade, closed);
  bars.Add(trade, closed);
  EXPECT_EQ(bars.Open(kOneSecond)->volume, Quantity::Max());
}

// What a query would answer: group by bucket, order by (time, source_seq).
std::vector<Bar> Naive(std::vector<Trade> trades, Duration span) {
  std::sort(trades.begin(), trades.end(),
            [](const Trade& a, const Trade& b) { return a.place < b.place; });
  std::map<int64_t, Bar> bars;
  for (const Trade& trade : trades) {
    const int64_t bucket = trade.place.time.ns / span.ns;
    const auto [it, fresh] = bars.try_emplace(bucket);
    Bar& bar = it->second;
    if (fresh) {
      bar = {{bucket * span.ns}, trade.price, trade.price, trade.price, trade.price, Q(0), 0};
    }
    bar.high = std::max(bar.high, trade.price);
    bar.low = std::min(bar.low, trade.price);
    bar.close = trade.price;
    bar.volume += trade.quantity;
    ++bar.trades;
  }
  std::vector<Bar> out;
  for (const auto& [bucket, bar] : bars) {
    out.push_back(bar);
  }
  return out;
}

TEST(BarBuilderTest, EqualsARecomputation) {
  const uint64_t seed = TestSeed();
  Prng prng(seed);
  constexpr Duration kLateness = Duration::Seconds(3);
  for (int round = 0; round < 20; ++round) {
    BarBuilder bars(kLateness);
    std::vector<ClosedBar> closed;
    std::vector<Trade> trades;
    Timestamp time = kStart + Duration::Millis(prng.Between(0, 100'000));
    for (uint64_t seq = 1; seq <= 3'000; ++seq) {
      // Mostly forwards; now and then a pause of minutes; out of order within the lateness.
      time = time +
             Duration::Millis(prng.Percent(1) ? prng.Between(0, 400'000) : prng.Between(0, 900));
      const Timestamp event = time - Duration::Millis(prng.Between(0, 2'999));
      Trade trade = MakeTrade({event.ns / 1'000'000 * 1'000'000}, seq, prng.Between(90, 110), 0);
      trade.quantity = Quantity::FromE8(prng.Between(1, 1'000'000'000));
      trades.push_back(trade);
      ASSERT_EQ(bars.Add(trade, closed), 0U) << "seed " << seed << " seq " << seq;
    }
    bars.CloseAll(closed);
    for (size_t i = 0; i < Intervals().size(); ++i) {
      ASSERT_EQ(Of(closed, i), Naive(trades, Intervals()[i].span))
          << "seed " << seed << " interval " << Intervals()[i].name;
    }
  }
}

// A market that is open from 9:30 to 16:00 New York time on 7 and 8 October 2013, and closed on the
// 9th.
BarRules NewYork(const char* intervals) {
  const auto at = [](const char* text) { return *ParseRfc3339(text); };
  std::vector<calendar::Calendar::Day> days = {
      {at("2013-10-07T04:00:00Z"), at("2013-10-07T13:30:00Z"), at("2013-10-07T20:00:00Z")},
      {at("2013-10-08T04:00:00Z"), at("2013-10-08T13:30:00Z"), at("2013-10-08T20:00:00Z")},
      {at("2013-10-09T04:00:00Z"), at("2013-10-09T04:00:00Z"), at("2013-10-09T04:00:00Z")}};
  return {.lateness = Duration{},
          .intervals = std::make_shared<const Intervals>(*Intervals::Parse(intervals)),
          .sessions = std::make_shared<const calendar::Calendar>("XNYS", std::move(days),
                                                                 at("2013-10-10T04:00:00Z"))};
}

TEST(BarBuilderTest, WithACalendarNoBarSpansTheOpenOrTheClose) {
  BarBuilder bars(NewYork("7m,1h,1d"));
  std::vector<ClosedBar> closed;
  const struct {
    const char* time;
    int64_t price;
  } trades[] = {{"2013-10-07T13:29:59Z", 1}, {"2013-10-07T13:30:00Z", 2},
                {"2013-10-07T14:29:59Z", 3}, {"2013-10-07T14:30:00Z", 4},
                {"2013-10-07T19:59:59Z", 5}, {"2013-10-07T20:00:00Z", 6},
                {"2013-10-09T15:00:00Z", 7}};
  uint64_t seq = 0;
  for (const auto& trade : trades) {
    EXPECT_EQ(bars.Add(MakeTrade(*ParseRfc3339(trade.time), ++seq, trade.price, 1), closed), 0U);
  }
  bars.CloseAll(closed);
  const auto starts = [&](size_t interval) {
    std::string out;
    for (const Bar& bar : Of(closed, interval)) {
      out += FormatRfc3339(bar.start).substr(8, 8) + "=" + std::to_string(bar.trades) + " ";
    }
    return out;
  };
  // Sevens of minutes from midnight, from the open, and from the close.
  EXPECT_EQ(starts(0), "07T13:27=1 07T13:30=1 07T14:26=2 07T19:55=1 07T20:00=1 09T14:58=1 ");
  EXPECT_EQ(starts(1), "07T13:00=1 07T13:30=2 07T14:30=1 07T19:30=1 07T20:00=1 09T15:00=1 ");
  // The session's, from open to close; none of the day without one.
  EXPECT_EQ(starts(2), "07T13:30=4 ");
}

TEST(BarBuilderTest, JoinedBarsAreThoseOfTheTrades) {
  const uint64_t seed = TestSeed();
  Prng prng(seed);
  for (const BarRules& rules :
       {NewYork("1s,1m,3m,1d"),
        BarRules{.lateness = Duration{},
        .intervals = std::make_shared<const Intervals>(*Intervals::Parse("1s,1m,3m,1d"))}}) {
    BarBuilder bars(rules);
    std::vector<ClosedBar> closed;
    Timestamp time = *ParseRfc3339("2013-10-07T13:00:00Z");
    for (uint64_t seq = 1; seq <= 20'000; ++seq) {
      time = time + Duration::Millis(prng.Between(0, 5'000));
      bars.Add(MakeTrade(time, seq, prng.Between(1, 100), prng.Between(1, 9)), closed);
    }
    bars.CloseAll(closed);
    EXPECT_EQ(JoinBars(Of(closed, 0), Duration::Seconds(1), *ParseInterval("3m"), rules.sessions),
              Of(closed, 2))
        << "seed " << seed;
    EXPECT_EQ(JoinBars(Of(closed, 1), Duration::Seconds(60), *ParseInterval("1d"), rules.sessions),
              Of(closed, 3))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace tw::normalizer
