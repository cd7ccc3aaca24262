// OrderBook: level 3. Single orders of one venue's book, from a snapshot and the changes after it,
// added up to the levels of a BookBuilder, which says whether they can be trusted. One owner.
//
// A change of an order that is not known, an addition of one that is, or an execution of more than
// is left makes the book stale until a snapshot. While it waits for one the newest kPendingMax
// messages are held back, so that a snapshot from before them heals it too.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/normalizer/book_builder.h"

namespace tw::normalizer {

enum class OrderAction : uint8_t { kAdd, kChange, kExecute, kRemove };

struct OrderChange {
  OrderAction action = OrderAction::kAdd;
  std::string order_id;
  bool bid = false;  // of kAdd
  Price price;       // of kAdd and kChange; zero in a kChange: as it was
  Quantity size;     // left after kAdd and kChange, gone by kExecute
};

struct OrderDelta {
  uint64_t first_update = 0;
  uint64_t last_update = 0;
  uint64_t previous_update = 0;
  std::vector<OrderChange> changes;
};

struct OrderSnapshot {
  uint64_t last_update = 0;
  std::vector<OrderChange> orders;  // kAdd
};

class OrderBook {
 public:
  static constexpr size_t kOrdersMax = 1'000'000;
  static constexpr size_t kPendingMax = 1'000;

  // As BookBuilder's: true when the levels have changed.
  bool OnSnapshot(const OrderSnapshot& snapshot, BookBuilder& book, Timestamp now);
  bool OnDelta(OrderDelta delta, BookBuilder& book, Timestamp now);
  void Reset();

  size_t orders() const { return orders_.size(); }

 private:
  struct Order {
    bool bid = false;
    Price price;
    Quantity size;
  };
  using Sum = __int128;  // of sizes, so that nothing is lost where it leaves 64 bits

  bool Apply(const OrderChange& change, Delta& levels);
  void Put(const Order& order, int sign, Delta& levels);

  absl::flat_hash_map<std::string, Order> orders_;
  absl::flat_hash_map<int64_t, Sum> bids_;  // by price in e8
  absl::flat_hash_map<int64_t, Sum> asks_;
  std::deque<OrderDelta> pending_;
};

}  // namespace tw::normalizer
