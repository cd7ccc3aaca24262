#include "services/normalizer/service.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "libs/testing/service_host.h"
#include "tests/services/normalizer/feed_events.h"

namespace tw::normalizer {
namespace {

using testing::BookEvent;
using testing::DeltaEvent;
using testing::Recorded;
using testing::ReplayEndEvent;
using testing::TradeEvent;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

// live-gateway's feed and nothing else of it; a new epoch at each start, on one port.
class FakeLiveGateway {
 public:
  ~FakeLiveGateway() { Stop(); }

  void Start(const std::vector<v1::FeedEvent>& snapshot) {
    market_ =
        std::make_unique<feed::MarketServer>(++epoch_, 100'000, [snapshot] { return snapshot; });
    rpc::ServerOptions options;
    options.port = port_;
    server_ = std::make_unique<rpc::Server>(options);
    rpc::Service service("tradewind.v1.MarketFeedService");
    market_->Register(service);
    server_->Add(service);
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
    ::setenv("TRADEWIND_LIVE_GATEWAY_ADDRESS", ("127.0.0.1:" + std::to_string(port_)).c_str(), 1);
  }
  void Stop() {
    if (server_ != nullptr) {
      server_->Stop(Duration::Millis(10));
      market_->Stop();
      server_.reset();
    }
  }
  void Publish(const std::vector<v1::FeedEvent>& events) {
    for (const v1::FeedEvent& event : events) {
      market_->Publish(event, Duration::Seconds(10));
    }
    market_->Flush();
  }
  size_t readers() const { return market_->readers(); }

 private:
  int port_ = 0;
  uint64_t epoch_ = 0;
  std::unique_ptr<feed::MarketServer> market_;
  std::unique_ptr<rpc::Server> server_;
};

// What a reader of the normalizer has got.
class Reader {
 public:
  Reader(ServiceHost& host, bool lossless, Duration delay = Duration{}) : delay_(delay) {
    feed::MarketOptions options;
    options.peer = std::shared_ptr<rpc::Channel>(&host.channel(), [](rpc::Channel*) {});
    options.consumer = "test";
    options.lossless = lossless;
    options.on_event = [this](const v1::FeedEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    };
    options.on_batch = [this](const v1::FeedBatch&) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(delay_.ns));
    };
    options.on_gap = [this](uint64_t, uint64_t, uint64_t) { gap_ = true; };
    client_ = std::make_unique<feed::MarketClient>(timers_, std::move(options));
    client_->Start();
    EXPECT_TRUE(WaitFor([this] { return client_->connected(); }));
  }
  ~Reader() { client_->Stop(); }

  Events events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  template <typename Predicate>
  size_t Count(Predicate predicate) const {
    const std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::count_if(events_.begin(), events_.end(), predicate));
  }
  size_t Trades() const {
    return Count([](const v1::FeedEvent& e) { return e.has_trade(); });
  }
  bool gap() const { return gap_; }

 private:
  const Duration delay_;
  TimerThread timers_;
  mutable std::mutex mutex_;
  Events events_;
  std::atomic<bool> gap_{false};
  std::unique_ptr<feed::MarketClient> client_;
};

class NormalizerServiceTest : public ::testing::Test {
 protected:
  static Timestamp Now() { return SystemClock().Now(); }
  void StartAll() {
    live_.Start({BookEvent(1, Now(), 1)});
    host_.Start();
    ASSERT_TRUE(host_.WaitReady());
    ASSERT_TRUE(WaitFor([&] { return live_.readers() == 1; }));
  }

  FakeLiveGateway live_;
  ServiceHost host_{
      "normalizer",
      std::make_unique<NormalizerService>(),
      {"--log-max", "2048", "--instruments", TW_SOURCE_DIR "/deploy/config/instruments.toml"}};
};

TEST_F(NormalizerServiceTest, ServesAFeedWithTradesBooksBarsAndStatistics) {
  StartAll();
  Reader reader(host_, false);
  ASSERT_TRUE(WaitFor([&] {
    return reader.Count([](const auto& e) { return e.has_book() && e.snapshot(); }) == 1;
  }));
  live_.Publish({TradeEvent(2, Now(), 100, 3), DeltaEvent(3, Now(), 2, 98, 5)});
  EXPECT_TRUE(WaitFor([&] {
    return reader.Trades() == 1 && reader.Count([](const auto& e) {
      return e.has_book() && e.book().bids_size() == 3 && !e.snapshot();
    }) == 1 &&
           reader.Count([](const auto& e) { return e.has_bar() && !e.bar().closed(); }) >= 6 &&
           reader.Count([](const auto& e) { return e.has_statistics(); }) >= 1;
  }));
  // A bar that began after the start closes once the market's time has passed it by two seconds.
  live_.Publish({TradeEvent(4, Now() + Duration::Seconds(5), 101, 1),
                 TradeEvent(5, Now() + Duration::Seconds(10), 102, 1)});
  EXPECT_TRUE(WaitFor([&] {
    return reader.Count([](const auto& e) {
      return e.has_bar() && e.bar().closed() && e.bar().interval() == "1s";
    }) >= 1;
  }));
  const http::Response bars = host_.Get("/bars/PAPER/BTCUSDT/1s?limit=5");
  EXPECT_EQ(bars.status, 200);
  EXPECT_NE(bars.body.find("\"close\":\"101\",\"volume\":\"1\",\"trades\":1}"), std::string::npos)
      << bars.body;
  EXPECT_EQ(host_.Get("/bars/PAPER/BTCUSDT/2d").status, 400);
  EXPECT_EQ(host_.Get("/bars/PAPER/BTCUSDT/2m").status, 200);  // made of 1m
  const http::Response best = host_.Get("/bbo/BTCUSDT");
  EXPECT_EQ(best.status, 200);
  EXPECT_NE(best.body.find("\"bid\":\"100\""), std::string::npos) << best.body;
  EXPECT_NE(best.body.find("\"bid_venue\":\"PAPER\""), std::string::npos) << best.body;
  EXPECT_EQ(host_.Get("/bbo/NOPE").status, 404);
  EXPECT_EQ(host_.Get("/bars/PAPER/BTCUSDT/1m?limit=1001").status, 400);
  EXPECT_EQ(host_.Get("/bars/PAPER/NOPE/1m").status, 404);
  EXPECT_NE(host_.Get("/metrics").body.find("tw_normalizer_events_total 5"), std::string::npos);
  EXPECT_EQ(host_.Get("/check").status, 200);
}

TEST_F(NormalizerServiceTest, AsksForASnapshotToHealAStaleBook) {
  StartAll();
  Reader reader(host_, false);
  const auto states = [&](bool stale) {
    return reader.Count([stale](const auto& e) {
      return e.has_book_state() && e.book_state().stale() == stale && !e.snapshot();
    });
  };
  live_.Publish({DeltaEvent(2, Now(), 2, 98, 5)});
  ASSERT_TRUE(
      WaitFor([&] { return reader.Count([](const auto& e) { return e.has_book(); }) > 0; }));
  auto crossed = DeltaEvent(3, Now(), 3, 101, 5);
  live_.Publish({crossed});
  ASSERT_TRUE(WaitFor([&] { return states(true) == 1; }));
  EXPECT_NE(host_.Get("/check").body.find("BTCUSDT crossed"), std::string::npos);
  EXPECT_TRUE(WaitFor([&] { return states(false) == 1; }));
}

TEST_F(NormalizerServiceTest, TellsARestartOfLiveGateway) {
  StartAll();
  Reader reader(host_, false);
  live_.Publish({TradeEvent(2, Now(), 100, 1)});
  ASSERT_TRUE(WaitFor([&] { return reader.Trades() == 1; }));
  live_.Stop();
  ASSERT_TRUE(
      WaitFor([&] { return host_.Get("/check").body.find("stream lost") != std::string::npos; }));
  live_.Start({BookEvent(1'000, Now(), 1)});
  ASSERT_TRUE(WaitFor([&] { return live_.readers() == 1; }));
  live_.Publish({TradeEvent(1'001, Now(), 100, 1)});
  ASSERT_TRUE(WaitFor([&] { return reader.Trades() == 2; }));
  EXPECT_EQ(reader.Count([](const auto& e) {
    return e.has_gap() && e.gap().from_seq() == 3 && e.gap().to_seq() == 0 &&
           e.gap().reason() == "restart";
  }),
            1U);
}

TEST_F(NormalizerServiceTest, ALosslessReaderGetsARecordingWhole) {
  StartAll();
  Reader reader(host_, true, Duration::Millis(1));  // slower than the recording is played
  ASSERT_TRUE(
      WaitFor([&] { return host_.Get("/stats").body.find("\"readers\":1") != std::string::npos; }));
  constexpr size_t kTrades = 20'000;  // ten times the log
  const Timestamp start = {1'380'000'000LL * 1'000'000'000};
  std::vector<v1::FeedEvent> events;
  for (size_t i = 1; i <= kTrades; ++i) {
    events.push_back(Recorded(TradeEvent(i, start + Duration::Millis(static_cast<int64_t>(i) * 10),
                                         100 + static_cast<int64_t>(i % 9), 1)));
  }
  events.push_back(ReplayEndEvent(kTrades));
  live_.Publish(events);
  ASSERT_TRUE(
      WaitFor([&] { return reader.Count([](const auto& e) { return e.has_replay_end(); }) == 1; }));
  EXPECT_FALSE(reader.gap());
  EXPECT_EQ(reader.Trades(), kTrades);
  int64_t in_minutes = 0;
  for (const v1::FeedEvent& event : reader.events()) {
    if (event.has_bar() && event.bar().interval() == "1m") {
      EXPECT_TRUE(event.recorded());
      in_minutes += event.bar().trades();
    }
  }
  EXPECT_EQ(in_minutes, static_cast<int64_t>(kTrades));
  EXPECT_EQ(host_.Get("/bars/REPLAY%3Aibm.zip/IBM/1m?limit=1").status, 200);
}

TEST_F(NormalizerServiceTest, GoesOnWhereAnEarlierProcessWas) {
  live_.Start({BookEvent(1, Now(), 1)});
  live_.Publish(
      {TradeEvent(2, Now(), 100, 1), TradeEvent(3, Now(), 100, 1), TradeEvent(4, Now(), 100, 1)});
  std::filesystem::create_directories(host_.folder());
  ASSERT_TRUE(WritePosition(host_.folder() + "/position",
                            {.epoch = 1, .sequence = 1, .numbers = {{{"PAPER", "BTCUSDT"}, 2}}})
                  .ok());
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  // The two trades after the position are taken, and the book that no snapshot came with is asked
  // for once it is missed.
  EXPECT_TRUE(
      WaitFor([&] { return host_.Get("/stats").body.find("\"events\":2,") != std::string::npos; }));
  EXPECT_NE(host_.Get("/stats").body.find("\"gaps\":0"), std::string::npos);
  live_.Publish({DeltaEvent(5, Now(), 2, 98, 5)});
  Reader reader(host_, false);
  EXPECT_TRUE(WaitFor([&] {
    return reader.Count(
               [](const auto& e) { return e.has_book_state() && !e.book_state().stale(); }) >= 1;
  }));
}

}  // namespace
}  // namespace tw::normalizer
