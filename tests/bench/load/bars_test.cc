#include "bench/load/bars.h"

#include <gtest/gtest.h>

namespace tw::load {
namespace {

TEST(BarsTest, ParsesSpans) {
  const std::pair<const char*, int64_t> good[] = {{"2ms", 2'000'000},
                                                  {"250us", 250'000},
                                                  {"1.5s", 1'500'000'000},
                                                  {"900ns", 900},
                                                  {"0.5ms", 500'000}};
  for (const auto& [text, ns] : good) {
    const absl::StatusOr<Duration> span = ParseSpan(text);
    ASSERT_TRUE(span.ok()) << text;
    EXPECT_EQ(span->ns, ns) << text;
  }
  for (const char* wrong :
       {"", "2", "ms", "-2ms", "2 ms", "0ms", "1e3ms", "2m", "1..5s", "9999999s"}) {
    EXPECT_FALSE(ParseSpan(wrong).ok()) << wrong;
  }
}

TEST(BarsTest, FormatsSpans) {
  EXPECT_EQ(FormatSpan(Duration{900}), "900 ns");
  EXPECT_EQ(FormatSpan(Duration{1'874'000}), "1.87 ms");
  EXPECT_EQ(FormatSpan(Duration{999'600}), "1 ms");
  EXPECT_EQ(FormatSpan(Duration::Seconds(90)), "90 s");
  EXPECT_EQ(FormatSpan(Duration{}), "0 ns");
}

TEST(BarsTest, JudgesEachBarThatIsSet) {
  Histogram orders;
  for (int i = 1; i <= 100; ++i) {
    orders.Record(i * 1'000);
  }
  Bars bars;
  EXPECT_TRUE(Judge(bars, {orders, 0, 0, 9}).empty());
  bars.p50 = Duration::Micros(51);
  bars.p99 = Duration::Micros(98);
  bars.min_accepted_percent = 99.9;
  bars.min_rate = 990;
  bars.all_answered = true;
  const std::vector<BarResult> results = Judge(bars, {orders, 99.9, 989.9, 0});
  ASSERT_EQ(results.size(), 5u);
  EXPECT_TRUE(results[0].passed);   // p50 is 50 us
  EXPECT_FALSE(results[1].passed);  // p99 is 99 us
  EXPECT_TRUE(results[2].passed);
  EXPECT_FALSE(results[3].passed);
  EXPECT_TRUE(results[4].passed);
  EXPECT_FALSE(Judge(bars, {orders, 99.9, 990, 1})[4].passed);
}

TEST(BarsTest, NothingMeasuredHasNotPassed) {
  Bars bars;
  bars.p99 = Duration::Seconds(1);
  const std::vector<BarResult> results = Judge(bars, {Histogram(), 100, 1000, 0});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_FALSE(results[0].passed);
}

}  // namespace
}  // namespace tw::load
