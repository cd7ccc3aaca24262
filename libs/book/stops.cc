// The part of Book about orders that wait: stops, and entry in a call phase.
#include <algorithm>

#include "libs/book/book.h"
#include "libs/book/event_making.h"
#include "libs/book/queues.h"

namespace tw::book {

[[gnu::noinline]] void Book::EnterAside(const NewOrder& order, EventRing& out) {
  if (order.trigger != 0) {
    const bool reached =
        last_price_ != 0 &&
        (order.side == Side::kBuy ? last_price_ >= order.trigger : last_price_ <= order.trigger);
    if (auction_ || !reached) {
      Hold(order);
      return;
    }
    PutOrder(out, EventType::kTriggered, Reason::kNone,
             {order.side, order.id, HasPrice(order.kind) ? order.price : 0}, order.quantity,
             order.quantity);
    Enter(order, out);
    RunStops(out);
    return;
  }
  // A call phase: market orders go ahead of every price.
  const int64_t price = order.kind != OrderKind::kMarket ? order.price
                        : order.side == Side::kBuy       ? kPriceMax + 1
                                                         : 0;
  Rest(order, KeyOf(order.side, price), order.quantity);
}

// A held stop waits in a ladder of its own, by its trigger: the nearest to the market is the best.
void Book::Hold(const NewOrder& order) {
  if (held_ == 0) {
    range_ = Range{};  // nobody watched until now
  }
  const uint32_t slot = cells_.Take();
  Cell& cell = cells_[slot];
  Describe(cell, order);
  cell.held = true;
  cell.key = KeyOf(Opposite(order.side), order.trigger);
  cell.leaves = order.quantity;
  cell.hidden = 0;
  cell.display = HasPrice(order.kind) ? order.price : 0;  // see PriceShown
  ids_.Insert(order.id, slot);
  Link(slot);
  ++held_;
}

void Book::Elect(uint32_t& first, uint32_t& last) {
  const Range range = range_;
  range_ = Range{};
  const auto elect = [&](Ladder& held, int64_t floor) {
    while (!held.empty() && held.best_key() >= floor) {
      const uint32_t level = held.best();
      const uint32_t head = cells_[level].next;
      (first == kNil ? first : cells_[last].next) = head;
      last = cells_[level].prev;
      cells_[last].next = kNil;
      DropLevel(held, level);
    }
  };
  if (range.high > 0) {
    elect(ladders_[2], KeyOf(Side::kSell, range.high));
    elect(ladders_[3], KeyOf(Side::kBuy, range.low));
  }
}

[[gnu::noinline]] void Book::RunStops(EventRing& out) {
  uint32_t first = kNil;
  uint32_t last = kNil;
  for (Elect(first, last); first != kNil; Elect(first, last)) {
    const uint32_t slot = first;
    const Cell& cell = cells_[slot];
    first = cell.next;
    NewOrder order{cell.id, cell.owner, cell.side, cell.kind, PriceShown(cell), cell.leaves};
    order.self_trade = cell.self_trade;
    PutOrder(out, EventType::kTriggered, Reason::kNone, {order.side, order.id, order.price},
             order.quantity, order.quantity);
    --held_;
    Forget(slot);
    Enter(order, out);
  }
}

}  // namespace tw::book
