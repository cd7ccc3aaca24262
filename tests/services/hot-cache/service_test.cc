#include "services/hot-cache/service.h"

#include <gtest/gtest.h>

#include "libs/testing/e8.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"

namespace tw::hot_cache {
namespace {

using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

using tw::testing::kE8;

v1::FeedEvent Quote(int64_t bid, const std::string& symbol = "BTCUSDT") {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  event.set_venue_time_ns(SystemClock().Now().ns);
  event.mutable_quote()->set_bid_e8(bid * kE8);
  event.mutable_quote()->set_ask_e8((bid + 2) * kE8);
  return event;
}
v1::FeedEvent Trade(int64_t price) {
  v1::FeedEvent event = Quote(1);
  event.mutable_trade()->set_price_e8(price * kE8);
  event.mutable_trade()->set_quantity_e8(kE8);
  return event;
}
v1::FeedEvent Book(int levels) {
  v1::FeedEvent event = Quote(1);
  for (int i = 1; i <= levels; ++i) {
    v1::Level& bid = *event.mutable_book()->add_bids();
    bid.set_price_e8((1'000 - i) * kE8);
    bid.set_size_e8(kE8);
  }
  return event;
}

// pnl with one account that has one position.
rpc::Service FakePnl() {
  rpc::Service service("tradewind.v1.PortfolioService");
  service.ServerStream<v1::StreamPnlRequest, v1::Pnl>(
      "StreamPnl", [](const v1::StreamPnlRequest&, auto stream) {
        v1::Pnl pnl;
        pnl.set_account("demo");
        v1::Position& position = *pnl.add_positions();
        position.set_account("demo");
        position.set_symbol("BTCUSDT");
        position.set_quantity("0.1");
        stream.OnClosed([](const absl::Status&) {});
        stream.Write(pnl);
      });
  return service;
}

class HotCacheServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    platform_.Serve(FakePnl());
    platform_.Start();
    host_.Start();
    ASSERT_TRUE(host_.WaitReady());
    ASSERT_TRUE(WaitFor([&] { return platform_.market_readers() == 1; }));
  }
  bool Seen(const std::string& target, const std::string& text) {
    return WaitFor([&] { return host_.Get(target).body.find(text) != std::string::npos; });
  }

  FakePlatform platform_;
  ServiceHost host_{"hot-cache", std::make_unique<HotCacheService>(), {"--streams-max", "2"}};
};

// A subscriber of StreamMarketData.
class Watcher {
 public:
  Watcher(ServiceHost& host, const v1::StreamMarketDataRequest& request) {
    stream_ = host.channel().Open<v1::StreamMarketDataRequest, v1::MarketDataUpdate>(
        "tradewind.v1.MarketDataService/StreamMarketData", [&](const auto& s) {
          s.OnMessage([this](const v1::MarketDataUpdate& update) {
            const std::lock_guard lock(mutex_);
            updates_.push_back(update);
          });
          s.OnClosed([this](const absl::Status& status) {
            const std::lock_guard lock(mutex_);
            status_ = status;
            closed_ = true;
          });
          s.Write(request);
          s.Finish();
        });
  }
  ~Watcher() {
    stream_.Cancel();
    EXPECT_TRUE(WaitFor([this] { return closed(); }));
  }
  std::vector<v1::MarketDataUpdate> updates() const {
    const std::lock_guard lock(mutex_);
    return updates_;
  }
  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  absl::Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void Pause() { stream_.PauseReads(); }
  void Resume() { stream_.ResumeReads(); }

 private:
  mutable std::mutex mutex_;
  std::vector<v1::MarketDataUpdate> updates_;
  absl::Status status_;
  bool closed_ = false;
  rpc::Stream<v1::StreamMarketDataRequest, v1::MarketDataUpdate> stream_;
};

// What came, without the announcements.
std::vector<v1::MarketDataUpdate> News(const Watcher& watcher) {
  std::vector<v1::MarketDataUpdate> news = watcher.updates();
  std::erase_if(news, [](const v1::MarketDataUpdate& update) {
    return update.update_case() == v1::MarketDataUpdate::UPDATE_NOT_SET;
  });
  return news;
}

TEST_F(HotCacheServiceTest, AnswersByGrpcAndRest) {
  platform_.Publish(Quote(100));
  platform_.Publish(Trade(101));
  platform_.Publish(Book(30));
  ASSERT_TRUE(Seen("/cache/orderbook/BTCUSDT?depth=1", "\"bids\":[[\"999\",\"1\"]]"));
  EXPECT_NE(host_.Get("/cache/tickers").body.find("\"symbol\":\"BTCUSDT\",\"last_price\":\"101\""),
            std::string::npos);
  EXPECT_NE(host_.Get("/cache/ticker/BTCUSDT").body.find("\"bid\":\"100\""), std::string::npos);
  EXPECT_NE(host_.Get("/cache/trades/BTCUSDT?limit=1").body.find("\"price\":\"101\""),
            std::string::npos);
  EXPECT_EQ(host_.Get("/cache/bars/BTCUSDT/1m").body, "[]");
  EXPECT_TRUE(Seen("/cache/positions?account=demo", "\"quantity\":\"0.1\""));
  EXPECT_EQ(host_.Get("/cache/ticker/NOPE").status, 404);
  EXPECT_EQ(host_.Get("/cache/ticker/IBM").status, 503);
  EXPECT_EQ(host_.Get("/cache/bars/BTCUSDT/2m").status, 400);
  EXPECT_EQ(host_.Get("/cache/trades/BTCUSDT?limit=x").status, 400);

  v1::GetTickerRequest request;
  request.set_symbol("BTCUSDT");
  EXPECT_EQ(host_.Call<v1::Ticker>("MarketDataService/GetTicker", request)->ask(), "102");
  request.set_symbol("NOPE");
  EXPECT_TRUE(
      absl::IsNotFound(host_.Call<v1::Ticker>("MarketDataService/GetTicker", request).status()));
  EXPECT_EQ(host_
                .Call<v1::ListInstrumentsResponse>("MarketDataService/ListInstruments",
                                                   v1::ListInstrumentsRequest())
                ->instruments_size(),
            2);
  const std::string metrics = host_.Get("/metrics").body;
  EXPECT_NE(metrics.find("tw_cache_hits_total{kind=\"ticker\"} 3"), std::string::npos);
  EXPECT_NE(metrics.find("tw_cache_misses_total{kind=\"ticker\"}"), std::string::npos);
}

TEST_F(HotCacheServiceTest, StreamsASnapshotThenNumberedUpdates) {
  platform_.Publish(Quote(100));
  platform_.Publish(Book(30));
  ASSERT_TRUE(Seen("/cache/orderbook/BTCUSDT", "999"));
  v1::StreamMarketDataRequest request;
  request.set_tickers(true);
  request.set_books(true);
  request.set_trades(true);
  request.set_depth(3);
  Watcher watcher(host_, request);
  ASSERT_TRUE(WaitFor([&] { return watcher.updates().size() >= 3; }));
  // The end of the snapshot is announced.
  EXPECT_EQ(watcher.updates()[2].update_case(), v1::MarketDataUpdate::UPDATE_NOT_SET);
  platform_.Publish(Trade(105));
  ASSERT_TRUE(WaitFor([&] { return News(watcher).size() >= 4; }));
  const std::vector<v1::MarketDataUpdate> updates = News(watcher);
  EXPECT_TRUE(updates[0].snapshot());
  EXPECT_EQ(updates[0].ticker().bid(), "100");
  EXPECT_TRUE(updates[1].snapshot());
  EXPECT_EQ(updates[1].book().bids_size(), 3);
  EXPECT_FALSE(updates[2].snapshot());
  EXPECT_EQ(updates[2].trade().price(), "105");
  EXPECT_EQ(updates[3].ticker().last_price(), "105");
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(updates[i].sequence(), i + 1);
    EXPECT_EQ(updates[i].previous_sequence(), i);
    EXPECT_NE(updates[i].epoch(), 0U);
  }
  // Silence is announced.
  EXPECT_TRUE(WaitFor([&] {
    const v1::MarketDataUpdate last = watcher.updates().back();
    return last.update_case() == v1::MarketDataUpdate::UPDATE_NOT_SET && last.sequence() == 4;
  }));
}

TEST_F(HotCacheServiceTest, ASlowSubscriberGetsTheNewestAndIsToldWhatWasMerged) {
  v1::StreamMarketDataRequest request;
  request.set_tickers(true);
  request.set_books(true);
  request.set_depth(100);
  Watcher slow(host_, request);
  platform_.Publish(Quote(100));
  ASSERT_TRUE(WaitFor([&] { return !slow.updates().empty(); }));
  slow.Pause();
  constexpr int kUpdates = 20'000;
  for (int i = 1; i <= kUpdates; ++i) {
    platform_.Publish(i % 2 == 0 ? Quote(100 + i) : Book(100));
    if (i % 1'000 == 0) {
      ASSERT_TRUE(Seen("/cache/ticker/BTCUSDT", "\"bid\":\"" + std::to_string(100 + i) + "\""));
    }
  }
  EXPECT_TRUE(WaitFor(
      [&] { return host_.Get("/stats").body.find("\"streams\":1,") != std::string::npos; }));
  slow.Resume();
  const std::string newest = std::to_string(100 + kUpdates);
  ASSERT_TRUE(WaitFor([&] {
    for (const v1::MarketDataUpdate& update : slow.updates()) {
      if (update.ticker().bid() == newest) {
        return true;
      }
    }
    return false;
  }));
  uint64_t sequence = 0;
  size_t count = 0;
  for (const v1::MarketDataUpdate& update : slow.updates()) {
    EXPECT_EQ(update.previous_sequence(), sequence);
    if (update.update_case() != v1::MarketDataUpdate::UPDATE_NOT_SET) {
      EXPECT_EQ(update.sequence(), sequence + 1 + update.merged());
    }
    sequence = update.sequence();
    count += update.update_case() == v1::MarketDataUpdate::UPDATE_NOT_SET ? 0 : 1;
  }
  EXPECT_LT(count, static_cast<size_t>(kUpdates));
  EXPECT_GT(sequence, count);  // what was merged is counted in
}

TEST_F(HotCacheServiceTest, RefusesWhatItCannotStream) {
  Watcher nothing(host_, v1::StreamMarketDataRequest());
  EXPECT_TRUE(WaitFor([&] { return absl::IsInvalidArgument(nothing.status()); }));
  v1::StreamMarketDataRequest request;
  request.set_tickers(true);
  Watcher first(host_, request);
  Watcher second(host_, request);
  ASSERT_TRUE(Seen("/stats", "\"streams\":2,"));
  Watcher third(host_, request);
  EXPECT_TRUE(WaitFor([&] { return absl::IsResourceExhausted(third.status()); }));
  request.add_symbols("NOPE");
  Watcher unknown(host_, request);
  EXPECT_TRUE(WaitFor([&] { return absl::IsNotFound(unknown.status()); }));
}

TEST_F(HotCacheServiceTest, FlagsEverythingStaleWhileTheFeedIsAway) {
  platform_.Publish(Quote(100));
  ASSERT_TRUE(Seen("/cache/ticker/BTCUSDT", "\"stale\":false"));
  platform_.Stop();
  EXPECT_TRUE(Seen("/cache/ticker/BTCUSDT", "\"stale\":true"));
  EXPECT_EQ(host_.Get("/check").status, 200);  // degraded
  EXPECT_EQ(host_.Get("/health").status, 200);
  platform_.Start();
  ASSERT_TRUE(WaitFor([&] { return platform_.market_readers() == 1; }));
  platform_.Publish(Quote(101));
  EXPECT_TRUE(Seen("/cache/ticker/BTCUSDT", "\"stale\":false"));
}

}  // namespace
}  // namespace tw::hot_cache
