#include "services/oms/stop_book.h"

#include <algorithm>

#include "libs/base/check.h"
#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

bool IsReached(Side side, Price trigger, const PriceRange& range) {
  return side == Side::kBuy ? range.high >= trigger : range.low <= trigger;
}

}  // namespace

void PriceRange::Add(Price price) {
  if (now.IsZero()) {
    low = high = price;
  }
  low = std::min(low, price);
  high = std::max(high, price);
  now = price;
}

const PriceRange& MarketMove::For(StopTrigger trigger, Side side) const {
  switch (trigger) {
    case StopTrigger::kBidAsk: return side == Side::kBuy ? ask : bid;
    case StopTrigger::kMark: return mark;
    default: return last;
  }
}

size_t StopBook::KindOf(const NewOrder& order) {
  TW_CHECK(order.asked.trigger != StopTrigger::kUnspecified);
  return (static_cast<size_t>(order.asked.trigger) - 1) * 2 + (order.side == Side::kBuy ? 0 : 1);
}

void StopBook::Add(const Order& order) {
  Symbol& symbol = symbols_[order.terms.symbol];
  if (order.terms.type == OrderType::kTrailingStop) {
    symbol.trailing.insert(order.id);
  } else {
    symbol.still[KindOf(order.terms)].emplace(order.trigger_price, order.id);
  }
  TW_CHECK(entries_.emplace(order.id, Entry{order.terms, order.trigger_price}).second);
}

void StopBook::Remove(OrderId id) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) {
    return;
  }
  const Entry& entry = it->second;
  Symbol& symbol = symbols_.at(entry.terms.symbol);
  symbol.trailing.erase(id);
  symbol.still[KindOf(entry.terms)].erase({entry.trigger_price, id});
  entries_.erase(it);
}

void StopBook::TakeStill(Still& still,
                         Side side,
                         const PriceRange& range,
                         std::vector<Due>& due) const {
  const bool buy = side == Side::kBuy;
  const Price reached = buy ? range.high : range.low;
  while (!still.empty()) {
    const auto next = buy ? still.begin() : std::prev(still.end());
    if (!IsReached(side, next->first, range)) {
      return;
    }
    due.push_back({next->second, reached});
    still.erase(next);
  }
}

Price StopBook::Follow(Entry& entry, const PriceRange& range) {
  const Side side = entry.terms.side;
  const bool buy = side == Side::kBuy;
  if (IsReached(side, entry.trigger_price, range)) {
    return buy ? range.high : range.low;
  }
  const Price stop = TrailingStop(entry.terms, buy ? range.low : range.high);
  if (!stop.IsZero() && (buy ? stop < entry.trigger_price : stop > entry.trigger_price)) {
    entry.trigger_price = stop;
    entry.moved = true;
  }
  return IsReached(side, entry.trigger_price, {range.now, range.now, range.now}) ? range.now
                                                                                 : Price();
}

std::vector<StopBook::Due> StopBook::On(const std::string& name, const MarketMove& move) {
  std::vector<Due> due;
  const auto it = symbols_.find(name);
  if (it == symbols_.end()) {
    return due;
  }
  Symbol& symbol = it->second;
  for (size_t kind = 0; kind < symbol.still.size(); ++kind) {
    const Side side = kind % 2 == 0 ? Side::kBuy : Side::kSell;
    const PriceRange& range = move.For(static_cast<StopTrigger>(kind / 2 + 1), side);
    if (!range.now.IsZero()) {
      TakeStill(symbol.still[kind], side, range, due);
    }
  }
  for (const OrderId id : symbol.trailing) {
    Entry& entry = entries_.at(id);
    const PriceRange& range = move.For(entry.terms.asked.trigger, entry.terms.side);
    const Price reference = range.now.IsZero() ? Price() : Follow(entry, range);
    if (!reference.IsZero()) {
      due.push_back({id, reference});
    }
  }
  std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) { return a.id < b.id; });
  for (const Due& each : due) {
    Remove(each.id);
  }
  return due;
}

std::vector<StopBook::Moved> StopBook::TakeMoved() {
  std::vector<Moved> moved;
  for (auto& [unused, symbol] : symbols_) {
    for (const OrderId id : symbol.trailing) {
      Entry& entry = entries_.at(id);
      if (entry.moved) {
        entry.moved = false;
        moved.push_back({id, entry.trigger_price});
      }
    }
  }
  std::sort(moved.begin(), moved.end(), [](const Moved& a, const Moved& b) { return a.id < b.id; });
  return moved;
}

}  // namespace tw::oms
