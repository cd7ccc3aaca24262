// QualityState: orders, venues and benchmarks behind one lock, spoken to in messages. Events come
// in from the streams' threads, questions from the servers'. Any thread.
//
// What is seen of the market is shown once it is kept on disk, and not before.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

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

  // What an earlier process kept, in order, before the first event: taken in behind its event.
  void Restore(Timestamp now, Sighting sighting);
  // False for an event seen before, or of no order.
  bool OnLedgerEvent(const tradewind::v1::LedgerEvent& event);
  // The ledger was read to its head. Answers how many of what was restored belong behind events
  // that it does not hold; they are left out.
  size_t OnCaughtUp();
  // Live trades, quotes and book states; recorded markets are none of ours.
  void OnFeedEvent(const tradewind::v1::FeedEvent& event, Timestamp received);
  void OnFeedLost(Timestamp now);
  void OnTime(Timestamp now);  // each 100 ms

  // How many of what it is given are kept now, from the first on.
  using Keep = std::function<size_t(const std::vector<Sighting>&)>;
  // Looks at what is due, has it kept, and takes in as much as was. Each 100 ms; `keep` may block:
  // readers go on meanwhile, the ledger's events wait.
  void See(Timestamp now, const Keep& keep);
  // Hands `use` what all sightings so far come to; the ledger's events wait. Not called, and false,
  // while what was restored is not all taken in.
  bool Summarize(const std::function<void(const std::vector<Sighting>&)>& use) const;

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

  // Held by whoever changes quality_, before mutex_: for as long as it takes to decide, keep and
  // apply.
  mutable std::mutex change_mutex_;
  std::deque<Sighting> restored_;
  mutable std::mutex mutex_;  // of what readers see
  Quality quality_;
  absl::btree_map<std::string, Benchmarks> benchmarks_;  // a key for each instrument
};

}  // namespace tw::eq
