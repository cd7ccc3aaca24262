#include "libs/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/statvfs.h>

#include <thread>

#include "libs/metrics/disk.h"

namespace tw::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RegistryTest, WritesPrometheusText) {
  Registry registry;
  registry.AddCounter("tw_orders_total", "Orders.", {{"side", "BUY"}}).Add(3);
  registry.AddGauge("tw_queue_depth", "Waiting.").Set(7);
  registry.AddHistogram("tw_sync_seconds", "Sync time.").Observe(Duration::Micros(30));
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("# HELP tw_orders_total Orders."));
  EXPECT_THAT(text, HasSubstr("# TYPE tw_orders_total counter"));
  EXPECT_THAT(text, HasSubstr("tw_orders_total{side=\"BUY\"} 3"));
  EXPECT_THAT(text, HasSubstr("tw_queue_depth 7"));
  EXPECT_THAT(text, HasSubstr("tw_sync_seconds_bucket{le=\"2e-05\"} 0"));
  EXPECT_THAT(text, HasSubstr("tw_sync_seconds_bucket{le=\"+Inf\"} 1"));
  EXPECT_THAT(text, HasSubstr("tw_sync_seconds_count 1"));
}

TEST(RegistryTest, TheSameSeriesIsOneSeries) {
  Registry registry;
  registry.AddCounter("tw_a_total", "A.", {{"x", "1"}}).Add();
  registry.AddCounter("tw_a_total", "A.", {{"x", "1"}}).Add();
  EXPECT_EQ(registry.AddCounter("tw_a_total", "A.", {{"x", "1"}}).value(), 2);
}

TEST(RegistryTest, EscapesLabelValues) {
  Registry registry;
  registry.AddCounter("tw_a_total", "A.", {{"x", "a\"b\\c\nd"}}).Add();
  EXPECT_THAT(registry.Text(), HasSubstr("x=\"a\\\"b\\\\c\\nd\""));
}

TEST(RegistryTest, BoundsTheSeriesOfAName) {
  Registry registry;
  for (size_t i = 0; i < kSeriesMax + 50; ++i) {
    registry.AddCounter("tw_a_total", "A.", {{"x", std::to_string(i)}}).Add();
  }
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("tw_a_total{overflow=\"true\"} 50"));
  EXPECT_THAT(text, Not(HasSubstr("x=\"1001\"")));
  EXPECT_EQ(registry.AddCounter("tw_a_total", "A.", {{"x", "7"}}).value(), 1);
}

TEST(RegistryTest, ReadsGaugesWhenAsked) {
  Registry registry;
  int depth = 0;
  const Gauge gauge = registry.AddGauge("tw_depth", "Depth.");
  registry.OnText([&] { gauge.Set(depth); });
  depth = 42;
  EXPECT_THAT(registry.Text(), HasSubstr("tw_depth 42"));
}

TEST(RegistryTest, ShowsTheProcess) {
  Registry registry;
  AddProcessMetrics(registry);
  registry.Text();
  const Gauge resident = registry.AddGauge("process_resident_memory_bytes", "Resident memory.");
  EXPECT_GT(resident.value(), 1e5);
  const Gauge start =
      registry.AddGauge("process_start_time_seconds", "Start, in seconds since 1970.");
  EXPECT_NEAR(start.value(), static_cast<double>(time(nullptr)), 600);
  EXPECT_GE(registry.AddGauge("process_open_fds", "Open file descriptors.").value(), 3);
}

TEST(RegistryTest, ShowsTheDisk) {
  Registry registry;
  AddDiskMetrics(registry, "/tmp");
  registry.Text();
  struct statvfs volume {};
  ASSERT_EQ(statvfs("/tmp", &volume), 0);
  const double size = static_cast<double>(volume.f_blocks) * static_cast<double>(volume.f_frsize);
  EXPECT_EQ(
      registry.AddGauge("tw_data_size_bytes", "Size of the volume of the data folder.").value(),
      size);
  const double free =
      registry
          .AddGauge("tw_data_free_bytes", "Free for the service on the volume of its data folder.")
          .value();
  EXPECT_GT(free, 0);
  EXPECT_LT(free, size);
}

TEST(RegistryTest, AFolderThatIsNotThereHasNoSpace) {
  Registry registry;
  AddDiskMetrics(registry, "/nowhere/at/all");
  EXPECT_THAT(registry.Text(), HasSubstr("tw_data_free_bytes 0"));
}

TEST(HandleTest, AnEmptyHandleSwallows) {
  Counter().Add();
  Gauge().Set(1);
  Histogram().Observe(1.0);
  EXPECT_EQ(Counter().value(), 0);
}

TEST(HandleTest, CountsFromManyThreads) {
  Registry registry;
  const Counter counter = registry.AddCounter("tw_a_total", "A.");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        counter.Add();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counter.value(), 40'000);
}

TEST(LatencyBucketsTest, RunFromTenMicrosecondsToTenSeconds) {
  const std::vector<double> buckets = LatencyBuckets();
  EXPECT_DOUBLE_EQ(buckets.front(), 1e-5);
  EXPECT_DOUBLE_EQ(buckets.back(), 10.0);
  EXPECT_TRUE(std::is_sorted(buckets.begin(), buckets.end()));
}

}  // namespace
}  // namespace tw::metrics
