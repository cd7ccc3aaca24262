#include "services/execution-quality/benchmarks.h"

#include <gtest/gtest.h>

namespace tw::eq {
namespace {

Price P(const char* text) {
  return *Price::Parse(text);
}
Quantity Q(const char* text) {
  return *Quantity::Parse(text);
}
Timestamp At(int64_t seconds) {
  return Timestamp{} + Duration::Seconds(10'000 + seconds);
}

TEST(BenchmarksTest, EmptyUntilSomethingIsKnown) {
  const BenchmarkView view = Benchmarks().View(At(0));
  EXPECT_EQ(view.mid, std::nullopt);
  EXPECT_EQ(view.vwap_1m, std::nullopt);
  EXPECT_EQ(view.vwap_5m, std::nullopt);
  EXPECT_EQ(view.twap_1m, std::nullopt);
}

TEST(BenchmarksTest, VwapWeighsByQuantityWithinItsWindow) {
  Benchmarks b;
  b.OnTrade(At(0), P("100"), Q("1"));
  b.OnTrade(At(250), P("110"), Q("3"));
  b.OnTrade(At(259), P("120"), Q("1"));
  const BenchmarkView view = b.View(At(299));
  EXPECT_EQ(view.vwap_1m, P("112.5"));  // (330 + 120) / 4
  EXPECT_EQ(view.vwap_5m, P("110"));    // (100 + 330 + 120) / 5
  EXPECT_EQ(view.updated, At(259));

  EXPECT_EQ(b.View(At(300)).vwap_5m, P("112.5"));  // the first trade has left
  EXPECT_EQ(b.View(At(310)).vwap_1m, P("120"));
  EXPECT_EQ(b.View(At(319)).vwap_1m, std::nullopt);
}

TEST(BenchmarksTest, ALateTradeCountsInItsOwnSecond) {
  Benchmarks b;
  b.OnTrade(At(100), P("100"), Q("1"));
  b.OnTrade(At(50), P("200"), Q("1"));
  EXPECT_EQ(b.View(At(100)).vwap_1m, P("150"));
  EXPECT_EQ(b.View(At(110)).vwap_1m, P("100"));
  EXPECT_EQ(b.View(At(110)).vwap_5m, P("150"));
  b.OnTrade(At(-250), P("900"), Q("1"));  // 350 s old: its place is taken
  EXPECT_EQ(b.View(At(110)).vwap_5m, P("150"));
}

TEST(BenchmarksTest, TwapHoldsAMidUntilTheNextOne) {
  Benchmarks b;
  b.OnMid(At(0), P("100"));
  b.OnMid(At(30), P("110"));
  b.OnTime(At(39));
  EXPECT_EQ(b.View(At(39)).mid, P("110"));
  EXPECT_EQ(b.View(At(39)).twap_1m, P("102.5"));  // 30 s at 100, 10 s at 110
  b.OnNoMid(At(40));
  b.OnTime(At(85));
  EXPECT_EQ(b.View(At(85)).mid, std::nullopt);
  EXPECT_EQ(b.View(At(85)).twap_1m, P("107.33333333"));  // seconds 26 to 40: 4 at 100, 11 at 110
}

TEST(BenchmarksTest, SecondsThatAreOverAreTakenOnceAndMakeTheSameWindowsElsewhere) {
  Benchmarks b;
  b.OnTrade(At(100), P("100"), Q("1"));
  b.OnMid(At(102), P("101"));
  b.OnNoMid(At(103));
  EXPECT_EQ(b.TakeFinished(At(100)).size(), 0u);
  std::vector<MarketSecond> taken = b.TakeFinished(At(102));
  ASSERT_EQ(taken.size(), 1u) << "the second 101 was quiet, 102 is not over";
  EXPECT_EQ(b.TakeFinished(At(102)).size(), 0u);
  b.OnTime(At(110));
  for (const MarketSecond& second : b.TakeFinished(At(110))) {
    taken.push_back(second);
  }
  EXPECT_EQ(taken.size(), 3u) << "102, and 103, in which the mid held at first";
  EXPECT_EQ(b.Finished().size(), 3u);

  Benchmarks later;
  for (const MarketSecond& second : taken) {
    later.Restore(At(120), second);
  }
  EXPECT_EQ(later.View(At(120)).vwap_5m, P("100"));
  EXPECT_EQ(later.View(At(120)).twap_1m, b.View(At(120)).twap_1m);
  EXPECT_EQ(later.View(At(120)).mid, std::nullopt) << "nobody knows whether it still holds";
  EXPECT_EQ(later.TakeFinished(At(120)).size(), 0u) << "they are kept already";
}

TEST(BenchmarksTest, ASecondThatIsTooOldOrNotOverIsNotRestored) {
  const auto second = [](int64_t at) {
    return MarketSecond{
        .number = At(at).ns / 1'000'000'000, .notional = 0, .quantity = 0, .mid_e8 = 5};
  };
  Benchmarks b;
  b.Restore(At(400), second(100));
  b.Restore(At(400), second(400));
  b.Restore(At(400), second(90'000));  // a clock that was wrong
  EXPECT_EQ(b.Finished().size(), 0u);
  b.Restore(At(400), second(101));
  EXPECT_EQ(b.Finished().size(), 1u);
}

}  // namespace
}  // namespace tw::eq
