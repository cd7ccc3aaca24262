// QualityState: orders, venues and benchmarks behind one lock, spoken to in messages. Events come
// in from the streams' threads, questions from the servers'. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "services/execution-quality/benchmarks.h"
#include "services/execution-quality/quality.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::eq {

class QualityState {
 public:
  // Benchmarks are kept for `instruments` alone, which bounds them.
  QualityState(const Instruments& instruments, QualityLimits limits);

  // False for an event seen before, or of no order.
  bool OnLedgerEvent(const tradewind::v1::LedgerEvent& event, Timestamp now);
  // Live trades, quotes and book states; recorded markets are none of ours.
  void OnFeedEvent(const tradewind::v1::FeedEvent& event, Timestamp received);
  void OnFeedLost(Timestamp now);
  void OnTime(Timestamp now);  // each 100 ms

  // InvalidArgument for what is no order id; NotFound for an order that was never approved or has
  // left memory.
  absl::StatusOr<tradewind::v1::OrderQuality> Order(const std::string& order_id) const;
  tradewind::v1::ListVenueQualityResponse Venues() const;
  // NotFound for a symbol that is no instrument.
  absl::StatusOr<tradewind::v1::Benchmarks> BenchmarksOf(const std::string& symbol,
                                                         Timestamp now) const;

  struct Counts {
    uint64_t sequence = 0;
    size_t orders = 0;
    uint64_t forgotten = 0;
  };
  Counts counts() const;

 private:
  std::optional<Price> MidOfSymbol(const std::string& symbol) const;  // with the lock held

  mutable std::mutex mutex_;
  Quality quality_;
  absl::btree_map<std::string, Benchmarks> benchmarks_;  // a key for each instrument
};

}  // namespace tw::eq
