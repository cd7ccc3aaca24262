#include "services/normalizer/order_book.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tw::normalizer {

bool OrderBook::OnSnapshot(const OrderSnapshot& snapshot, BookBuilder& book, Timestamp now) {
  if (!book.NeedsSnapshot() && snapshot.last_update < book.last_update()) {
    book.OnMessage(now);
    return false;
  }
  orders_.clear();
  bids_.clear();
  asks_.clear();
  Delta levels;
  bool sound = snapshot.orders.size() <= kOrdersMax;
  for (size_t i = 0; i < snapshot.orders.size() && sound; ++i) {
    sound = Apply(snapshot.orders[i], levels);
  }
  if (!sound) {
    book.MarkStale(snapshot.orders.size() > kOrdersMax ? StaleReason::kTooDeep
                                                       : StaleReason::kUnknownOrder);
    return false;
  }
  Snapshot whole{.last_update = snapshot.last_update, .bids = {}, .asks = {}};
  for (const auto& [sums, side] :
       {std::pair(&bids_, &whole.bids), std::pair(&asks_, &whole.asks)}) {
    for (const auto& [price, sum] : *sums) {
      const auto size =
          static_cast<int64_t>(std::min<Sum>(sum, std::numeric_limits<int64_t>::max()));
      side->push_back({Price::FromE8(price), Quantity::FromE8(size)});
    }
    const bool bid = side == &whole.bids;
    std::sort(side->begin(), side->end(), [bid](const Level& a, const Level& b) {
      return bid ? a.price > b.price : a.price < b.price;
    });
  }
  book.OnSnapshot(whole, now);
  std::deque<OrderDelta> pending = std::exchange(pending_, {});
  for (OrderDelta& delta : pending) {
    OnDelta(std::move(delta), book, now);
  }
  return true;
}

bool OrderBook::OnDelta(OrderDelta delta, BookBuilder& book, Timestamp now) {
  book.OnMessage(now);
  const auto hold = [&] {
    pending_.push_back(std::move(delta));
    if (pending_.size() > kPendingMax) {
      pending_.pop_front();
    }
    return false;
  };
  if (book.NeedsSnapshot()) {
    return hold();
  }
  if (delta.last_update <= book.last_update()) {
    return false;
  }
  Delta levels{.first_update = delta.first_update,
               .last_update = delta.last_update,
               .previous_update = delta.previous_update,
               .bids = {},
               .asks = {}};
  if (!book.Follows(levels)) {
    book.MarkStale(StaleReason::kGap);
    return hold();
  }
  for (const OrderChange& change : delta.changes) {
    if (!Apply(change, levels)) {
      book.MarkStale(StaleReason::kUnknownOrder);
      return false;
    }
  }
  return book.OnDelta(std::move(levels), now);
}

void OrderBook::Reset() {
  orders_.clear();
  bids_.clear();
  asks_.clear();
  pending_.clear();
}

// False: the change does not fit the orders that are known.
bool OrderBook::Apply(const OrderChange& change, Delta& levels) {
  const auto it = orders_.find(change.order_id);
  if (change.action == OrderAction::kAdd) {
    if (it != orders_.end() || orders_.size() >= kOrdersMax) {
      return false;
    }
    const Order order{change.bid, change.price, change.size};
    orders_.emplace(change.order_id, order);
    Put(order, 1, levels);
    return true;
  }
  if (it == orders_.end() ||
      (change.action == OrderAction::kExecute && change.size > it->second.size)) {
    return false;
  }
  Order& order = it->second;
  Put(order, -1, levels);
  switch (change.action) {
    case OrderAction::kChange:
      order.price = change.price.IsZero() ? order.price : change.price;
      order.size = change.size;
      break;
    case OrderAction::kExecute: order.size -= change.size; break;
    default: order.size = {}; break;
  }
  if (order.size.IsZero()) {
    orders_.erase(it);
  } else {
    Put(order, 1, levels);
  }
  return true;
}

// Adds the order to its level, or takes it away, and says what the level is now.
void OrderBook::Put(const Order& order, int sign, Delta& levels) {
  auto& side = order.bid ? bids_ : asks_;
  Sum& sum = side[order.price.e8()];
  sum += sign * static_cast<Sum>(order.size.e8());
  const auto size = static_cast<int64_t>(std::min<Sum>(sum, std::numeric_limits<int64_t>::max()));
  (order.bid ? levels.bids : levels.asks).push_back({order.price, Quantity::FromE8(size)});
  if (sum == 0) {
    side.erase(order.price.e8());
  }
}

}  // namespace tw::normalizer
