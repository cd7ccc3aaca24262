// The half of Book that trades.
#include <algorithm>

#include "libs/book/book.h"
#include "libs/book/event_making.h"
#include "libs/book/queues.h"

namespace tw::book {

void Book::NoteTrade(int64_t price) {
  last_price_ = price;
  range_.low = std::min(range_.low, price);
  range_.high = std::max(range_.high, price);
}

int64_t Book::Match(Taker taker, EventRing& out) {
  Ladder& other = ladder(Opposite(taker.side));
  while (taker.leaves > 0 && other.best_key() >= taker.floor) {
    const uint32_t level = other.best();
    TradeAt(level, taker, out);
    if (cells_[level].level == 0) {
      DropLevel(other, level);
    }
  }
  return taker.leaves;
}

void Book::TradeAt(uint32_t level, Taker& taker, EventRing& out) {
  const bool watch_owner = taker.self_trade != SelfTrade::kAllow && taker.owner != 0;
  const int64_t price = PriceOf(Opposite(taker.side), cells_[level].key);
  while (taker.leaves > 0 && cells_[level].level != 0) {
    Cell& maker = cells_[cells_[level].next];
    if (watch_owner && maker.owner == taker.owner) [[unlikely]] {
      PreventSelfTrade(level, taker, out);
      continue;
    }
    const int64_t quantity = std::min(taker.leaves, maker.leaves);
    taker.leaves -= quantity;
    maker.leaves -= quantity;
    cells_[level].leaves -= quantity;
    Event& e = out.Push();
    e.type = EventType::kTrade;
    e.reason = Reason::kNone;
    e.side = taker.side;
    e.order = taker.id;
    e.maker = maker.id;
    e.price = price;
    e.quantity = quantity;
    e.leaves = taker.leaves;
    e.maker_leaves = maker.leaves + maker.hidden;
    NoteTrade(price);
    if (maker.leaves == 0) {
      if (maker.hidden != 0) [[unlikely]] {
        Replenish(level, out);
      } else {
        DropFirst(level);
      }
    }
  }
}

// The first order of a level, an iceberg, has traded all it showed.
void Book::Replenish(uint32_t level, EventRing& out) {
  Cell& at = cells_[level];
  const uint32_t slot = at.next;
  Cell& order = cells_[slot];
  const int64_t shown = std::min(order.display, order.hidden);
  order.leaves = shown;
  order.hidden -= shown;
  at.leaves += shown;
  at.hidden -= shown;
  if (at.prev != slot) {
    at.next = order.next;
    cells_[order.next].prev = level;
    order.prev = at.prev;
    order.next = level;
    cells_[at.prev].next = slot;
    at.prev = slot;
  }
  PutOrder(out, EventType::kModified, Reason::kReplenished,
           {order.side, order.id, PriceShown(order)}, shown, shown + order.hidden);
}

// The first order of a level is the taker's own.
void Book::PreventSelfTrade(uint32_t level, Taker& taker, EventRing& out) {
  Cell& maker = cells_[cells_[level].next];
  const int64_t open = maker.leaves + maker.hidden;
  const Subject newest{taker.side, taker.id, taker.price};
  const Subject oldest{maker.side, maker.id, PriceShown(maker)};
  int64_t off_newest = 0;
  int64_t off_oldest = 0;
  switch (taker.self_trade) {
    case SelfTrade::kAllow: break;
    case SelfTrade::kCancelNewest: off_newest = taker.leaves; break;
    case SelfTrade::kCancelOldest: off_oldest = open; break;
    case SelfTrade::kCancelBoth:
      off_newest = taker.leaves;
      off_oldest = open;
      break;
    case SelfTrade::kDecrement: off_newest = off_oldest = std::min(taker.leaves, open); break;
  }
  if (off_oldest == open) {
    PutCanceled(out, Reason::kSelfTrade, oldest, open);
    DropFirst(level);
  } else if (off_oldest > 0) {
    Shrink(maker, off_oldest);
    PutOrder(out, EventType::kModified, Reason::kSelfTrade, oldest, open - off_oldest,
             open - off_oldest);
  }
  taker.leaves -= off_newest;
  if (off_newest > 0 && taker.leaves == 0) {
    PutCanceled(out, Reason::kSelfTrade, newest, off_newest);
  } else if (off_newest > 0) {
    PutOrder(out, EventType::kModified, Reason::kSelfTrade, newest, taker.leaves, taker.leaves);
  }
}

void Book::DropFirst(uint32_t level) {
  Cell& at = cells_[level];
  const uint32_t slot = at.next;
  Cell& order = cells_[slot];
  at.leaves -= order.leaves;
  at.hidden -= order.hidden;
  at.next = order.next;
  cells_[order.next].prev = level;
  --at.level;
  Forget(slot);
}

int64_t Book::Fillable(const Taker& taker) const {
  const bool watch_owner = taker.self_trade != SelfTrade::kAllow && taker.owner != 0;
  int64_t sum = 0;
  ladder(Opposite(taker.side)).ForEach([&](int64_t key, uint32_t level) {
    if (key < taker.floor) {
      return false;
    }
    if (!watch_owner) {
      sum += cells_[level].leaves + cells_[level].hidden;
    } else if (!FillableAt(level, taker, sum)) {
      return false;
    }
    return sum < taker.leaves;
  });
  return sum;
}

bool Book::FillableAt(uint32_t level, const Taker& taker, int64_t& sum) const {
  int64_t shown = 0;  // before the first order of its own
  int64_t all = 0;    // of the others
  bool met = false;
  for (uint32_t slot = cells_[level].next; slot != level; slot = cells_[slot].next) {
    const Cell& maker = cells_[slot];
    if (maker.owner == taker.owner) {
      met = true;
      continue;
    }
    shown += met ? 0 : maker.leaves;
    all += maker.leaves + maker.hidden;
  }
  // A canceled resting order stands in nobody's way; what is hidden queues behind it otherwise.
  const bool passes = !met || taker.self_trade == SelfTrade::kCancelOldest;
  sum += passes ? all : shown;
  return passes;
}

}  // namespace tw::book
