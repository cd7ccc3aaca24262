#include "services/normalizer/book_builder.h"

#include <map>

#include "libs/core/prng.h"
#include "tests/services/normalizer/ticks.h"

namespace tw::normalizer {
namespace {

using testing::P;
using testing::Q;
using testing::T;

constexpr Duration kSilence = Duration::Seconds(5);

Snapshot Snap(uint64_t last) {
  return {.last_update = last,
          .bids = {{P(100), Q(1)}, {P(99), Q(2)}},
          .asks = {{P(101), Q(3)}, {P(102), Q(4)}}};
}
Delta Change(uint64_t first,
             uint64_t last,
             uint64_t previous,
             std::vector<Level> bids = {},
             std::vector<Level> asks = {}) {
  return {.first_update = first,
          .last_update = last,
          .previous_update = previous,
          .bids = std::move(bids),
          .asks = std::move(asks)};
}

TEST(BookBuilderTest, IsStaleUntilItsFirstSnapshot) {
  BookBuilder book(kSilence);
  EXPECT_EQ(book.stale(), StaleReason::kNoSnapshot);
  EXPECT_FALSE(book.OnDelta(Change(5, 5, 4), T(1)));
  EXPECT_TRUE(book.OnSnapshot(Snap(10), T(1)));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
  EXPECT_EQ(book.last_update(), 10U);
  EXPECT_EQ(book.Best(true, 9), (std::vector<Level>{{P(100), Q(1)}, {P(99), Q(2)}}));
  EXPECT_EQ(book.Best(false, 1), (std::vector<Level>{{P(101), Q(3)}}));
}

TEST(BookBuilderTest, DeltasSetAddAndTakeLevels) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  EXPECT_TRUE(
      book.OnDelta(Change(11, 12, 10, {{P(100), Q(7)}, {P(98), Q(5)}}, {{P(101), Q(0)}}), T(1)));
  EXPECT_EQ(book.Best(true, 9), (std::vector<Level>{{P(100), Q(7)}, {P(99), Q(2)}, {P(98), Q(5)}}));
  EXPECT_EQ(book.Best(false, 9), (std::vector<Level>{{P(102), Q(4)}}));
  EXPECT_TRUE(book.OnDelta(Change(13, 13, 12, {}, {{P(500), Q(0)}}), T(1)));  // was not there
  EXPECT_EQ(book.depth(false), 1U);
}

struct FollowRow {
  const char* name;
  uint64_t first;
  uint64_t last;
  uint64_t previous;
  StaleReason stale;
  uint64_t at;  // last_update afterwards
};

TEST(BookBuilderTest, ADeltaFollowsOrLeavesAGap) {
  const FollowRow rows[] = {
      {"next", 11, 12, 10, StaleReason::kNone, 12},
      {"next, ids with holes", 15, 18, 10, StaleReason::kNone, 18},
      {"venue that names no previous", 11, 12, 0, StaleReason::kNone, 12},
      {"overlaps the snapshot", 9, 12, 8, StaleReason::kNone, 12},
      {"old", 8, 10, 7, StaleReason::kNone, 10},
      {"gap", 12, 13, 11, StaleReason::kGap, 10},
      {"gap, no previous", 12, 13, 0, StaleReason::kGap, 10},
  };
  for (const FollowRow& row : rows) {
    BookBuilder book(kSilence);
    book.OnSnapshot(Snap(10), T(1));
    book.OnDelta(Change(row.first, row.last, row.previous), T(1));
    EXPECT_EQ(book.stale(), row.stale) << row.name;
    EXPECT_EQ(book.last_update(), row.at) << row.name;
  }
}

TEST(BookBuilderTest, OnlyTheFirstDeltaMayOverlap) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  book.OnDelta(Change(9, 12, 8), T(1));
  book.OnDelta(Change(12, 14, 11), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kGap);
}

TEST(BookBuilderTest, ALaterSnapshotHealsAGap) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  book.OnDelta(Change(12, 12, 11), T(1));
  ASSERT_EQ(book.stale(), StaleReason::kGap);
  book.OnDelta(Change(13, 13, 12), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kGap);
  EXPECT_TRUE(book.OnSnapshot(Snap(20), T(1)));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
  EXPECT_TRUE(book.OnDelta(Change(21, 21, 20), T(1)));
}

TEST(BookBuilderTest, DeltasHeldBackFollowASnapshotFromBeforeThem) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  book.OnDelta(Change(13, 13, 12, {{P(98), Q(1)}}), T(1));
  book.OnDelta(Change(14, 14, 13, {{P(97), Q(1)}}), T(1));
  ASSERT_EQ(book.stale(), StaleReason::kGap);
  book.OnSnapshot(Snap(12), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
  EXPECT_EQ(book.last_update(), 14U);
  EXPECT_EQ(book.depth(true), 4U);
}

TEST(BookBuilderTest, ASnapshotFromBeforeTheGapDoesNotHeal) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  book.OnDelta(Change(13, 13, 12), T(1));
  book.OnSnapshot(Snap(11), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kGap);
  book.OnSnapshot(Snap(13), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
}

TEST(BookBuilderTest, ACrossedBookWaitsForASnapshot) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  book.OnDelta(Change(11, 11, 10, {{P(101), Q(1)}}), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kCrossed);
  EXPECT_TRUE(book.NeedsSnapshot());
  book.OnDelta(Change(12, 12, 11, {{P(101), Q(0)}}), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kCrossed);
  book.OnSnapshot(Snap(11), T(1));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
  EXPECT_EQ(book.last_update(), 12U);  // the delta held back
}

TEST(BookBuilderTest, SilenceMakesStaleAndTheNextDeltaHeals) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(100));
  book.OnTime(T(105));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
  book.OnMessage(T(104));
  book.OnTime(T(109));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
  book.OnTime(T(110));
  EXPECT_EQ(book.stale(), StaleReason::kTimeout);
  EXPECT_FALSE(book.NeedsSnapshot());
  book.OnMessage(T(111));
  EXPECT_EQ(book.stale(), StaleReason::kTimeout);
  book.OnDelta(Change(11, 11, 10), T(112));
  EXPECT_EQ(book.stale(), StaleReason::kNone);
}

TEST(BookBuilderTest, AfterSilenceAGapIsStillAGap) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(100));
  book.OnTime(T(110));
  book.OnDelta(Change(12, 12, 11), T(112));
  EXPECT_EQ(book.stale(), StaleReason::kGap);
}

TEST(BookBuilderTest, AnOlderSnapshotChangesNothingUnlessTheSourceBeganAnew) {
  BookBuilder book(kSilence);
  book.OnSnapshot(Snap(10), T(1));
  EXPECT_FALSE(book.OnSnapshot(Snap(3), T(1)));
  EXPECT_EQ(book.last_update(), 10U);
  book.Reset();
  EXPECT_EQ(book.stale(), StaleReason::kNoSnapshot);
  EXPECT_TRUE(book.OnSnapshot(Snap(3), T(1)));
  EXPECT_EQ(book.last_update(), 3U);
}

// Random changes against a map; snapshots in any order of levels.
TEST(BookBuilderTest, HoldsWhatAMapHolds) {
  const uint64_t seed = TestSeed();
  Prng prng(seed);
  BookBuilder book(kSilence);
  std::map<int64_t, int64_t> bids;
  std::map<int64_t, int64_t> asks;
  book.OnSnapshot({.last_update = 1, .bids = {}, .asks = {}}, T(1));
  for (uint64_t i = 1; i <= 20'000; ++i) {
    const bool bid = prng.Percent(50);
    const int64_t price = bid ? prng.Between(1, 100) : prng.Between(101, 200);
    const int64_t size = prng.Percent(40) ? 0 : prng.Between(1, 9);
    auto& side = bid ? bids : asks;
    size == 0 ? static_cast<void>(side.erase(price)) : static_cast<void>(side[price] = size);
    const std::vector<Level> levels = {{P(price), Q(size)}};
    ASSERT_TRUE(book.OnDelta(Change(i + 1, i + 1, i, bid ? levels : std::vector<Level>(),
                                    bid ? std::vector<Level>() : levels),
                             T(1)));
    std::vector<Level> expected_bids;
    for (auto it = bids.rbegin(); it != bids.rend(); ++it) {
      expected_bids.push_back({P(it->first), Q(it->second)});
    }
    std::vector<Level> expected_asks;
    for (const auto& [p, q] : asks) {
      expected_asks.push_back({P(p), Q(q)});
    }
    ASSERT_EQ(book.Best(true, 1'000), expected_bids) << "seed " << seed << " step " << i;
    ASSERT_EQ(book.Best(false, 1'000), expected_asks) << "seed " << seed << " step " << i;
  }
}

}  // namespace
}  // namespace tw::normalizer
