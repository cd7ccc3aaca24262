#include "bench/load/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tw::load {
namespace {

std::vector<double> All(const ScheduleOptions& options) {
  Schedule schedule(options);
  std::vector<double> times;
  while (const std::optional<Duration> next = schedule.Next()) {
    times.push_back(next->seconds());
  }
  return times;
}

ScheduleOptions Options(const std::string& shape, double rate, double seconds) {
  ScheduleOptions options;
  EXPECT_TRUE(ParseShape(shape, options).ok());
  options.rate = rate;
  options.total = Duration{static_cast<int64_t>(seconds * 1e9)};
  return options;
}

size_t CountIn(const std::vector<double>& times, double from, double to) {
  size_t count = 0;
  for (const double t : times) {
    count += t >= from && t < to ? 1 : 0;
  }
  return count;
}

TEST(ScheduleTest, ConstantIsEvenlySpaced) {
  const std::vector<double> times = All(Options("constant", 500, 2));
  ASSERT_EQ(times.size(), 1000u);
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(times[i], static_cast<double>(i) * 0.002, 1e-8);
  }
}

TEST(ScheduleTest, PoissonHasTheMeanAndSpreadOfIndependentArrivals) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ScheduleOptions options = Options("poisson", 1000, 20);
    options.seed = seed;
    const std::vector<double> times = All(options);
    EXPECT_NEAR(static_cast<double>(times.size()), 20'000, 5 * std::sqrt(20'000.0));
    double sum = 0;
    double squares = 0;
    for (size_t i = 1; i < times.size(); ++i) {
      const double gap = times[i] - times[i - 1];
      ASSERT_GE(gap, 0);
      sum += gap;
      squares += gap * gap;
    }
    const auto n = static_cast<double>(times.size() - 1);
    const double mean = sum / n;
    // An exponential gap's deviation is its mean.
    EXPECT_NEAR(std::sqrt(squares / n - mean * mean) / mean, 1, 0.05);
  }
}

TEST(ScheduleTest, TheSameSeedIsTheSameSchedule) {
  ScheduleOptions options = Options("poisson", 100, 5);
  const std::vector<double> first = All(options);
  EXPECT_EQ(first, All(options));
  options.seed = 2;
  EXPECT_NE(first, All(options));
}

TEST(ScheduleTest, BurstsLeaveTogetherAtTheMeanRate) {
  const std::vector<double> times = All(Options("burst:50", 100, 4));
  ASSERT_EQ(times.size(), 400u);
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(times[i], static_cast<double>(i - i % 50) / 100, 1e-8);
  }
  EXPECT_NEAR(All(Options("burst", 100, 1))[10], 0.1, 1e-8);  // a tenth of a second's worth
}

TEST(ScheduleTest, ARampGrowsEvenlyAfterTheWarmUp) {
  ScheduleOptions options = Options("ramp:20", 1000, 12);
  options.warmup = Duration::Seconds(2);
  const std::vector<double> times = All(options);
  EXPECT_NEAR(static_cast<double>(CountIn(times, 0, 2)), 400, 2);
  EXPECT_NEAR(static_cast<double>(times.size()), 400 + 6000, 3);
  EXPECT_NEAR(static_cast<double>(CountIn(times, 2, 3)), 240, 3);
  EXPECT_NEAR(static_cast<double>(CountIn(times, 11, 12)), 960, 3);
  EXPECT_NEAR(static_cast<double>(CountIn(All(Options("ramp:100", 1000, 1)), 0, 1)), 1000, 2);
}

TEST(ScheduleTest, ParsesShapes) {
  ScheduleOptions options;
  EXPECT_TRUE(ParseShape("burst:7", options).ok());
  EXPECT_EQ(options.shape, Shape::kBurst);
  EXPECT_EQ(options.burst, 7);
  EXPECT_TRUE(ParseShape("ramp:25", options).ok());
  EXPECT_EQ(options.ramp_from_percent, 25);
  EXPECT_TRUE(ParseShape("one", options).ok());
  EXPECT_EQ(options.shape, Shape::kOneAtATime);
  for (const char* wrong : {"", "steady", "burst:", "burst:0", "burst:x", "burst:2000000", "ramp:0",
                            "ramp:101", "ramp:nan", "poisson:3", "one:1"}) {
    EXPECT_FALSE(ParseShape(wrong, options).ok()) << wrong;
  }
}

}  // namespace
}  // namespace tw::load
