#include "services/pnl/amount.h"

#include <gtest/gtest.h>

#include "tests/services/pnl/fills.h"

namespace tw::pnl {
namespace {

TEST(NotionalOfTest, RoundsHalfAwayFromZero) {
  struct Row {
    int64_t price_e8;
    int64_t quantity_e8;
    int64_t notional_e8;
  };
  const Row rows[] = {
      {4'500'000'000'000, 10'000'000, 450'000'000'000},  // 45,000 x 0.1 = 4,500
      {1, 50'000'000, 1},                                // half a unit goes up
      {1, 49'999'999, 0},
      {1, -50'000'000, -1},  // a short position: away from zero too
      {3, 50'000'000, 2},
      {0, 50'000'000, 0},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ToMoney(NotionalOf(Price::FromE8(row.price_e8), Quantity::FromE8(row.quantity_e8))),
              Money::FromE8(row.notional_e8))
        << row.price_e8 << " x " << row.quantity_e8;
  }
}

TEST(ShareOfTest, RoundsHalfAwayFromZeroAndLosesNothing) {
  struct Row {
    int64_t total;
    int64_t part;
    int64_t whole;
    int64_t share;
  };
  const Row rows[] = {
      {10, 1, 3, 3},   // 3.33
      {10, 2, 3, 7},   // 6.67
      {10, 3, 3, 10},  // all of it, exactly
      {10, 0, 3, 0},   // none of it
      {5, 1, 2, 3},    // 2.5 goes up
      {-5, 1, 2, -3},  // and -2.5 down
      {-10, 2, 3, -7}, {INT64_MAX, INT64_MAX - 1, INT64_MAX, INT64_MAX - 1},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(static_cast<int64_t>(
                  ShareOf(row.total, Quantity::FromE8(row.part), Quantity::FromE8(row.whole))),
              row.share)
        << row.total << " x " << row.part << " / " << row.whole;
  }
}

TEST(ShareOfTest, HoldsSumsWiderThan64Bits) {
  const Amount total = Amount{INT64_MAX} * 1'000'000;
  const Amount third = ShareOf(total, Quantity::FromE8(1), Quantity::FromE8(3));
  const Amount rest = total - third;
  EXPECT_EQ(static_cast<int64_t>(third / 1'000'000), INT64_MAX / 3);
  EXPECT_TRUE(third + rest == total);
}

TEST(ToMoneyTest, SticksAtTheEnds) {
  EXPECT_EQ(ToMoney(Amount{INT64_MAX} + 1), Money::Max());
  EXPECT_EQ(ToMoney(-Amount{INT64_MAX} * 5), -Money::Max());
  EXPECT_EQ(ToMoney(-7), Money::FromE8(-7));
}

TEST(PerUnitTest, IsNeverNegative) {
  EXPECT_EQ(PerUnit(M("-4500").e8(), Q("-0.1")), P("45000"));
  EXPECT_EQ(PerUnit(M("10").e8(), Q("3")), P("3.33333333"));
  EXPECT_EQ(PerUnit(M("20").e8(), Q("3")), P("6.66666667"));
  EXPECT_EQ(PerUnit(0, Quantity()), Price());
  EXPECT_EQ(PerUnit(Amount{INT64_MAX} * 4, Quantity::FromE8(1)), Price::Max());
}

}  // namespace
}  // namespace tw::pnl
