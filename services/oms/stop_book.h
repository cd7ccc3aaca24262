// StopBook: the stops that are held, by what sets them off. Derived from the ledger, and ahead of
// it in one thing: where trailing stops stand between two of their StopMoved events. No clock, no
// I/O; one thread.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "services/oms/order.h"

namespace tw::oms {

// Where one price of a market has been since the last look, and where it is now. Zero: nowhere.
struct PriceRange {
  Price low;
  Price high;
  Price now;

  void Add(Price price);
  void Restart() { low = high = now; }
};

struct MarketMove {
  PriceRange last;
  PriceRange bid;
  PriceRange ask;
  PriceRange mark;

  // The price that sets off a stop of that side and kind.
  const PriceRange& For(StopTrigger trigger, Side side) const;
};

class StopBook {
 public:
  struct Due {
    OrderId id;
    Price reference;  // the price that set it off

    friend bool operator==(const Due&, const Due&) = default;
  };
  struct Moved {
    OrderId id;
    Price trigger_price;
  };

  // REQUIRES: it is held, and not here.
  void Add(const Order& order);
  // Nothing where it is not here (any more).
  void Remove(OrderId id);
  bool Contains(OrderId id) const { return entries_.contains(id); }
  size_t size() const { return entries_.size(); }

  // What the move sets off, the oldest first; it is here no more. Trailing stops are first held
  // against the whole range, then follow its best price, then are held against where it is now: a
  // range does not say in which order its ends were reached.
  std::vector<Due> On(const std::string& symbol, const MarketMove& move);
  // Trailing stops that have moved since they were last asked for.
  std::vector<Moved> TakeMoved();

 private:
  struct Entry {
    NewOrder terms;
    Price trigger_price;
    bool moved = false;
  };
  // Stops that stand still, by trigger price; one such index for each of the six kinds.
  using Still = absl::btree_set<std::pair<Price, OrderId>>;
  struct Symbol {
    std::array<Still, 6> still;
    absl::btree_set<OrderId> trailing;
  };

  static size_t KindOf(const NewOrder& order);
  void TakeStill(Still& still, Side side, const PriceRange& range, std::vector<Due>& due) const;
  // The price that sets it off, or zero.
  static Price Follow(Entry& entry, const PriceRange& range);

  absl::flat_hash_map<std::string, Symbol> symbols_;
  absl::btree_map<OrderId, Entry> entries_;
};

}  // namespace tw::oms
