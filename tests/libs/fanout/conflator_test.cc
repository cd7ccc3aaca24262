#include "libs/fanout/conflator.h"

#include <gtest/gtest.h>

#include <map>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::fanout {
namespace {

TEST(ConflatorTest, KeepsTheNewestOfAKeyInItsFirstPlace) {
  Conflator<int> waiting(10, 10);
  waiting.Offer("a", 1);
  waiting.Offer("b", 2);
  waiting.Offer("a", 3);
  waiting.Offer("a", 4);
  auto taken = waiting.Take();
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->update, 4);
  EXPECT_EQ(taken->merged, 2U);
  taken = waiting.Take();
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->update, 2);
  EXPECT_EQ(taken->merged, 0U);
  EXPECT_FALSE(waiting.Take().has_value());
  EXPECT_EQ(waiting.merged(), 2U);
}

TEST(ConflatorTest, WhatCountsEachWaitsInOrderWithTheRest) {
  Conflator<int> waiting(10, 10);
  waiting.Append(1);
  waiting.Offer("a", 2);
  waiting.Append(3);
  for (const int expected : {1, 2, 3}) {
    EXPECT_EQ(waiting.Take()->update, expected);
  }
}

TEST(ConflatorTest, AFullLineLosesItsOldestAndSaysSo) {
  Conflator<int> waiting(2, 10);
  for (int i = 1; i <= 5; ++i) {
    waiting.Append(i);
  }
  EXPECT_EQ(waiting.waiting(), 2U);
  EXPECT_EQ(waiting.dropped(), 3U);
  const auto taken = waiting.Take();
  EXPECT_EQ(taken->update, 4);
  EXPECT_EQ(taken->merged, 3U);
  EXPECT_EQ(waiting.Take()->merged, 0U);
}

TEST(ConflatorTest, WhatWasMergedBeforeCountsToo) {
  Conflator<int> waiting(2, 10);
  waiting.Offer("a", 1, 3);
  waiting.Offer("a", 2, 1);
  EXPECT_EQ(waiting.Take()->merged, 5U);  // 3, the first itself, 1
  waiting.Append(1, 4);
  waiting.Append(2);
  waiting.Append(3, 2);  // the first is dropped with all it stood for
  EXPECT_EQ(waiting.Take()->merged, 5U);
  EXPECT_EQ(waiting.Take()->merged, 2U);
}

TEST(ConflatorTest, TooManyKeysLoseTheOldestAndSaySo) {
  Conflator<int> waiting(2, 2);
  waiting.Offer("a", 1);
  waiting.Offer("a", 2);
  waiting.Offer("b", 3);
  waiting.Offer("c", 4);
  EXPECT_EQ(waiting.waiting(), 2U);
  const auto taken = waiting.Take();
  EXPECT_EQ(taken->update, 3);
  EXPECT_EQ(taken->merged, 2U);
}

TEST(ConflatorTest, ASnapshotStandsForWhatWaited) {
  Conflator<int> waiting(1, 1);
  waiting.Append(1);
  waiting.Append(2);
  waiting.Offer("a", 3);
  waiting.Clear();
  EXPECT_FALSE(waiting.Take().has_value());
  waiting.Offer("a", 4);
  EXPECT_EQ(waiting.Take()->merged, 0U);
}

// Nothing is lost from the count, and the last word of every key arrives.
TEST(ConflatorTest, EveryOfferIsTakenOrCounted) {
  Prng prng(TestSeed());
  Conflator<int> waiting(5, 8);
  uint64_t offered = 0;
  uint64_t accounted = 0;
  std::map<std::string, int> last;
  std::map<std::string, int> got;
  std::map<int, std::string> key_of;
  const auto take = [&] {
    const auto taken = waiting.Take();
    if (taken) {
      accounted += 1 + taken->merged;
      if (key_of.contains(taken->update)) {
        got[key_of[taken->update]] = taken->update;
      }
    }
    return taken.has_value();
  };
  for (int i = 0; i < 20'000; ++i) {
    ++offered;
    if (prng.Percent(30)) {
      waiting.Append(i);
    } else {
      const std::string key = "k" + std::to_string(prng.Below(8));
      waiting.Offer(key, i);
      last[key] = i;
      key_of[i] = key;
    }
    if (prng.Percent(40)) {
      take();
    }
  }
  while (take()) {
  }
  EXPECT_EQ(accounted, offered);
  EXPECT_EQ(got, last);
}

}  // namespace
}  // namespace tw::fanout
