#include "libs/core/decimal.h"
#include "tests/seed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace tw {
namespace {

struct ParseCase {
  const char* text;
  int64_t e8;
};

class ParseE8Test : public ::testing::TestWithParam<ParseCase> {};

TEST_P(ParseE8Test, ReadsExactly) {
  const auto parsed = ParseE8(GetParam().text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, GetParam().e8);
}

INSTANTIATE_TEST_SUITE_P(Table,
                         ParseE8Test,
                         ::testing::Values(ParseCase{"0", 0},
                                           ParseCase{"45000.10", 4500010000000},
                                           ParseCase{"0.00000001", 1},
                                           ParseCase{"-0.5", -50000000},
                                           ParseCase{"+1", 100000000},
                                           ParseCase{".5", 50000000},
                                           ParseCase{"5.", 500000000},
                                           ParseCase{"1e-3", 100000},
                                           ParseCase{"1E3", 100000000000},
                                           ParseCase{"0.1000000000000",
                                                     10000000},  // zeros are no decimals
                                           ParseCase{"10e-9", 1},
                                           ParseCase{"92233720368.54775807", INT64_MAX},
                                           ParseCase{"-92233720368.54775807", -INT64_MAX}));

TEST(ParseE8Test, RefusesAndSaysWhy) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "empty number"},
      {"abc", "not a number"},
      {"NaN", "not a number"},
      {"inf", "not a number"},
      {"-", "not a number"},
      {".", "not a number"},
      {"1.2.3", "not a number"},
      {"1 ", "not a number"},
      {"0x10", "not a number"},
      {"1e", "not a number"},
      {"0.000000001", "more than eight decimals"},
      {"1e-9", "more than eight decimals"},
      {"1e41", "exponent out of range"},
      {"92233720368.54775808", "number out of range"},
      {"100000000000000000000", "number out of range"},
      {"1e12", "number out of range"},
  };
  for (const auto& [text, why] : cases) {
    const auto parsed = ParseE8(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(std::string(parsed.status().message()), why) << text;
  }
}

TEST(FormatE8Test, WritesTheShortestExactText) {
  EXPECT_EQ(FormatE8(0), "0");
  EXPECT_EQ(FormatE8(1), "0.00000001");
  EXPECT_EQ(FormatE8(-50000000), "-0.5");
  EXPECT_EQ(FormatE8(4500010000000), "45000.1");
  EXPECT_EQ(FormatE8(100000000), "1");
  EXPECT_EQ(FormatE8(120000000), "1.2");
  EXPECT_EQ(FormatE8(-100000010), "-1.0000001");
  EXPECT_EQ(FormatE8(INT64_MAX), "92233720368.54775807");
  EXPECT_EQ(FormatE8(INT64_MIN), "-92233720368.54775808");
}

TEST(FormatE8Test, ReadsBackForRandomValues) {
  const uint64_t seed = TestSeed();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto e8 = static_cast<int64_t>(random()) >> (random() % 60);
    if (e8 == INT64_MIN) {
      continue;
    }
    const auto parsed = ParseE8(FormatE8(e8));
    ASSERT_TRUE(parsed.ok()) << e8;
    ASSERT_EQ(*parsed, e8);
  }
}

TEST(MulDivTest, RoundsAsNamed) {
  EXPECT_EQ(MulDiv(5, 1, 2, Rounding::kDown), 2);
  EXPECT_EQ(MulDiv(5, 1, 2, Rounding::kHalfAwayFromZero), 3);
  EXPECT_EQ(MulDiv(-5, 1, 2, Rounding::kHalfAwayFromZero), -3);
  EXPECT_EQ(MulDiv(4, 1, 3, Rounding::kHalfAwayFromZero), 1);
  EXPECT_EQ(MulDiv(4, 1, 3, Rounding::kUp), 2);
  EXPECT_EQ(MulDiv(-4, 1, 3, Rounding::kUp), -2);
  EXPECT_EQ(MulDiv(6, 1, 3, Rounding::kUp), 2);
  EXPECT_EQ(MulDiv(INT64_MAX, INT64_MAX, 1, Rounding::kDown), std::nullopt);
}

// As it would be written with 128 bits and no thought for speed.
std::optional<int64_t> NaiveMulDiv(int64_t a, int64_t b, int64_t c, Rounding rounding) {
  const __int128 product = static_cast<__int128>(a) * b;
  __int128 quotient = product / c;
  const __int128 rest = product % c < 0 ? -(product % c) : product % c;
  const bool half = rounding == Rounding::kHalfAwayFromZero && rest * 2 >= c;
  if (rest != 0 && (rounding == Rounding::kUp || half)) {
    quotient += product < 0 ? -1 : 1;
  }
  if (quotient > INT64_MAX || quotient < -INT64_MAX) {
    return std::nullopt;
  }
  return static_cast<int64_t>(quotient);
}

TEST(MulDivTest, AgreesWithItsNaiveTwin) {
  std::mt19937_64 random(TestSeed());
  const std::vector<int64_t> edges = {
      0, 1, -1, 2, kDecimalScale, INT64_MAX, INT64_MIN, -INT64_MAX, INT64_MAX - 1};
  const auto any = [&] {
    return random() % 4 == 0 ? edges[random() % edges.size()]
                             : static_cast<int64_t>(random()) >> (random() % 64);
  };
  for (int i = 0; i < 200'000; ++i) {
    const int64_t a = any();
    const int64_t b = any();
    const int64_t c = std::max<int64_t>(any() & INT64_MAX, 1);
    for (const Rounding rounding : {Rounding::kDown, Rounding::kUp, Rounding::kHalfAwayFromZero}) {
      ASSERT_EQ(MulDiv(a, b, c, rounding), NaiveMulDiv(a, b, c, rounding))
          << a << " * " << b << " / " << c << ", rounding " << static_cast<int>(rounding);
    }
  }
}

TEST(NotionalTest, IsExact) {
  const auto notional = Notional(*Price::Parse("45000.1"), *Quantity::Parse("0.001"));
  EXPECT_EQ(notional->ToString(), "45.0001");
  EXPECT_EQ(Notional(Price::FromE8(1), Quantity::FromE8(50'000'000))->e8(),
            1);  // half goes away from zero
  EXPECT_FALSE(Notional(Price::Max(), Quantity::FromUnits(2)).has_value());
}

TEST(DecimalTest, AddsWithAWatchOnTheRange) {
  EXPECT_FALSE(Money::CheckedAdd(Money::Max(), Money::FromE8(1)).has_value());
  EXPECT_EQ(Money::SaturatingAdd(Money::Max(), Money::FromE8(1)), Money::Max());
  EXPECT_EQ((Money::FromUnits(2) - Money::FromUnits(3)).ToString(), "-1");
  EXPECT_DEATH(static_cast<void>(Money::Max() + Money::FromE8(1)), "invariant broken");
}

}  // namespace
}  // namespace tw
