// FakeNormalizer: a MarketFeedService on loopback, filled by the test, where the service under test
// looks for normalizer.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/core/decimal.h"
#include "libs/feed/market_server.h"
#include "libs/rpc/server.h"

namespace tw::sink_ticks {

inline constexpr int64_t kStartNs = 1'800'000'000'000'000'000;
inline constexpr int64_t kUnit = kDecimalScale;

inline tradewind::v1::FeedEvent Tick(uint64_t source_seq) {
  tradewind::v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol("BTCUSDT");
  event.set_source_seq(source_seq);
  event.set_venue_time_ns(kStartNs + static_cast<int64_t>(source_seq));
  event.set_receive_time_ns(kStartNs + static_cast<int64_t>(source_seq) + 500);
  return event;
}

inline tradewind::v1::FeedEvent Trade(uint64_t source_seq) {
  tradewind::v1::FeedEvent event = Tick(source_seq);
  event.mutable_trade()->set_price_e8(45'000 * kUnit);
  event.mutable_trade()->set_quantity_e8(kUnit / 10);
  event.mutable_trade()->set_aggressor(tradewind::v1::SIDE_SELL);
  return event;
}

inline tradewind::v1::FeedEvent Quote(uint64_t source_seq) {
  tradewind::v1::FeedEvent event = Tick(source_seq);
  event.mutable_quote()->set_bid_e8(44'999 * kUnit);
  event.mutable_quote()->set_bid_size_e8(2 * kUnit);
  event.mutable_quote()->set_ask_e8(45'001 * kUnit);
  event.mutable_quote()->set_ask_size_e8(3 * kUnit);
  return event;
}

class FakeNormalizer {
 public:
  // Keeps the newest `capacity` events.
  explicit FakeNormalizer(size_t capacity = 100'000) : capacity_(capacity) { Start(); }
  ~FakeNormalizer() { Stop(); }

  // Again on the same port, with a new epoch and nothing of the old one.
  void Restart() {
    Stop();
    Start();
  }

  // Waits up to half a minute for a reader that is behind.
  void Publish(tradewind::v1::FeedEvent event) {
    PublishLater(std::move(event));
    market_->Flush();
  }
  // Goes out with the next Publish, or when a message is full.
  void PublishLater(tradewind::v1::FeedEvent event) {
    market_->Publish(std::move(event), Duration::Seconds(30));
  }
  void Flush() { market_->Flush(); }
  bool HasReader() const { return market_->readers() > 0; }
  void SetSnapshot(std::vector<tradewind::v1::FeedEvent> events) { snapshot_ = std::move(events); }

 private:
  void Start() {
    market_ =
        std::make_unique<feed::MarketServer>(++epoch_, capacity_, [this] { return snapshot_; });
    rpc::ServerOptions options;
    options.port = port_;
    server_ = std::make_unique<rpc::Server>(options);
    rpc::Service service("tradewind.v1.MarketFeedService");
    market_->Register(service);
    server_->Add(service);
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
    ::setenv("TRADEWIND_NORMALIZER_ADDRESS", ("127.0.0.1:" + std::to_string(port_)).c_str(), 1);
  }
  void Stop() {
    server_->Stop(Duration::Millis(10));
    market_->Stop();
    server_.reset();
    market_.reset();
  }

  const size_t capacity_;
  int port_ = 0;
  uint64_t epoch_ = 0;
  std::vector<tradewind::v1::FeedEvent> snapshot_;
  std::unique_ptr<feed::MarketServer> market_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace tw::sink_ticks
