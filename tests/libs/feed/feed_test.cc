#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "libs/feed/ledger_client.h"
#include "libs/feed/market_client.h"
#include "libs/feed/market_server.h"
#include "libs/stream/serve.h"

namespace tw::feed {
namespace {

void WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 10'000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

v1::FeedEvent Trade(int64_t price) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol("BTCUSDT");
  event.mutable_trade()->set_price_e8(price);
  return event;
}

// A market server on a port that stays the same over restarts.
class MarketPeer {
 public:
  void Start(uint64_t epoch, size_t capacity = 100'000) {
    market_ = std::make_unique<MarketServer>(epoch, capacity,
                                             [] { return std::vector<v1::FeedEvent>{Trade(-1)}; });
    rpc::Service service("tradewind.v1.MarketFeedService");
    market_->Register(service);
    rpc::ServerOptions options;
    options.port = port_;
    server_ = std::make_unique<rpc::Server>(options);
    server_->Add(service);
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
  }
  void Stop() {
    server_->Stop(Duration::Millis(10));
    market_->Stop();
    server_.reset();
    market_.reset();
  }
  MarketServer& market() { return *market_; }
  std::shared_ptr<rpc::Channel> Channel() const {
    return rpc::Channel::Create("127.0.0.1:" + std::to_string(port_));
  }

 private:
  int port_ = 0;
  std::unique_ptr<MarketServer> market_;
  std::unique_ptr<rpc::Server> server_;
};

TEST(MarketFeedTest, ASnapshotThenEveryEventInOrder) {
  MarketPeer peer;
  peer.Start(1);
  peer.market().Publish(Trade(5));  // before anybody listens
  TimerThread timers;
  std::atomic<int64_t> snapshots{0};
  std::atomic<int64_t> last{0};
  std::atomic<bool> ordered{true};
  MarketOptions options;
  options.peer = peer.Channel();
  options.consumer = "test";
  options.on_event = [&](const v1::FeedEvent& event) {
    if (event.snapshot()) {
      ++snapshots;
      return;
    }
    ordered = ordered && event.trade().price_e8() > last;
    last = event.trade().price_e8();
  };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return snapshots == 1; });
  for (int i = 10; i < 5'000; ++i) {
    peer.market().Publish(Trade(i));
    if (i % 100 == 0) {
      peer.market().Flush();
    }
  }
  peer.market().Flush();
  WaitFor([&] { return last == 4'999; });
  EXPECT_EQ(last.load(), 4'999);
  EXPECT_TRUE(ordered);
  EXPECT_EQ(snapshots.load(), 1);
  client.Stop();
  peer.Stop();
}

TEST(MarketFeedTest, ANewEpochIsAGapAndBeginsWithASnapshot) {
  MarketPeer peer;
  peer.Start(1);
  TimerThread timers;
  std::atomic<int> snapshots{0};
  std::atomic<int> events{0};
  std::atomic<uint64_t> gap_epoch{0};
  MarketOptions options;
  options.peer = peer.Channel();
  options.on_event = [&](const v1::FeedEvent& event) { ++(event.snapshot() ? snapshots : events); };
  options.on_gap = [&](uint64_t epoch, uint64_t, uint64_t) { gap_epoch = epoch; };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return snapshots == 1; });
  peer.market().Publish(Trade(1));
  peer.market().Flush();
  WaitFor([&] { return events == 1; });
  peer.Stop();
  peer.Start(2);
  WaitFor([&] { return snapshots == 2; });
  EXPECT_EQ(gap_epoch.load(), 1U);
  peer.market().Publish(Trade(2));
  peer.market().Flush();
  WaitFor([&] { return events == 2; });
  EXPECT_EQ(events.load(), 2);
  client.Stop();
  peer.Stop();
}

TEST(MarketFeedTest, ResumingWithinAnEpochMissesNothing) {
  MarketPeer peer;
  peer.Start(7);
  for (int i = 1; i <= 20; ++i) {
    peer.market().Publish(Trade(i));
  }
  TimerThread timers;
  std::vector<int64_t> got;
  std::atomic<size_t> count{0};
  MarketOptions options;
  options.peer = peer.Channel();
  options.epoch = 7;
  options.from = 11;
  options.on_event = [&](const v1::FeedEvent& event) {
    got.push_back(event.trade().price_e8());
    count = got.size();
  };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return count == 10; });
  client.Stop();
  ASSERT_EQ(got.size(), 10U);
  EXPECT_EQ(got.front(), 11);
  EXPECT_EQ(got.back(), 20);
  peer.Stop();
}

TEST(MarketFeedTest, ALosslessReaderOfAnEarlierEpochGetsAllThatIsKeptOfTheNewOne) {
  MarketPeer peer;
  peer.Start(2);
  for (int i = 1; i <= 10; ++i) {
    peer.market().Publish(Trade(i));
  }
  TimerThread timers;
  std::atomic<int> snapshots{0};
  std::atomic<int> events{0};
  std::atomic<uint64_t> gap_epoch{0};
  MarketOptions options;
  options.peer = peer.Channel();
  options.lossless = true;
  options.epoch = 1;
  options.from = 500;
  options.on_event = [&](const v1::FeedEvent& event) { ++(event.snapshot() ? snapshots : events); };
  options.on_gap = [&](uint64_t epoch, uint64_t, uint64_t) { gap_epoch = epoch; };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return events == 10; });
  EXPECT_EQ(events.load(), 10);
  EXPECT_EQ(snapshots.load(), 1);
  EXPECT_EQ(gap_epoch.load(), 1U);
  client.Stop();
  peer.Stop();
}

TEST(MarketFeedTest, ALosslessReaderHoldsTheWriterBack) {
  MarketPeer peer;
  peer.Start(1, 256);  // a log far smaller than what goes through it
  TimerThread timers;
  std::atomic<int64_t> count{0};
  std::atomic<bool> gap{false};
  std::atomic<bool> began{false};
  MarketOptions options;
  options.peer = peer.Channel();
  options.lossless = true;
  options.on_event = [&](const v1::FeedEvent& event) {
    began = true;
    count += event.snapshot() ? 0 : 1;
  };
  options.on_gap = [&](uint64_t, uint64_t, uint64_t) { gap = true; };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return began.load() && peer.market().readers() == 1; });
  for (int i = 0; i < 50'000; ++i) {
    peer.market().Publish(Trade(i), Duration::Seconds(10));
    if (i % 64 == 0) {
      peer.market().Flush();
    }
  }
  peer.market().Flush();
  WaitFor([&] { return count == 50'000; });
  EXPECT_EQ(count.load(), 50'000);
  EXPECT_FALSE(gap);
  client.Stop();
  peer.Stop();
}

TEST(MarketFeedTest, LargeEventsTravelInSeveralMessages) {
  MarketPeer peer;
  peer.Start(1);
  for (int i = 0; i < 100; ++i) {  // 40 MB together, more than a client takes in one message
    v1::FeedEvent event = Trade(i);
    event.set_venue(std::string(400'000, 'V'));
    peer.market().Publish(std::move(event));
  }
  TimerThread timers;
  std::atomic<int> count{0};
  MarketOptions options;
  options.peer = peer.Channel();
  options.epoch = 1;
  options.from = 1;
  options.on_event = [&](const v1::FeedEvent&) { ++count; };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return count == 100; });
  EXPECT_EQ(count.load(), 100);
  client.Stop();
  peer.Stop();
}

TEST(MarketFeedTest, APacedReaderGetsABusyMarketInFewerMessages) {
  MarketPeer peer;
  peer.Start(1);
  TimerThread timers;
  std::atomic<int> count{0};
  std::atomic<int> messages{0};
  MarketOptions options;
  options.peer = peer.Channel();
  options.epoch = 1;
  options.from = 1;
  options.pace = Duration::Millis(50);
  options.on_event = [&](const v1::FeedEvent&) { ++count; };
  options.on_batch = [&](const v1::FeedBatch& batch) { messages += batch.events_size() > 0; };
  MarketClient client(timers, std::move(options));
  client.Start();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 300; ++i) {
    peer.market().Publish(Trade(i));
    peer.market().Flush();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  WaitFor([&] { return count == 300; });
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(count.load(), 300);
  // One at once, one for each pace that began, one for the rest.
  EXPECT_LE(messages.load(), took / std::chrono::milliseconds(50) + 3);
  client.Stop();
  peer.Stop();
}

TEST(MarketFeedTest, APaceOverASecondIsRefused) {
  MarketPeer peer;
  peer.Start(1);
  TimerThread timers;
  std::mutex mutex;
  absl::Status refused;
  MarketOptions options;
  options.peer = peer.Channel();
  options.pace = Duration::Millis(1'001);
  options.on_event = [](const v1::FeedEvent&) {};
  options.on_lost = [&](const absl::Status& status) {
    const std::lock_guard lock(mutex);
    refused = status;
  };
  MarketClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] {
    const std::lock_guard lock(mutex);
    return !refused.ok();
  });
  client.Stop();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.message(), "pace_ms: 1001 is not between 0 and 1000");
  peer.Stop();
}

// A ledger whose events are only numbers.
class LedgerPeer {
 public:
  void Start(uint64_t epoch) {
    pump_ = std::make_unique<stream::Pump>(Duration::Millis(50));
    rpc::Service service("tradewind.v1.OrderLedgerService");
    service.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "StreamLedger", [this, epoch](const v1::StreamLedgerRequest& request, auto stream) {
          stream::ServeOptions<v1::LedgerEvent, v1::LedgerBatch> options;
          options.from = request.from_sequence();
          options.read = [this](uint64_t from, size_t max) { return log_.Read(from, max); };
          options.head = [epoch](uint64_t head, uint64_t previous, v1::LedgerBatch& batch) {
            batch.set_epoch(epoch);
            batch.set_head_sequence(head);
            batch.set_previous_sequence(previous);
          };
          options.add = [](const v1::LedgerEvent& event, v1::LedgerBatch& batch) {
            *batch.add_events() = event;
            return true;
          };
          stream::Serve<v1::LedgerEvent, v1::LedgerBatch, v1::StreamLedgerRequest>(
              *pump_, stream, std::move(options));
        });
    rpc::ServerOptions options;
    options.port = port_;
    server_ = std::make_unique<rpc::Server>(options);
    server_->Add(service);
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
  }
  void Stop() {
    server_->Stop(Duration::Millis(10));
    pump_->Stop();
  }
  void Append(int n) {
    for (int i = 0; i < n; ++i) {
      log_.Append(v1::LedgerEvent());
    }
    pump_->Wake();
  }
  std::shared_ptr<rpc::Channel> Channel() const {
    return rpc::Channel::Create("127.0.0.1:" + std::to_string(port_));
  }

 private:
  int port_ = 0;
  stream::NumberedLog<v1::LedgerEvent> log_{1'000'000};
  std::unique_ptr<stream::Pump> pump_;
  std::unique_ptr<rpc::Server> server_;
};

TEST(LedgerClientTest, GetsEveryEventOnceOverRestartsOfTheServer) {
  LedgerPeer peer;
  peer.Start(1);
  peer.Append(1000);
  TimerThread timers;
  std::atomic<uint64_t> count{0};
  std::atomic<bool> ordered{true};
  LedgerOptions options;
  options.oms = peer.Channel();
  options.consumer = "test";
  options.on_event = [&](const v1::LedgerEvent& event) {
    ++count;
    ordered = ordered && event.sequence() == count;
  };
  LedgerClient client(timers, std::move(options));
  client.Start();
  WaitFor([&] { return client.caught_up(); });
  EXPECT_EQ(count.load(), 1000U);
  EXPECT_EQ(client.epoch(), 1U);
  for (uint64_t epoch = 2; epoch <= 4; ++epoch) {
    peer.Stop();
    WaitFor([&] { return !client.connected(); });
    EXPECT_FALSE(client.caught_up());
    peer.Start(epoch);
    peer.Append(500);
    WaitFor([&] { return count == 1000 + 500 * (epoch - 1) && client.epoch() == epoch; });
  }
  EXPECT_EQ(count.load(), 2500U);
  EXPECT_TRUE(ordered);
  client.Stop();
  peer.Stop();
}

}  // namespace
}  // namespace tw::feed
