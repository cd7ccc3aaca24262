// Quality: every order's record from the ledger's events, and the venues' totals. The figures of an
// order are there while it works and for the newest finished_max orders after; older ones leave
// memory, but stay in the venues' totals. Idempotent by sequence. One thread.
//
// Mids are decided on apart from being taken in, so that they can be kept in between: Due, then
// Apply of what was kept.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/execution-quality/order_tca.h"
#include "services/execution-quality/sighting.h"
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
  size_t mark_outs_max =
      100'000;  // fills that wait for one horizon; orders, for the mid at their end
};

// What lies this far back when it is looked at was not seen as it happened: after a start, say.
inline constexpr Duration kSeenLive = Duration::Seconds(1);

class Quality {
 public:
  explicit Quality(QualityLimits limits) : limits_(limits) {}

  // False for a sequence seen before. Orders that risk refused are not kept: nothing was executed.
  bool Apply(const OrderChange& change);
  void Apply(const Sighting& sighting);

  using MidOfSymbol = std::function<std::optional<Price>(const std::string&)>;
  // Looks at the mids whose time has come: for the mark-outs of fills, and for orders that have
  // ended with something left. Each is answered once. Call it each 100 ms or so.
  std::vector<Sighting> Due(Timestamp now, const MidOfSymbol& mid);
  // What all sightings so far come to; applied behind the same event they are no more needed.
  std::vector<Sighting> Seen() const;

  uint64_t sequence() const { return sequence_; }
  const OrderRecord* Find(OrderId id) const;
  std::vector<VenueView> Venues() const { return venues_.View(); }
  size_t size() const { return orders_.size(); }
  uint64_t forgotten() const { return forgotten_; }

 private:
  struct Awaited {
    OrderId order_id;
    std::string fill_id;
    Timestamp due;
  };

  void AddFill(OrderRecord& order, const OrderChange& change);
  void Await(std::deque<Awaited>& queue, Awaited awaited, Timestamp now) const;
  void Finish(OrderRecord& order, Timestamp time);
  // The symbol's mid, for a fill at this horizon, or nullopt for an order that has ended.
  std::optional<Price> Look(const Awaited& awaited,
                            std::optional<size_t> horizon,
                            Timestamp now,
                            const MidOfSymbol& mid);
  static FillRecord* FindFill(OrderRecord& order, const std::string& fill_id);
  void Take(const MarkSeen& seen);
  void Take(const EndSeen& seen);
  void Take(const MarksSummed& seen);
  void Take(const SecondSeen&) {}  // of the market, not of an order
  void Revise(OrderRecord& order, const FillRecord& fill);

  QualityLimits limits_;
  absl::flat_hash_map<OrderId, OrderRecord> orders_;
  std::deque<OrderId> finished_;  // oldest first
  VenueStats venues_;
  std::array<std::deque<Awaited>, kHorizons.size()> awaited_;  // oldest first
  std::deque<Awaited> ended_;                                  // with something left; oldest first
  uint64_t sequence_ = 0;
  uint64_t forgotten_ = 0;
};

}  // namespace tw::eq
