// Quality: every order's record from the ledger's events, and the venues' totals. The figures of an
// order are there while it works and for the newest finished_max orders after; older ones leave
// memory, but stay in the venues' totals. Idempotent by sequence. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/execution-quality/order_tca.h"
#include "services/execution-quality/venue_stats.h"

namespace tw::eq {

// What an event of the ledger says about an order, as far as quality goes.
struct OrderChange {
  uint64_t sequence = 0;
  Timestamp time;
  OrderId order_id;
  std::string account;
  std::string symbol;
  Side side = Side::kBuy;
  Quantity quantity;  // after the event
  Timestamp created;
  std::string venue;      // empty while unknown
  bool finished = false;  // after the event
  bool approved = false;  // the event is risk's approval: bid and ask are the arrival's
  Price reference_bid;
  Price reference_ask;
  std::optional<FillRecord> fill;
};

struct QualityLimits {
  size_t finished_max = 100'000;
  size_t fills_max = 1'000;  // kept of one order; its totals have all
};

class Quality {
 public:
  explicit Quality(QualityLimits limits) : limits_(limits) {}

  // False for a sequence seen before. Orders that risk refused are not kept: nothing was executed.
  bool Apply(const OrderChange& change);

  uint64_t sequence() const { return sequence_; }
  const OrderRecord* Find(OrderId id) const;
  std::vector<VenueView> Venues() const { return venues_.View(); }
  size_t size() const { return orders_.size(); }
  uint64_t forgotten() const { return forgotten_; }

 private:
  void AddFill(OrderRecord& order, const OrderChange& change) const;
  void Finish(OrderRecord& order);
  void Revise(OrderRecord& order, const FillRecord& fill);

  QualityLimits limits_;
  absl::flat_hash_map<OrderId, OrderRecord> orders_;
  std::deque<OrderId> finished_;  // oldest first
  VenueStats venues_;
  uint64_t sequence_ = 0;
  uint64_t forgotten_ = 0;
};

}  // namespace tw::eq
