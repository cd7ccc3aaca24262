#include "libs/book/ladder.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
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

std::vector<std::pair<int64_t, uint32_t>> LevelsOf(const Ladder& ladder) {
  std::vector<std::pair<int64_t, uint32_t>> levels;
  ladder.ForEach([&](int64_t key, uint32_t level) {
    levels.emplace_back(key, level);
    return true;
  });
  return levels;
}

class LadderTwinTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(LadderTwinTest, AgreesWithAMapOfLevels) {
  Prng prng(TestSeed(77));
  Ladder ladder(GetParam());
  std::map<int64_t, uint32_t> expected;
  int64_t middle = 0;
  for (uint32_t step = 0; step < 200'000; ++step) {
    // Mostly one neighbourhood, which wanders, at times anywhere, below zero too (the ask side's
    // keys).
    middle += prng.Percent(1) ? prng.Between(-500, 500) : 0;
    const int64_t key =
        prng.Percent(80) ? middle + prng.Between(-300, 300) : prng.Between(-(1 << 20), 1 << 20);
    if (expected.count(key) != 0) {
      ASSERT_EQ(ladder.Find(key), expected[key]);
      ladder.Erase(key);
      expected.erase(key);
    } else {
      ASSERT_EQ(ladder.Find(key), kNil);
      ladder.Insert(key, step);
      expected[key] = step;
    }
    ASSERT_EQ(ladder.empty(), expected.empty());
    if (!expected.empty()) {
      ASSERT_EQ(ladder.best_key(), expected.rbegin()->first);
      ASSERT_EQ(ladder.best(), expected.rbegin()->second);
    }
  }
  const std::vector<std::pair<int64_t, uint32_t>> wanted(expected.rbegin(), expected.rend());
  EXPECT_EQ(LevelsOf(ladder), wanted);
}

INSTANTIATE_TEST_SUITE_P(Windows, LadderTwinTest, ::testing::Values(64, 1024, 65'536, 262'144));

TEST(LadderTest, TheWindowFollowsTheMarketAndFarLevelsComeBack) {
  Ladder ladder(64);
  ladder.Insert(100'000, 1);
  ladder.Insert(99'000, 2);  // far below
  EXPECT_EQ(ladder.far_levels(), 1U);
  ladder.Insert(100'200, 3);  // better by more than a window: 100,000 is far now
  EXPECT_EQ(ladder.far_levels(), 2U);
  EXPECT_EQ(ladder.best(), 3U);
  ladder.Erase(100'200);
  EXPECT_EQ(ladder.best(), 1U);
  ladder.Erase(100'000);
  EXPECT_EQ(ladder.best(), 2U);
  EXPECT_EQ(ladder.far_levels(), 0U);
  ladder.Insert(98'980, 4);  // a market that slides takes its window along
  EXPECT_EQ(ladder.far_levels(), 0U);
  EXPECT_EQ(LevelsOf(ladder),
            (std::vector<std::pair<int64_t, uint32_t>>{{99'000, 2}, {98'980, 4}}));
}

}  // namespace
}  // namespace tw::book
