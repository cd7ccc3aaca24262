#include "bench/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::load {
namespace {

constexpr double kPercents[] = {0, 1, 10, 50, 90, 99, 99.9, 99.99, 100};

// Nearest rank.
int64_t Exact(const std::vector<int64_t>& sorted, double percent) {
  const auto rank =
      static_cast<size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size()) - 1e-9));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

TEST(HistogramTest, ReadsPercentilesWithinOnePercentAndNeverTooLow) {
  Prng prng(TestSeed(1));
  for (int round = 1; round <= 20; ++round) {
    SCOPED_TRACE(round);
    Histogram histogram;
    std::vector<int64_t> values;
    for (int i = 0; i < 10'000; ++i) {
      // Every magnitude is as likely.
      const auto bits = static_cast<int>(prng.Below(62)) + 1;
      values.push_back(static_cast<int64_t>(prng.Below(uint64_t{1} << bits)));
      histogram.Record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double percent : kPercents) {
      const int64_t exact = Exact(values, percent);
      const int64_t read = histogram.Percentile(percent).ns;
      EXPECT_GE(read, exact) << percent;
      EXPECT_LE(static_cast<double>(read - exact), 0.008 * static_cast<double>(exact)) << percent;
    }
    EXPECT_EQ(histogram.max().ns, values.back());
    EXPECT_EQ(histogram.min().ns, values.front());
    EXPECT_EQ(histogram.count(), values.size());
  }
}

TEST(HistogramTest, TakesEveryValue) {
  Histogram histogram;
  histogram.Record(-5);
  EXPECT_EQ(histogram.Percentile(100).ns, 0);
  histogram.Record(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(histogram.Percentile(100).ns, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(histogram.Percentile(50).ns, 0);
}

TEST(HistogramTest, AnEmptyOneAnswersZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.Percentile(50).ns, 0);
  EXPECT_EQ(histogram.max().ns, 0);
  EXPECT_EQ(histogram.mean_ns(), 0);
}

TEST(HistogramTest, ARareStallShowsInThePercentileThatHoldsIt) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) {
    histogram.Record(100);
  }
  histogram.Record(1'000'000);
  EXPECT_EQ(histogram.Percentile(99.9).ns, 100);
  EXPECT_EQ(histogram.Percentile(99.99).ns, 1'000'000);
}

TEST(HistogramTest, MergingIsAsGoodAsRecordingTogether) {
  Prng prng(7);
  Histogram together;
  Histogram a;
  Histogram b;
  for (int i = 0; i < 1'000; ++i) {
    const auto value = static_cast<int64_t>(prng.Below(1'000'000));
    together.Record(value);
    (i % 3 == 0 ? a : b).Record(value);
  }
  a.Merge(b);
  a.Merge(Histogram());
  for (const double percent : kPercents) {
    EXPECT_EQ(a.Percentile(percent), together.Percentile(percent));
  }
  EXPECT_EQ(a.count(), together.count());
  EXPECT_EQ(a.min(), together.min());
  EXPECT_NEAR(a.mean_ns(), together.mean_ns(), 1e-6);
  a.Clear();
  EXPECT_EQ(a.count(), 0u);
  EXPECT_EQ(a.Percentile(99).ns, 0);
}

TEST(HistogramTest, ForEachGivesEveryCountInOrder) {
  Histogram histogram;
  for (const int64_t value : {3, 3, 70'000, 5}) {
    histogram.Record(value);
  }
  uint64_t count = 0;
  int64_t last = -1;
  histogram.ForEach([&](int64_t upper, uint64_t n) {
    EXPECT_GT(upper, last);
    last = upper;
    count += n;
  });
  EXPECT_EQ(count, 4u);
  EXPECT_GE(last, 70'000);
}

}  // namespace
}  // namespace tw::load
