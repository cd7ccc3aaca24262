// The market feed of live-gateway: books that can be rebuilt from it, numbers without holes that
// never recur.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>

#include "libs/feed/market_client.h"
#include "libs/testing/service_host.h"
#include "services/live-gateway/live_gateway_service.h"
#include "tests/services/live-gateway/trade_client.h"

namespace tw::live_gateway {
namespace {

// A book built from snapshot and deltas; every rule of the feed is checked on the way.
struct SeenBook {
  bool begun = false;
  uint64_t update = 0;
  uint64_t source_seq = 0;
  std::map<int64_t, int64_t> bids;
  std::map<int64_t, int64_t> asks;
  int events = 0;
  int trades = 0;

  void Apply(const v1::FeedEvent& event) {
    ++events;
    if (event.has_book()) {
      begun = true;
      update = event.book().last_update();
      bids.clear();
      asks.clear();
      Set(event.book().bids(), bids);
      Set(event.book().asks(), asks);
      source_seq = event.source_seq();
      return;
    }
    ASSERT_TRUE(begun);
    if (event.source_seq() <= source_seq) {
      return;  // between the head and the snapshot: in the snapshot already
    }
    ASSERT_EQ(event.source_seq(), source_seq + 1);
    source_seq = event.source_seq();
    if (event.has_book_delta()) {
      ASSERT_EQ(event.book_delta().previous_update(), update);
      update = event.book_delta().last_update();
      Set(event.book_delta().bids(), bids);
      Set(event.book_delta().asks(), asks);
    } else if (event.has_quote()) {
      ASSERT_EQ(event.quote().bid_e8(), bids.rbegin()->first);
      ASSERT_EQ(event.quote().bid_size_e8(), bids.rbegin()->second);
      ASSERT_EQ(event.quote().ask_e8(), asks.begin()->first);
      ASSERT_EQ(event.quote().ask_size_e8(), asks.begin()->second);
      ASSERT_LT(event.quote().bid_e8(), event.quote().ask_e8());
    } else {
      ASSERT_TRUE(event.has_trade());
      ASSERT_GT(event.trade().quantity_e8(), 0);
      ++trades;
    }
  }
  static void Set(const google::protobuf::RepeatedPtrField<v1::Level>& levels,
                  std::map<int64_t, int64_t>& side) {
    for (const v1::Level& level : levels) {
      if (level.size_e8() == 0) {
        side.erase(level.price_e8());
      } else {
        side[level.price_e8()] = level.size_e8();
      }
    }
  }
};

class Watcher {
 public:
  Watcher(testing::ServiceHost& host, TimerThread& timers) {
    feed::MarketOptions options;
    options.peer = rpc::Channel::Create("127.0.0.1:" + std::to_string(host.grpc_port()));
    options.consumer = "test";
    options.on_event = [this](const v1::FeedEvent& event) {
      const std::lock_guard lock(mutex_);
      EXPECT_EQ(event.venue(), "PAPER");
      EXPECT_FALSE(event.recorded());
      books_[event.symbol()].Apply(event);
    };
    client_ = std::make_unique<feed::MarketClient>(timers, std::move(options));
    client_->Start();
  }
  ~Watcher() { client_->Stop(); }

  SeenBook book(const std::string& symbol) {
    const std::lock_guard lock(mutex_);
    return books_[symbol];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, SeenBook> books_;
  std::unique_ptr<feed::MarketClient> client_;
};

std::unique_ptr<testing::ServiceHost> NewHost() {
  auto host = std::make_unique<testing::ServiceHost>(
      "live-gateway", std::make_unique<LiveGatewayService>(),
      std::vector<std::string>{"--tick-ms", "10", "--seed", "7"});
  host->Start();
  return host;
}

TEST(MarketFeedTest, BooksFollowFromSnapshotAndDeltas) {
  auto host = NewHost();
  TimerThread timers;
  Watcher early(*host, timers);
  ASSERT_TRUE(testing::WaitFor(
      [&] { return early.book("BTCUSDT").trades > 5 && early.book("IBM").trades > 5; }));
  // An order of ours is in the book that others see.
  TradeClient client(host->channel(), 0);
  client.Send(Place("1-1.1", v1::SIDE_BUY, "0.12345", "43999.99"));
  const int64_t price = *ParseE8("43999.99");
  const auto sees_order = [&](Watcher& watcher) {
    return testing::WaitFor([&] {
      const SeenBook book = watcher.book("BTCUSDT");
      const auto level = book.bids.find(price);
      return level != book.bids.end() && level->second == *ParseE8("0.12345");
    });
  };
  EXPECT_TRUE(sees_order(early));
  // Who comes later has the same book.
  Watcher late(*host, timers);
  EXPECT_TRUE(sees_order(late));
  EXPECT_TRUE(testing::WaitFor([&] {
    const SeenBook a = early.book("BTCUSDT");
    const SeenBook b = late.book("BTCUSDT");
    return a.update == b.update && a.bids == b.bids && a.asks == b.asks;
  }));
  client.Send(Cancel("1-1.1"));
  EXPECT_TRUE(testing::WaitFor([&] { return !late.book("BTCUSDT").bids.contains(price); }));
}

TEST(MarketFeedTest, NumbersDoNotRecurAfterARestart) {
  auto first = NewHost();
  TimerThread timers;
  uint64_t last = 0;
  {
    Watcher watcher(*first, timers);
    ASSERT_TRUE(testing::WaitFor([&] { return watcher.book("IBM").events > 20; }));
    last = watcher.book("IBM").source_seq;
  }
  first->Stop();
  auto second = NewHost();
  {
    Watcher watcher(*second, timers);
    ASSERT_TRUE(testing::WaitFor([&] { return watcher.book("IBM").begun; }));
    EXPECT_GT(watcher.book("IBM").source_seq, last);
  }
  second.reset();
}

}  // namespace
}  // namespace tw::live_gateway
