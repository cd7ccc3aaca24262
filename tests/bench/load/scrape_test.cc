#include "bench/load/scrape.h"

#include <gtest/gtest.h>

namespace tw::load {
namespace {

TEST(ScrapeTest, AddsUpTheSeriesOfAName) {
  const Scrape scrape = ParseMetrics(
      "# HELP a_total Things.\n# TYPE a_total counter\n"
      "a_total{kind=\"x y\"} 3\na_total{kind=\"z\"} 4.5\nb 1e+06\nbroken\nc{x=\"1\"} word\n");
  EXPECT_EQ(scrape.Value("a_total"), 7.5);
  EXPECT_EQ(scrape.Value("b"), 1e6);
  EXPECT_EQ(scrape.Value("c"), 0);
  EXPECT_EQ(scrape.Value("missing"), 0);
}

std::string Page(int low, int high, int all, double sum) {
  const std::string name = "t_seconds";
  return name + "_count " + std::to_string(all) + "\n" + name + "_sum " + std::to_string(sum) +
         "\n" + name + "_bucket{le=\"0.001\"} " + std::to_string(low) + "\n" + name +
         "_bucket{le=\"0.002\"} " + std::to_string(high) + "\n" + name + "_bucket{le=\"+Inf\"} " +
         std::to_string(all) + "\n";
}

TEST(ScrapeTest, AStageIsTheGrowthBetweenTwoLooks) {
  const Scrape before = ParseMetrics(Page(100, 100, 100, 0.05));
  const Scrape after = ParseMetrics(Page(120, 200, 200, 0.2));
  const Stage stage = StageBetween(before, after, "t_seconds");
  EXPECT_EQ(stage.count, 100u);
  EXPECT_EQ(stage.mean, Duration::Micros(1500));
  // 20 are below 1 ms, 80 between 1 and 2 ms: the 50th lies three eighths into the latter.
  EXPECT_EQ(stage.p50, Duration::Micros(1375));
  EXPECT_EQ(StageBetween(after, after, "t_seconds").count, 0u);
  EXPECT_EQ(StageBetween(before, after, "missing").count, 0u);
}

TEST(ScrapeTest, PastTheLastBucketTheLastEdgeIsAllThatIsKnown) {
  const Stage stage = StageBetween(Scrape(), ParseMetrics(Page(0, 0, 10, 1)), "t_seconds");
  EXPECT_EQ(stage.p50, Duration::Millis(2));
}

}  // namespace
}  // namespace tw::load
