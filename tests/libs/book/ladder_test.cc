#include "libs/book/ladder.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

TEST(LadderTest, KeysRankEitherSide) {
  EXPECT_GT(KeyOf(Side::kBuy, 101), KeyOf(Side::kBuy, 100));
  EXPECT_GT(KeyOf(Side::kSell, 100), KeyOf(Side::kSell, 101));
  EXPECT_EQ(PriceOf(Side::kSell, KeyOf(Side::kSell, 7)), 7);
}

TEST(LadderTest, AgreesWithAMapOfLevels) {
  Prng prng(TestSeed(77));
  Ladder ladder;
  std::map<int64_t, uint32_t> expected;  // key -> page
  for (int step = 0; step < 200'000; ++step) {
    // Mostly one neighbourhood, at times anywhere, below zero too (the ask side's keys).
    const int64_t key =
        prng.Percent(80) ? prng.Between(-300, 300) : prng.Between(-(1 << 20), 1 << 20);
    if (const auto it = expected.find(key); it != expected.end()) {
      ladder.Drop(it->second, key);
      expected.erase(it);
    } else {
      ASSERT_EQ(ladder.Find(key), nullptr);
      expected[key] = ladder.Occupy(key);
      ASSERT_EQ(ladder.Find(key), &ladder.At(expected[key], key));
    }
    ASSERT_EQ(ladder.empty(), expected.empty());
    if (!expected.empty()) {
      ASSERT_EQ(ladder.best_key(), expected.rbegin()->first);
    }
  }
  std::vector<int64_t> keys;
  ladder.ForEach([&](int64_t key, const Level&) {
    keys.push_back(key);
    return true;
  });
  std::vector<int64_t> wanted;
  for (auto it = expected.rbegin(); it != expected.rend(); ++it) {
    wanted.push_back(it->first);
  }
  EXPECT_EQ(keys, wanted);
}

}  // namespace
}  // namespace tw::book
