// record: a feed taken down, and what is in the file afterwards.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "libs/feed/market_server.h"
#include "libs/recording/reader.h"
#include "libs/rpc/channel.h"
#include "services/cli/recorder.h"
#include "tests/services/cli/fake_services.h"

namespace tw::cli {
namespace {

v1::FeedEvent Trade(uint64_t number, const char* symbol) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  event.set_source_seq(number);
  event.set_venue_time_ns(1'000'000);
  event.mutable_trade()->set_price_e8(1);
  event.mutable_trade()->set_quantity_e8(1);
  return event;
}

class RecordTest : public ::testing::Test {
 protected:
  RecordTest()
      : path_(::testing::TempDir() + "tw-record-" + std::to_string(::getpid()) + ".twr"),
        feed_(7, 4'096, [] { return std::vector<v1::FeedEvent>(); }),
        server_(rpc::ServerOptions()) {
    std::filesystem::remove(path_);
    rpc::Service service("tradewind.v1.MarketFeedService");
    feed_.Register(service);
    server_.Add(service);
    EXPECT_TRUE(server_.Start().ok());
    channel_ = rpc::Channel::Create("127.0.0.1:" + std::to_string(server_.port()));
  }
  ~RecordTest() override {
    feed_.Stop();
    server_.Stop(Duration::Millis(10));
    std::filesystem::remove(path_);
  }
  // Publishes once the recorder reads; stops it when `events` are in the file.
  absl::StatusOr<RecorderTotals> RecordAll(const std::vector<v1::FeedEvent>& events,
                                           const RecorderOptions& options,
                                           uint64_t until) {
    auto writer = recording::Writer::Create(path_);
    EXPECT_TRUE(writer.ok()) << writer.status();
    bool published = false;
    const auto stop = [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (!published && feed_.readers() == 1) {
        published = true;
        for (const v1::FeedEvent& event : events) {
          feed_.Publish(event);
        }
        feed_.Flush();
      }
      return writer->events() >= until;
    };
    return Record(channel_, *writer, options, stop, [](const RecorderTotals&) {});
  }
  uint64_t CountInFile() const {
    auto reader = recording::Reader::Open(path_);
    EXPECT_TRUE(reader.ok()) << reader.status();
    uint64_t count = 0;
    v1::FeedEvent event;
    while (*reader->Next(event)) {
      ++count;
    }
    EXPECT_TRUE(reader->ended());
    return count;
  }

  const std::string path_;
  feed::MarketServer feed_;
  rpc::Server server_;
  std::shared_ptr<rpc::Channel> channel_;
};

TEST_F(RecordTest, TakesDownWhatIsAskedForAndNoReplays) {
  v1::FeedEvent replayed = Trade(9, "IBM");
  replayed.set_recorded(true);
  const auto totals = RecordAll({Trade(1, "IBM"), Trade(1, "BTCUSDT"), replayed, Trade(2, "IBM")},
                                {.symbols = {"IBM"}}, 2);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->trades, 2u);
  EXPECT_EQ(CountInFile(), 2u);
  EXPECT_EQ(totals->bytes, std::filesystem::file_size(path_));
}

TEST_F(RecordTest, StopsAtItsSize) {
  std::vector<v1::FeedEvent> events;
  for (uint64_t i = 1; i <= 3'000; ++i) {
    events.push_back(Trade(i, "IBM"));
    events.back().set_venue(std::string(200, 'V'));  // so that a block is full soon
  }
  const auto totals = RecordAll(events, {.bytes_max = 1'000}, ~uint64_t{0});
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_LT(totals->trades, 3'000u);
  EXPECT_EQ(CountInFile(), totals->trades);
}

TEST_F(RecordTest, WhatTheQueueCannotHoldIsAGap) {
  std::vector<v1::FeedEvent> events;
  for (uint64_t i = 1; i <= 500; ++i) {
    events.push_back(Trade(i, "IBM"));
  }
  auto late = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  auto writer = recording::Writer::Create(path_);
  ASSERT_TRUE(writer.ok());
  int step = 0;
  const auto stop = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (feed_.readers() == 1 && step == 0) {
      for (const v1::FeedEvent& event : events) {
        feed_.Publish(event);
      }
      feed_.Flush();
      std::this_thread::sleep_for(std::chrono::milliseconds(300));  // all are there by then
      step = 1;
    } else if (step == 1) {
      feed_.Publish(Trade(501, "IBM"));
      feed_.Flush();
      step = 2;
    }
    return std::chrono::steady_clock::now() > late;
  };
  const auto totals =
      Record(channel_, *writer, {.queue_events = 100}, stop, [](const RecorderTotals&) {});
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->gaps, 1u);
  EXPECT_EQ(totals->trades, 101u);
}

TEST(RecordCommandTest, SaysWhatIsWrong) {
  FakeServices nobody;
  const std::string there = ::testing::TempDir() + "tw-there.twr";
  std::ofstream(there) << "something";
  const Outcome twice = Tradewind({"record", there});
  EXPECT_EQ(twice.exit, kFailed);
  EXPECT_NE(twice.err.find("a recording is not written over"), std::string::npos) << twice.err;
  std::filesystem::remove(there);
  EXPECT_EQ(Tradewind({"record", there, "--size", "10X"}).exit, kUsage);
  EXPECT_EQ(Tradewind({"record", there, "--size", "1000000000000G"}).exit, kUsage);
  EXPECT_EQ(Tradewind({"record", there, "--seconds", "soon"}).exit, kUsage);
  EXPECT_EQ(Tradewind({"record", there, "--seconds", "0"}).exit, kUsage);
  EXPECT_FALSE(std::filesystem::exists(there));
}

}  // namespace
}  // namespace tw::cli
