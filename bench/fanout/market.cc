#include "bench/fanout/market.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/core/decimal.h"

namespace tw::fanout_bench {
namespace {

constexpr size_t kCapacity = 65'536;
constexpr int64_t kMid = 45'000;

void SetLevel(int64_t price_e8, uint64_t n, v1::Level& level) {
  level.set_price_e8(price_e8);
  level.set_size_e8(static_cast<int64_t>(n % 1'000 + 1) * 1'234'567);
}

}  // namespace

Market::Market(int levels)
    : levels_(levels),
      market_(std::make_unique<feed::MarketServer>(static_cast<uint64_t>(SystemClock().Now().ns),
                                                   kCapacity,
                                                   [] { return std::vector<v1::FeedEvent>(); })) {}

Market::~Market() {
  server_.Stop(Duration::Millis(10));
  market_->Stop();
}

absl::Status Market::Start() {
  rpc::Service service("tradewind.v1.MarketFeedService");
  market_->Register(service);
  server_.Add(service);
  return server_.Start();
}

std::string Market::address() const {
  return "127.0.0.1:" + std::to_string(server_.port());
}

uint64_t Market::Play(int rate, double seconds) {
  const auto period = std::chrono::nanoseconds(1'000'000'000 / rate);
  const auto count = static_cast<uint64_t>(seconds * rate);
  auto due = std::chrono::system_clock::now() + period;
  for (uint64_t i = 0; i < count; ++i, due += period) {
    std::this_thread::sleep_until(due);
    const int64_t due_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(due.time_since_epoch()).count();
    v1::FeedEvent event;
    event.set_venue("PAPER");
    event.set_symbol("BTCUSDT");
    event.set_source_seq(++sequence_);
    event.set_venue_time_ns(due_ns);
    event.set_receive_time_ns(due_ns);
    v1::BookSnapshot& book = *event.mutable_book();
    book.set_last_update(sequence_);
    for (int level = 1; level <= levels_; ++level) {
      SetLevel((kMid - level) * kDecimalScale, sequence_ + static_cast<uint64_t>(level),
               *book.add_bids());
      SetLevel((kMid + level) * kDecimalScale, sequence_ * 3 + static_cast<uint64_t>(level),
               *book.add_asks());
    }
    market_->Publish(std::move(event));
    market_->Flush();
  }
  return count;
}

}  // namespace tw::fanout_bench
