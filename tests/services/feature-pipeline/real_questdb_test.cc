// The history of features in a real QuestDB: written through the sink, asked as it was known.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/convert/timestamps.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "services/feature-pipeline/history.h"
#include "services/feature-pipeline/service.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::features {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

v1::FeedEvent MinuteBar(int64_t start_s, int64_t close) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol("BTCUSDT");
  v1::BarTick& bar = *event.mutable_bar();
  bar.set_interval("1m");
  bar.set_start_ns(Duration::Seconds(start_s).ns);
  for (const auto set : {&v1::BarTick::set_open_e8, &v1::BarTick::set_high_e8,
                         &v1::BarTick::set_low_e8, &v1::BarTick::set_close_e8}) {
    (bar.*set)(close * kDecimalScale);
  }
  bar.set_volume_e8(kDecimalScale);
  bar.set_closed(true);
  return event;
}

class FeatureHistoryTest : public tw::testing::RealQuestDb {
 protected:
  std::unique_ptr<ServiceHost> Start() {
    std::vector<std::string> flags = Flags();
    flags.insert(flags.end(), {"--features", TW_FEATURES_FILE});
    auto host = std::make_unique<ServiceHost>("feature-pipeline",
                                              std::make_unique<FeaturePipelineService>(), flags);
    host->Start();
    EXPECT_TRUE(host->WaitReady());
    return host;
  }
  static absl::StatusOr<v1::ListFeatureHistoryResponse> Ask(
      const v1::ListFeatureHistoryRequest& request) {
    HistoryReader reader(server_->sql(), "PAPER");
    std::optional<absl::StatusOr<HistoryPage>> answer;
    std::mutex mutex;
    reader.Read(request, [&](const auto& history) {
      const std::lock_guard lock(mutex);
      answer = history;
    });
    EXPECT_TRUE(WaitFor([&] {
      const std::lock_guard lock(mutex);
      return answer.has_value();
    }));
    reader.Stop();
    if (!answer->ok()) {
      return answer->status();
    }
    return (*answer)->response;
  }
};

TEST(HistoryPageTest, EndsBetweenTwoMoments) {
  const auto cut = [](size_t limit, const std::vector<std::string>& times) {
    std::vector<questdb::Row> rows;
    for (const std::string& time : times) {
      rows.push_back({time});
    }
    const std::optional<Timestamp> older = CutPage(limit, rows);
    return std::pair(rows.size(), older ? older->ns : 0);
  };
  EXPECT_EQ(cut(3, {"9", "8", "8"}), std::pair(size_t{3}, int64_t{0}));  // all there is
  EXPECT_EQ(cut(3, {"9", "8", "7", "6"}), std::pair(size_t{3}, int64_t{6}));
  EXPECT_EQ(cut(3, {"9", "9", "8", "8"}), std::pair(size_t{2}, int64_t{8}));
  EXPECT_EQ(cut(2, {"9", "9", "9"}), std::pair(size_t{2}, int64_t{0}));  // part of one moment
}

TEST_F(FeatureHistoryTest, OnceOverARestartAndAskedAsItWasKnown) {
  FakePlatform platform;
  platform.Start();
  const int64_t begin_s = SystemClock().Now().ns / 1'000'000'000 / 60 * 60 - 60 * 60;
  auto host = Start();
  ASSERT_TRUE(WaitFor([&] { return platform.market_readers() == 1; }));
  for (int64_t i = 0; i < 25; ++i) {
    platform.Publish(MinuteBar(begin_s + 60 * i, 100 + i));
  }
  EXPECT_EQ(CountUntil("features WHERE name = 'sma_20'", 6), 6);
  host->KeepFolder();
  host.reset();
  host = Start();
  ASSERT_TRUE(WaitFor([&] { return platform.market_readers() == 1; }));
  for (int64_t i = 0; i < 27; ++i) {  // two are new
    platform.Publish(MinuteBar(begin_s + 60 * i, 100 + i));
  }
  EXPECT_EQ(CountUntil("features WHERE name = 'sma_20'", 8), 8);

  v1::ListFeatureHistoryRequest request;
  request.set_symbol("BTCUSDT");
  request.add_names("sma_20");
  const auto all = Ask(request);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->points_size(), 8);
  for (const v1::FeaturePoint& point : all->points()) {
    EXPECT_GE(point.known_time().seconds(), point.event_time().seconds());
  }
  EXPECT_EQ(all->points(0).value(), 109.5);
  EXPECT_EQ(all->points(7).value(), 116.5);
  // As of the third: nothing that became known later.
  *request.mutable_as_of() = all->points(2).known_time();
  const auto then = Ask(request);
  ASSERT_TRUE(then.ok()) << then.status();
  ASSERT_EQ(then->points_size(), 3);
  EXPECT_EQ(then->points(2).value(), 111.5);
  *request.mutable_from() = all->points(1).known_time();
  request.set_limit(1);
  EXPECT_EQ(Ask(request)->points(0).value(), 111.5);  // the newest
  // A join by timestamp sees the same.
  const auto joined =
      Sql("WITH t AS (SELECT timestamp FROM features WHERE name = 'sma_20' LIMIT 3) "
          "SELECT r.value FROM t ASOF JOIN (SELECT timestamp, value FROM features "
          "WHERE name = 'sma_20') r");
  ASSERT_TRUE(joined.is_object());
  EXPECT_EQ(joined["dataset"][2][0], 111.5);
}

}  // namespace
}  // namespace tw::features
