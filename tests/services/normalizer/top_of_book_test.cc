#include "services/normalizer/top_of_book.h"

#include "services/normalizer/consolidator.h"
#include "tests/services/normalizer/ticks.h"

namespace tw::normalizer {
namespace {

using testing::P;
using testing::Q;
using testing::T;

Quote Two(int64_t bid, int64_t ask) {
  return {{P(bid), Q(1)}, {P(ask), Q(1)}};
}
Quote BidOf(int64_t price) {
  return {{P(price), Q(1)}, {}};
}
Quote AskOf(int64_t price) {
  return {{}, {P(price), Q(1)}};
}

TEST(TopOfBookTest, ALiveQuoteIsWholeAndJudgedAtOnce) {
  TopOfBook top(false, Duration::Seconds(5));
  EXPECT_TRUE(top.empty());
  top.OnQuote(Two(100, 101), T(1), T(1));
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  top.OnQuote(Two(101, 101), T(2), T(2));
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  EXPECT_EQ(top.locked(), 1U);
  top.OnQuote(Two(102, 101), T(3), T(3));
  EXPECT_EQ(top.stale(), StaleReason::kCrossed);
  EXPECT_EQ(top.crossed(), 1U);
  top.OnQuote(BidOf(99), T(4), T(4));  // there is no ask any more
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  EXPECT_TRUE(top.quote().ask.price.IsZero());
  top.OnTime(T(9));
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  top.OnTime(T(10));
  EXPECT_EQ(top.stale(), StaleReason::kTimeout);
  top.OnQuote(Two(100, 101), T(11), T(11));
  EXPECT_EQ(top.stale(), StaleReason::kNone);
}

TEST(TopOfBookTest, RecordedSidesAreJudgedByTheMillisecond) {
  TopOfBook top(true, Duration::Seconds(5));
  const auto at = [](int64_t micros) { return Timestamp{micros * 1'000}; };
  top.OnQuote(BidOf(100), at(1'000), at(1'000));
  top.OnQuote(AskOf(101), at(1'100), at(1'100));
  // Up through the ask, which follows within the same millisecond: never crossed.
  top.OnQuote(BidOf(102), at(2'000), at(2'000));
  top.OnQuote(AskOf(103), at(2'900), at(2'900));
  top.OnQuote(BidOf(104), at(3'000), at(3'000));
  EXPECT_EQ(top.crossed(), 0U);
  top.OnQuote(AskOf(105), at(4'000), at(4'000));  // a millisecond later: it was
  EXPECT_EQ(top.crossed(), 1U);
  EXPECT_EQ(top.stale(), StaleReason::kCrossed);
  top.Settle();
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  EXPECT_EQ(top.quote(), Two(104, 105));
}

TEST(TopOfBookTest, AHaltedMarketMayBeCrossedAndSilent) {
  TopOfBook top(false, Duration::Seconds(5));
  top.OnQuote(Two(100, 101), T(1), T(1));
  top.Suspend(true, T(2));
  top.OnQuote(Two(105, 101), T(3), T(3));
  top.OnTime(T(60));
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  top.Suspend(false, T(60));
  EXPECT_EQ(top.stale(), StaleReason::kCrossed);  // it still is
  top.OnQuote(Two(100, 101), T(60), T(60));
  top.OnTime(T(61));
  EXPECT_EQ(top.stale(), StaleReason::kNone);
  top.OnTime(T(66));
  EXPECT_EQ(top.stale(), StaleReason::kTimeout);
}

TEST(ConsolidatorTest, TheBestOfThoseThatCount) {
  Consolidator all;
  EXPECT_TRUE(all.Update("B", Two(100, 103)));
  EXPECT_TRUE(all.Update("A", Quote{{P(101), Q(2)}, {P(103), Q(5)}}));
  EXPECT_EQ(all.best(), (ConsolidatedQuote{{P(101), Q(2)}, {P(103), Q(6)}, "A", "A", 2}));
  EXPECT_FALSE(all.Update("B", Two(100, 103)));  // nothing new
  EXPECT_TRUE(all.Update("C", Two(101, 102)));
  EXPECT_EQ(all.best(), (ConsolidatedQuote{{P(101), Q(3)}, {P(102), Q(1)}, "A", "C", 3}));
  EXPECT_TRUE(all.Update("A", std::nullopt));  // stale
  EXPECT_EQ(all.best(), (ConsolidatedQuote{{P(101), Q(1)}, {P(102), Q(1)}, "C", "C", 2}));
  EXPECT_TRUE(all.Update("C", BidOf(99)));
  EXPECT_EQ(all.best(), (ConsolidatedQuote{{P(100), Q(1)}, {P(103), Q(1)}, "B", "B", 2}));
  all.Update("B", std::nullopt);
  all.Update("C", std::nullopt);
  EXPECT_EQ(all.best(), ConsolidatedQuote());
  EXPECT_EQ(all.known(), 3U);
}

}  // namespace
}  // namespace tw::normalizer
