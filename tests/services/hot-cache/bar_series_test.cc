#include "services/hot-cache/bar_series.h"

#include <gtest/gtest.h>

namespace tw::hot_cache {
namespace {

Bar At(int64_t minute, int64_t price, bool closed) {
  const Price p = Price::FromUnits(price);
  return {
      Timestamp{} + Duration::Seconds(minute * 60), p, p, p, p, Quantity::FromUnits(1), 1, closed};
}

TEST(BarSeriesTest, NewestLastWhateverTheOrderOfArrival) {
  BarSeries series;
  for (const int64_t minute : {3, 1, 2, 4}) {
    EXPECT_TRUE(series.Put(At(minute, 1, true), 3));
  }
  EXPECT_EQ(series.Newest(10), (std::vector<Bar>{At(2, 1, true), At(3, 1, true), At(4, 1, true)}));
  EXPECT_EQ(series.Newest(1), (std::vector<Bar>{At(4, 1, true)}));
}

TEST(BarSeriesTest, ARunningBarIsReplacedUntilItCloses) {
  BarSeries series;
  EXPECT_TRUE(series.Put(At(1, 5, false), 9));
  EXPECT_FALSE(series.Put(At(1, 5, false), 9));
  EXPECT_TRUE(series.Put(At(1, 6, false), 9));
  EXPECT_TRUE(series.Put(At(2, 8, false), 9));  // two run while late trades may come
  EXPECT_TRUE(series.Put(At(1, 7, true), 9));
  EXPECT_FALSE(series.Put(At(1, 9, false), 9));
  EXPECT_EQ(series.Newest(9), (std::vector<Bar>{At(1, 7, true), At(2, 8, false)}));
}

TEST(BarSeriesTest, ARunningBarThatNeverClosesGoesWhenALaterOneDoes) {
  BarSeries series;
  series.Put(At(1, 5, true), 9);
  series.Put(At(2, 5, false), 9);
  series.Put(At(3, 5, true), 9);
  EXPECT_EQ(series.Newest(9), (std::vector<Bar>{At(1, 5, true), At(3, 5, true)}));
}

}  // namespace
}  // namespace tw::hot_cache
