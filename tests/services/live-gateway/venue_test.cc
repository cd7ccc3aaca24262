// The owner of the venues, without a network: what waits for company at the disk, and what does
// not.
#include "services/live-gateway/venue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

class VenueTest : public ::testing::Test {
 protected:
  void Open(Duration report_wait = Duration::Seconds(600)) {
    VenueOptions options;
    options.papers[0].synthetic.seed = 7;
    options.report_wait = report_wait;
    VenueSinks sinks;
    sinks.on_executions = [this] { ++published_; };
    sinks.on_market = [this](std::vector<v1::FeedEvent>&& events) { events_ += events.size(); };
    sinks.on_wait = [this](Duration wait) { waits_.push_back(wait); };
    sinks.on_fatal = [](const absl::Status& status) { FAIL() << status; };
    venue_ = std::make_unique<Venue>(options, FourInstruments(), clock_,
                                     LiveGatewayMetrics(registry_), std::move(sinks));
    ASSERT_TRUE(venue_->Open(folder_).ok());  // which syncs
  }
  ~VenueTest() override {
    venue_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Place(const std::string& child_id, const std::string& price = "44000") {
    Send({Order(child_id, Side::kBuy, "0.1", price), "", 0});
  }
  void Send(Incoming incoming) {
    TradeInput input;
    input.commands.push_back(std::move(incoming));
    input.fail = [](const absl::Status& status) { FAIL() << status; };
    ASSERT_TRUE(venue_->Post(std::move(input)));
  }
  uint64_t head() const { return venue_->store().head(); }

  const std::string folder_ = ::testing::TempDir() + "tw-venue-" + std::to_string(::getpid());
  const SystemClock clock_{};
  metrics::Registry registry_;
  int published_ = 0;
  size_t events_ = 0;
  std::vector<Duration> waits_;
  std::unique_ptr<Venue> venue_;
};

TEST_F(VenueTest, ReportsCloseBehindASyncWaitForTheNextOnes) {
  Open();
  const size_t events = events_;
  const int published = published_;
  Place("1-1.1");
  Place("1-2.1");
  EXPECT_EQ(head(), 0U) << "neither is on disk";
  EXPECT_EQ(published_, published);
  EXPECT_EQ(events_, events) << "the market is not told of what is not on disk";
  ASSERT_EQ(waits_.size(), 1U) << "one for both";
  EXPECT_LE(waits_[0].ns, Duration::Seconds(600).ns);

  Send({CancelOf("1-1.1"), "", 0});
  EXPECT_EQ(head(), 0U) << "a cancel's report waits like any other";
  EXPECT_EQ(waits_.size(), 1U);

  bool read = false;
  venue_->Post(ReadInput{[&](const Sites& sites) {
    read = true;
    EXPECT_EQ(sites[0]->venue().open_order_count(), 1U);
  }});
  EXPECT_TRUE(read);
  EXPECT_EQ(head(), 3U) << "whoever asks brings the sync";
  EXPECT_EQ(published_, published + 1);
  EXPECT_GT(events_, events);
}

TEST_F(VenueTest, AReportAfterAPauseLeavesAtOnce) {
  Open(Duration::Nanos(1));
  Place("1-1.1");
  EXPECT_EQ(head(), 1U);
  EXPECT_TRUE(waits_.empty());
}

TEST_F(VenueTest, TheKillSwitchBringsTheSync) {
  Open();
  Place("1-1.1");
  EXPECT_EQ(head(), 0U);
  v1::KillSwitch kill;
  kill.set_generation(1);
  kill.set_engaged(true);
  bool answered = false;
  venue_->Post(KillInput{kill, [&](const v1::KillSwitch&) {
                           answered = true;
                           EXPECT_EQ(head(), 1U);
                         }});
  EXPECT_TRUE(answered);
}

TEST_F(VenueTest, WhatWaitsIsOnDiskAfterAClose) {
  Open();
  const int published = published_;
  Place("1-1.1");
  EXPECT_EQ(head(), 0U);
  venue_->Close();
  EXPECT_EQ(head(), 1U);
  EXPECT_EQ(published_, published + 1);
}

}  // namespace
}  // namespace tw::live_gateway
