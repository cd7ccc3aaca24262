#include "services/normalizer/bar_store.h"

#include "tests/services/normalizer/ticks.h"

namespace tw::normalizer {
namespace {

using testing::P;
using testing::Q;
using testing::T;

Bar At(int64_t minute, int64_t price) {
  return {T(minute * 60), P(price), P(price), P(price), P(price), Q(1), 1};
}

TEST(BarStoreTest, KeepsTheNewestInOrderOfTime) {
  BarStore store(3, 10);
  for (const int64_t minute : {1, 2, 4, 3, 5}) {
    store.Put("PAPER", "IBM", 1, At(minute, minute));
  }
  const auto bars = store.List("PAPER", "IBM", 1, 10);
  ASSERT_TRUE(bars.has_value());
  EXPECT_EQ(*bars, (std::vector<Bar>{At(3, 3), At(4, 4), At(5, 5)}));
  EXPECT_EQ(*store.List("PAPER", "IBM", 1, 1), (std::vector<Bar>{At(5, 5)}));
  EXPECT_TRUE(store.List("PAPER", "IBM", 0, 10)->empty());
  EXPECT_FALSE(store.List("PAPER", "MSFT", 1, 10).has_value());
}

TEST(BarStoreTest, KnowsWhatWasNotSeen) {
  BarStore store(3, 10);
  const auto seen = [&](int64_t from, int64_t to) {
    return store.Seen("PAPER", "IBM", T(from), T(to));
  };
  EXPECT_TRUE(seen(0, 100));
  store.NoteUnseen("PAPER", "IBM", T(10), T(20));
  EXPECT_TRUE(seen(0, 10));
  EXPECT_FALSE(seen(0, 11));
  EXPECT_FALSE(seen(19, 30));
  EXPECT_TRUE(seen(20, 30));
  for (int64_t i = 0; i < static_cast<int64_t>(BarStore::kUnseenMax); ++i) {
    store.NoteUnseen("PAPER", "IBM", T(100 + i), T(101 + i));
  }
  EXPECT_FALSE(seen(0, 5));  // too many to tell apart: nothing that old counts
  EXPECT_TRUE(seen(1'000, 2'000));
  store.ForgetUnseen("PAPER", "IBM");
  EXPECT_TRUE(seen(0, 2'000));
}

TEST(BarStoreTest, ABarPlayedAgainReplacesItself) {
  BarStore store(3, 10);
  store.Put("REPLAY:x", "IBM", 1, At(1, 1));
  store.Put("REPLAY:x", "IBM", 1, At(2, 2));
  store.Put("REPLAY:x", "IBM", 1, At(1, 9));
  EXPECT_EQ(*store.List("REPLAY:x", "IBM", 1, 10), (std::vector<Bar>{At(1, 9), At(2, 2)}));
}

TEST(BarStoreTest, DropsTheMarketLongestWithoutABar) {
  BarStore store(3, 2);
  store.Put("A", "X", 1, At(1, 1));
  store.Put("B", "X", 1, At(1, 1));
  store.Put("A", "X", 1, At(2, 1));
  store.Put("C", "X", 1, At(1, 1));
  EXPECT_EQ(store.markets(), 2U);
  EXPECT_TRUE(store.List("A", "X", 1, 1).has_value());
  EXPECT_FALSE(store.List("B", "X", 1, 1).has_value());
}

}  // namespace
}  // namespace tw::normalizer
