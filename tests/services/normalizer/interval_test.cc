#include "services/normalizer/interval.h"

#include <gtest/gtest.h>

namespace tw::normalizer {
namespace {

TEST(IntervalTest, AlignsToTheEpochAlsoBeforeIt) {
  const Intervals intervals;
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Duration span = intervals[i].span;
    EXPECT_EQ(AlignDown({0}, span).ns, 0);
    EXPECT_EQ(AlignDown({span.ns - 1}, span).ns, 0);
    EXPECT_EQ(AlignDown({span.ns}, span).ns, span.ns);
    EXPECT_EQ(AlignDown({-1}, span).ns, -span.ns);
  }
}

TEST(IntervalTest, IsAnythingFromASecondToADay) {
  const struct {
    const char* text;
    const char* name;  // null: none
    int64_t seconds;
  } cases[] = {{"1s", "1s", 1},
               {"90s", "90s", 90},
               {"60s", "1m", 60},
               {"120m", "2h", 7'200},
               {"1d", "1d", 86'400},
               {"24h", "1d", 86'400},
               {"86400s", "1d", 86'400},
               {"0s", nullptr, 0},
               {"2d", nullptr, 0},
               {"25h", nullptr, 0},
               {"86401s", nullptr, 0},
               {"-1s", nullptr, 0},
               {"1", nullptr, 0},
               {"s", nullptr, 0},
               {"1x", nullptr, 0},
               {"1ms", nullptr, 0},
               {"", nullptr, 0},
               {"1.5m", nullptr, 0},
               {"99999999999999999999s", nullptr, 0}};
  for (const auto& c : cases) {
    const auto interval = ParseInterval(c.text);
    ASSERT_EQ(interval.has_value(), c.name != nullptr) << c.text;
    if (interval) {
      EXPECT_EQ(interval->name, c.name);
      EXPECT_EQ(interval->span, Duration::Seconds(c.seconds));
    }
  }
}

TEST(IntervalsTest, AreSortedAndKnowTheirParts) {
  const auto intervals = Intervals::Parse("1h,10s,1m");
  ASSERT_TRUE(intervals.ok()) << intervals.status();
  EXPECT_EQ((*intervals)[0].name, "10s");
  EXPECT_EQ(intervals->Find("1h"), 2U);
  EXPECT_FALSE(intervals->Find("2m").has_value());
  EXPECT_EQ(intervals->PartOf(Duration::Seconds(180)), 1U);
  EXPECT_EQ(intervals->PartOf(Duration::Seconds(90)), 0U);
  EXPECT_EQ(intervals->PartOf(kDay), 2U);
  EXPECT_FALSE(intervals->PartOf(Duration::Seconds(15)).has_value());
  for (const char* bad : {"", "1s,1s", "60s,1m", "1s,,1m", "1y",
                          "1s,2s,3s,4s,5s,6s,7s,8s,9s,10s,11s,12s,13s,14s,15s,16s,17s"}) {
    EXPECT_EQ(Intervals::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace tw::normalizer
