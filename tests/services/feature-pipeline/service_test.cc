#include "services/feature-pipeline/service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "libs/testing/e8.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::features {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

using tw::testing::kE8;
constexpr int64_t kStartNs = 1'800'000'000'000'000'000;

v1::FeedEvent Event(int64_t seconds) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol("BTCUSDT");
  event.set_venue_time_ns(kStartNs + Duration::Seconds(seconds).ns);
  return event;
}

v1::FeedEvent Bar(int64_t second, int64_t close, const std::string& interval = "1s") {
  v1::FeedEvent event = Event(second + 1);
  v1::BarTick& bar = *event.mutable_bar();
  bar.set_interval(interval);
  bar.set_start_ns(kStartNs + Duration::Seconds(second).ns);
  bar.set_open_e8(close * kE8);
  bar.set_high_e8(close * kE8);
  bar.set_low_e8(close * kE8);
  bar.set_close_e8(close * kE8);
  bar.set_volume_e8(kE8);
  bar.set_closed(true);
  return event;
}

v1::FeedEvent QuoteEvent(int64_t second) {
  v1::FeedEvent event = Event(second);
  event.mutable_quote()->set_bid_e8(99 * kE8);
  event.mutable_quote()->set_bid_size_e8(3 * kE8);
  event.mutable_quote()->set_ask_e8(101 * kE8);
  event.mutable_quote()->set_ask_size_e8(1 * kE8);
  return event;
}

class FeaturePipelineServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    platform_.Start();
    host_ = std::make_unique<ServiceHost>("feature-pipeline",
                                          std::make_unique<FeaturePipelineService>(), Flags());
    host_->Start();
    ASSERT_TRUE(host_->WaitReady());
  }

  absl::StatusOr<v1::FeatureSet> Get(const std::string& symbol, const std::string& timeframe) {
    v1::GetFeaturesRequest request;
    request.set_symbol(symbol);
    request.set_timeframe(timeframe);
    return host_->Call<v1::FeatureSet>("FeatureService/GetFeatures", request);
  }
  v1::Feature Feature(const std::string& name) {
    const auto set = Get("BTCUSDT", "1s");
    EXPECT_TRUE(set.ok()) << set.status();
    for (const v1::Feature& feature : set->features()) {
      if (feature.name() == name) {
        return feature;
      }
    }
    ADD_FAILURE() << "no feature " << name;
    return {};
  }

  std::vector<std::string> Flags() const {
    std::vector<std::string> flags = questdb_.Flags();
    flags.insert(flags.end(), {"--features", TW_FEATURES_FILE});
    return flags;
  }
  // The lines of one feature that QuestDB was sent.
  std::vector<std::string> Lines(const std::string& name) const {
    std::vector<std::string> lines;
    for (const std::string& line : questdb_.Lines()) {
      if (line.find(",name=" + name + " ") != std::string::npos) {
        lines.push_back(line);
      }
    }
    return lines;
  }

  tw::testing::ScriptedQuestDb questdb_;
  FakePlatform platform_;
  std::unique_ptr<ServiceHost> host_;
};

TEST_F(FeaturePipelineServiceTest, BarsAndQuotesBecomeFeatures) {
  for (int64_t second = 0; second < 20; ++second) {
    platform_.Publish(Bar(second, second % 2 == 0 ? 99 : 101));
    v1::FeedEvent open = Bar(second, 1'000'000);  // the bar so far is not a closed one
    open.mutable_bar()->set_closed(false);
    platform_.Publish(open);
    v1::FeedEvent recorded = Bar(second + 100, 1'000'000);
    recorded.set_recorded(true);
    recorded.set_venue("REPLAY:x.zip");
    platform_.Publish(recorded);
    v1::FeedEvent elsewhere = Bar(second + 100, 1'000'000);
    elsewhere.set_venue("OTHER");
    platform_.Publish(elsewhere);
  }
  v1::FeedEvent book = Event(20);
  for (int i = 0; i < 6; ++i) {  // five levels count
    book.mutable_book()->add_bids()->set_size_e8(i < 5 ? 3 * kE8 : 1'000 * kE8);
    book.mutable_book()->add_asks()->set_size_e8(1 * kE8);
  }
  platform_.Publish(book);
  platform_.Publish(QuoteEvent(21));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
  EXPECT_DOUBLE_EQ(Feature("sma_20").value(), 100);
  EXPECT_DOUBLE_EQ(Feature("bollinger_upper").value(), 102);
  EXPECT_FALSE(Feature("sma_50").ready());
  EXPECT_DOUBLE_EQ(Feature("spread").value(), 2);
  EXPECT_DOUBLE_EQ(Feature("book_imbalance").value(), 0.5);
  const auto set = Get("BTCUSDT", "1s");
  EXPECT_EQ(set->timestamp().seconds(), kStartNs / 1'000'000'000 + 21);
  EXPECT_GE(set->age_ms(), 0);
  EXPECT_LT(set->age_ms(), 10'000);
  const auto minutes = Get("BTCUSDT", "");
  EXPECT_EQ(minutes->timeframe(), "1m");
  EXPECT_FALSE(minutes->features(0).ready());
}

TEST_F(FeaturePipelineServiceTest, RestAnswersTheNamesAskedFor) {
  platform_.Publish(QuoteEvent(1));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
  const auto response = host_->Get("/features/BTCUSDT?timeframe=1s&names=spread,sma_20");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(
      response.body.find(R"("features":[{"name":"spread","value":2.0,"ready":true,"event_time":)"),
      std::string::npos)
      << response.body;
  EXPECT_NE(response.body.find(
                R"({"name":"sma_20","value":0.0,"ready":false,"age_ms":-1,"stale":true}])"),
            std::string::npos)
      << response.body;
  const auto none = host_->Get("/features/IBM");
  EXPECT_EQ(none.status, 200);
  EXPECT_NE(none.body.find("\"age_ms\":-1"), std::string::npos) << none.body;
}

TEST_F(FeaturePipelineServiceTest, WhatDoesNotExistIsNamed) {
  EXPECT_EQ(host_->Get("/features/NOPE").status, 404);
  const auto timeframe = host_->Get("/features/BTCUSDT?timeframe=7m");
  EXPECT_EQ(timeframe.status, 400);
  EXPECT_NE(timeframe.body.find(R"("field":"timeframe")"), std::string::npos) << timeframe.body;
  const auto names = host_->Get("/features/BTCUSDT?names=sma_20,magic");
  EXPECT_EQ(names.status, 400);
  EXPECT_NE(names.body.find("no feature magic"), std::string::npos) << names.body;
}

TEST_F(FeaturePipelineServiceTest, ValuesCarryWhenTheyCouldBeKnown) {
  const int64_t before = SystemClock().Now().ns;
  platform_.Publish(QuoteEvent(1));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
  const v1::Feature spread = Feature("spread");
  EXPECT_EQ(spread.event_time().seconds(), kStartNs / 1'000'000'000 + 1);
  const int64_t known = spread.known_time().seconds() * 1'000'000'000 + spread.known_time().nanos();
  EXPECT_GE(known, before);
  EXPECT_LE(known, SystemClock().Now().ns);
  EXPECT_FALSE(spread.stale());
  EXPECT_GE(spread.age_ms(), 0);
}

TEST_F(FeaturePipelineServiceTest, HistoryGoesToQuestDbThroughTheSink) {
  for (int64_t minute = 0; minute < 20; ++minute) {
    v1::FeedEvent bar = Bar(minute * 60, 100 + minute, "1m");
    platform_.Publish(bar);
  }
  platform_.Publish(QuoteEvent(1));
  ASSERT_TRUE(WaitFor([this] { return !Lines("sma_20").empty() && !Lines("mid").empty(); }));
  const std::string sma = Lines("sma_20")[0];
  EXPECT_TRUE(
      sma.starts_with("features,venue=PAPER,symbol=BTCUSDT,timeframe=1m,name=sma_20 "
                      "value=109.5,event_time="))
      << sma;
  EXPECT_NE(Lines("mid")[0].find("timeframe=quote,name=mid value=100"), std::string::npos);
  EXPECT_EQ(host_->Http("POST", "/flush").status, 200);
  EXPECT_NE(host_->Get("/stats").body.find("\"bars\":20"), std::string::npos);
  // Only what is listed for the history: the 1s bars are not.
  platform_.Publish(Bar(5'000, 100));
  EXPECT_EQ(questdb_.Text().find("timeframe=1s"), std::string::npos);
}

TEST_F(FeaturePipelineServiceTest, DefinitionsAreShown) {
  const std::string body = host_->Get("/features").body;
  EXPECT_NE(
      body.find(
          R"({"name":"macd","kind":"macd","parameters":"fast = 12, slow = 26, signal = 9",)"
          R"("outputs":["macd","macd_signal","macd_histogram"],"source":"bars","bars_needed":34})"),
      std::string::npos)
      << body;
  const auto list = host_->Call<v1::ListFeatureDefinitionsResponse>(
      "FeatureService/ListFeatureDefinitions", v1::ListFeatureDefinitionsRequest());
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->sets_size(), 4);
}

TEST_F(FeaturePipelineServiceTest, ASetAnswersItsOwn) {
  const auto quotes = host_->Get("/features/BTCUSDT?set=quotes&timeframe=1m");
  EXPECT_NE(quotes.body.find("order_flow_imbalance"), std::string::npos);
  EXPECT_EQ(quotes.body.find("sma_20"), std::string::npos);
  EXPECT_EQ(host_->Get("/features/BTCUSDT?set=nope").status, 404);
}

TEST_F(FeaturePipelineServiceTest, AHistoryWithoutQuestDbIsUnavailableAndBadOnesAreRefused) {
  EXPECT_EQ(host_->Get("/features/BTCUSDT/history?limit=10001").status, 400);
  EXPECT_EQ(host_->Get("/features/BTCUSDT/history?as_of=yesterday").status, 400);
}

// A read takes far less than ten milliseconds, through gRPC and a socket too.
TEST_F(FeaturePipelineServiceTest, OnlineReadsAreQuick) {
  platform_.Publish(QuoteEvent(1));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
  std::vector<int64_t> took;
  for (int i = 0; i < 300; ++i) {
    const int64_t began = MonotonicNanos();
    ASSERT_TRUE(Get("BTCUSDT", "1m").ok());
    took.push_back(MonotonicNanos() - began);
  }
  std::sort(took.begin(), took.end());
  EXPECT_LT(took[took.size() / 2], Duration::Millis(10).ns);
}

TEST_F(FeaturePipelineServiceTest, AStaleBookAndALostFeedTakeQuoteFeaturesAway) {
  platform_.Publish(Bar(1, 100));
  platform_.Publish(QuoteEvent(1));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
  v1::FeedEvent stale = Event(2);
  stale.mutable_book_state()->set_stale(true);
  platform_.Publish(stale);
  ASSERT_TRUE(WaitFor([this] { return !Feature("spread").ready(); }));
  platform_.Publish(QuoteEvent(3));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
  platform_.Stop();
  ASSERT_TRUE(WaitFor([this] { return !Feature("spread").ready(); }));
  ASSERT_TRUE(WaitFor([this] {
    const std::string check = host_->Get("/check").body;
    return check.find("stream lost") != std::string::npos;
  }));
  platform_.Start();
  ASSERT_TRUE(WaitFor([this] { return platform_.market_readers() == 1; }));
  platform_.Publish(QuoteEvent(4));
  ASSERT_TRUE(WaitFor([this] { return Feature("spread").ready(); }));
}

}  // namespace
}  // namespace tw::features
