// What a competent engineer writes first: a std::map from price to the queue of its orders and a
// hash map of ids. MapOfDeques keeps a std::deque per price, where a cancel looks for its order;
// MapOfLists keeps a std::list and remembers where each order is. Limit and IOC orders, cancel and
// modify, and the same events as the book.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <type_traits>
#include <unordered_map>

#include "libs/book/event_ring.h"
#include "libs/book/types.h"

namespace tw::book {

struct QueuedOrder {
  uint64_t id;
  uint64_t owner;
  int64_t leaves;
};

template <typename Queue>
class MapBook {
 public:
  explicit MapBook(size_t orders_expected) { where_.reserve(orders_expected); }

  void Perform(const Command& command, EventRing& out) {
    switch (command.type) {
      case Command::Type::kNew: New(command.order, out); break;
      case Command::Type::kCancel: Cancel(command.order.id, out); break;
      case Command::Type::kModify: Modify(command.order, out); break;
    }
  }
  size_t order_count() const { return where_.size(); }
  size_t level_count() const { return bids_.size() + asks_.size(); }

 private:
  static constexpr bool kRemembers = std::is_same_v<Queue, std::list<QueuedOrder>>;
  using Bids = std::map<int64_t, Queue, std::greater<>>;
  using Asks = std::map<int64_t, Queue>;
  struct Place {
    Side side = Side::kUnspecified;
    int64_t price = 0;
    typename Queue::iterator at;  // of a list
  };

  static void Put(
      EventRing& out, EventType type, Reason reason, Side side, const NewOrder& o, int64_t leaves) {
    out.Push() = {type, reason, side, o.id, 0, o.price, o.quantity, leaves, 0};
  }
  static void Reject(EventRing& out, uint64_t id, Reason reason) {
    out.Push() = {EventType::kRejected, reason, Side::kUnspecified, id, 0, 0, 0, 0, 0};
  }

  void New(const NewOrder& o, EventRing& out) {
    if (where_.find(o.id) != where_.end()) {
      Reject(out, o.id, Reason::kDuplicateId);
      return;
    }
    if (o.price < 1 || o.price > kPriceMax || o.quantity < 1 || o.quantity > kQuantityMax) {
      Reject(out, o.id, Reason::kInvalidPrice);
      return;
    }
    Put(out, EventType::kAccepted, Reason::kNone, o.side, o, o.quantity);
    Enter(o, o.side, out);
  }

  void Enter(NewOrder o, Side side, EventRing& out) {
    o.quantity = side == Side::kBuy ? Trade(o, side, asks_, std::less_equal<>(), out)
                                    : Trade(o, side, bids_, std::greater_equal<>(), out);
    if (o.quantity == 0) {
      return;
    }
    if (o.kind == OrderKind::kIoc) {
      Put(out, EventType::kCanceled, Reason::kIocRemainder, side, o, 0);
      return;
    }
    Queue& queue = side == Side::kBuy ? bids_[o.price] : asks_[o.price];
    queue.push_back({o.id, o.owner, o.quantity});
    where_[o.id] = {side, o.price, std::prev(queue.end())};
  }

  template <typename Levels, typename Crosses>
  int64_t Trade(const NewOrder& o, Side side, Levels& other, Crosses crosses, EventRing& out) {
    int64_t leaves = o.quantity;
    while (leaves > 0 && !other.empty() && crosses(other.begin()->first, o.price)) {
      const auto level = other.begin();
      QueuedOrder& maker = level->second.front();
      const int64_t quantity = std::min(leaves, maker.leaves);
      leaves -= quantity;
      maker.leaves -= quantity;
      out.Push() = {EventType::kTrade, Reason::kNone, side,   o.id,        maker.id,
                    level->first,      quantity,      leaves, maker.leaves};
      if (maker.leaves == 0) {
        where_.erase(maker.id);
        level->second.pop_front();
        if (level->second.empty()) {
          other.erase(level);
        }
      }
    }
    return leaves;
  }

  void Cancel(uint64_t id, EventRing& out) {
    const auto it = where_.find(id);
    if (it == where_.end()) {
      Reject(out, id, Reason::kUnknownId);
      return;
    }
    const Side side = it->second.side;
    NewOrder o;
    o.id = id;
    o.price = it->second.price;
    o.quantity = Take(it).leaves;
    Put(out, EventType::kCanceled, Reason::kRequested, side, o, 0);
  }

  void Modify(const NewOrder& change, EventRing& out) {
    const auto it = where_.find(change.id);
    if (it == where_.end()) {
      Reject(out, change.id, Reason::kUnknownId);
      return;
    }
    const Side side = it->second.side;
    Put(out, EventType::kModified, Reason::kNone, side, change, change.quantity);
    if (change.price == it->second.price) {
      Queue& queue = QueueOf(it->second);
      const auto at = Find(queue, it->second, change.id);
      if (change.quantity <= at->leaves) {
        at->leaves = change.quantity;
        return;
      }
    }
    NewOrder o = change;
    o.owner = Take(it).owner;
    Enter(o, side, out);
  }

  Queue& QueueOf(const Place& place) {
    return place.side == Side::kBuy ? bids_.find(place.price)->second
                                    : asks_.find(place.price)->second;
  }
  static typename Queue::iterator Find(Queue& queue, const Place& place, uint64_t id) {
    if constexpr (kRemembers) {
      return place.at;
    } else {
      return std::find_if(queue.begin(), queue.end(),
                          [id](const QueuedOrder& o) { return o.id == id; });
    }
  }
  QueuedOrder Take(typename std::unordered_map<uint64_t, Place>::iterator it) {
    const Place place = it->second;
    return place.side == Side::kBuy ? TakeFrom(bids_, it, place) : TakeFrom(asks_, it, place);
  }
  template <typename Levels>
  QueuedOrder TakeFrom(Levels& levels,
                       typename std::unordered_map<uint64_t, Place>::iterator it,
                       const Place& place) {
    const auto level = levels.find(place.price);
    const auto at = Find(level->second, place, it->first);
    const QueuedOrder order = *at;
    level->second.erase(at);
    if (level->second.empty()) {
      levels.erase(level);
    }
    where_.erase(it);
    return order;
  }

  Bids bids_;
  Asks asks_;
  std::unordered_map<uint64_t, Place> where_;
};

using MapOfDeques = MapBook<std::deque<QueuedOrder>>;
using MapOfLists = MapBook<std::list<QueuedOrder>>;

}  // namespace tw::book
