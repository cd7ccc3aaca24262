// QuoteBoard: the best bid and offer of each live venue and symbol, from normalizer. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "libs/base/clock.h"
#include "libs/feed/market_client.h"
#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"
#include "services/exeq/routing/plan.h"

namespace tw::exeq {

class QuoteBoard {
 public:
  // All outlive the board. Quotes older than `age_max` are none.
  QuoteBoard(TimerThread& timers,
             std::shared_ptr<rpc::Channel> normalizer,
             const Clock& clock,
             Duration age_max);
  ~QuoteBoard();  // Stop()

  // Begins to read; does nothing when it reads already, or has been stopped.
  void Start();
  void Stop();

  // Puts what is known of the symbol there into `facts`.
  void Fill(const std::string& symbol, VenueFacts& facts) const;
  bool reading() const;

 private:
  struct Quote {
    Price bid;
    Quantity bid_size;
    Price ask;
    Quantity ask_size;
    Timestamp seen;
  };
  static constexpr size_t kQuotesMax = 100'000;

  void Take(const v1::FeedEvent& event);

  TimerThread& timers_;
  const std::shared_ptr<rpc::Channel> normalizer_;
  const Clock& clock_;
  const Duration age_max_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::pair<std::string, std::string>, Quote> quotes_;  // venue, symbol
  mutable std::mutex client_mutex_;
  std::unique_ptr<feed::MarketClient> client_;
  bool stopped_ = false;
};

}  // namespace tw::exeq
