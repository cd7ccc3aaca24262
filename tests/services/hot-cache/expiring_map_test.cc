#include "services/hot-cache/expiring_map.h"

#include <gtest/gtest.h>

#include <string>

namespace tw::hot_cache {
namespace {

constexpr Lifetime kLifetime{Duration::Seconds(10), Duration::Seconds(60)};
using Map = ExpiringMap<std::string, int>;

Timestamp T(int64_t seconds) {
  return Timestamp{} + Duration::Seconds(1'000'000 + seconds);
}

struct AgeRow {
  int64_t age;
  bool there;
  bool stale;
};

TEST(ExpiringMapTest, AgeIsJudgedWhenRead) {
  const AgeRow rows[] = {
      {0, true, false}, {10, true, false}, {11, true, true}, {60, true, true}, {61, false, true}};
  for (const AgeRow& row : rows) {
    MemoryBudget budget{1'000};
    Map map(kLifetime, 10, budget);
    map.Touch("a", T(0), T(0)) = 7;
    bool stale = !row.stale;
    const int* const value = map.Find("a", T(row.age), stale);
    EXPECT_EQ(value != nullptr, row.there) << row.age;
    EXPECT_EQ(stale, row.stale) << row.age;
    EXPECT_EQ(map.counts().hits, row.there ? 1U : 0U) << row.age;
    EXPECT_EQ(map.counts().misses, row.there ? 0U : 1U) << row.age;
  }
}

TEST(ExpiringMapTest, NewsMakesYoungAndOldStateDoesNotMakeOlder) {
  MemoryBudget budget{1'000};
  Map map(kLifetime, 10, budget);
  map.Touch("a", T(0), T(0)) = 7;
  map.Touch("a", T(50), T(50)) = 8;
  map.Touch("a", T(50), T(20)) = 9;
  bool stale = true;
  ASSERT_NE(map.Find("a", T(60), stale), nullptr);
  EXPECT_FALSE(stale);
  EXPECT_EQ(*map.Find("a", T(60), stale), 9);
}

TEST(ExpiringMapTest, WhatWasSeenLongAgoIsOldAtOnce) {
  MemoryBudget budget{1'000};
  Map map(kLifetime, 10, budget);
  map.Touch("a", T(100), T(70)) = 7;
  map.Touch("b", T(100), T(0)) = 7;
  bool stale = false;
  EXPECT_NE(map.Find("a", T(100), stale), nullptr);
  EXPECT_TRUE(stale);
  EXPECT_EQ(map.Find("b", T(100), stale), nullptr);
}

TEST(ExpiringMapTest, AnExpiredValueDoesNotComeBack) {
  MemoryBudget budget{1'000};
  Map map(kLifetime, 10, budget);
  map.Touch("a", T(0), T(0)) = 7;
  EXPECT_EQ(map.Touch("a", T(100), T(100)), 0);
  EXPECT_EQ(map.counts().evicted, 1U);
}

TEST(ExpiringMapTest, AKeyTooManyPushesOutTheOneLongestWithoutNews) {
  MemoryBudget budget{1'000};
  Map map(kLifetime, 2, budget);
  map.Touch("a", T(0), T(0)) = 1;
  map.Touch("b", T(1), T(1)) = 2;
  map.Touch("a", T(2), T(2)) = 3;
  map.Touch("c", T(3), T(3)) = 4;
  bool stale = false;
  EXPECT_EQ(map.size(), 2U);
  EXPECT_EQ(map.Find("b", T(3), stale), nullptr);
  EXPECT_NE(map.Find("a", T(3), stale), nullptr);
  EXPECT_NE(map.Find("c", T(3), stale), nullptr);
}

TEST(ExpiringMapTest, SweepFreesAndForEachPassesOverTheExpired) {
  MemoryBudget budget{1'000};
  Map map(kLifetime, 10, budget);
  map.Touch("a", T(0), T(0)) = 1;
  map.Touch("b", T(45), T(45)) = 2;
  std::string seen;
  const auto note = [&](const std::string& key, int, bool stale) {
    seen += key + (stale ? "!" : "");
  };
  map.ForEach(T(60), note);
  EXPECT_EQ(seen, "a!b!");
  map.ForEach(T(61), note);
  EXPECT_EQ(seen, "a!b!b!");
  EXPECT_EQ(map.size(), 2U);
  map.Sweep(T(61));
  EXPECT_EQ(map.size(), 1U);
}

TEST(ExpiringMapTest, TooManyBytesPushOutTheKeysLongestWithoutNews) {
  MemoryBudget budget{100};
  Map map(kLifetime, 10, budget);
  Map other(kLifetime, 10, budget);
  other.Touch("x", T(0), T(0));
  other.Charge("x", 30);
  for (const char* key : {"a", "b", "c"}) {
    map.Touch(key, T(1), T(1));
    map.Charge(key, 20);
  }
  map.Touch("b", T(2), T(2));
  EXPECT_EQ(budget.bytes, 90U);
  map.Charge("a", 45);  // 115: b and c are candidates, c is older
  EXPECT_EQ(budget.bytes, 95U);
  bool stale = false;
  EXPECT_EQ(map.Peek("c", T(2), stale), nullptr);
  EXPECT_NE(map.Peek("b", T(2), stale), nullptr);
  map.Charge("a", 1'000);  // alone at last, never pushed out by itself
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(other.size(), 1U);
  EXPECT_EQ(map.counts().evicted, 2U);
  map.Sweep(T(1'000));
  EXPECT_EQ(budget.bytes, 30U);
}

}  // namespace
}  // namespace tw::hot_cache
