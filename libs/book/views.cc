// The part of Book that is looked at.
#include <optional>
#include <vector>

#include "libs/book/book.h"

namespace tw::book {

OrderView Book::View(const Cell& order) {
  OrderView view;
  view.id = order.id;
  view.owner = order.owner;
  view.side = order.side;
  view.post_only = order.kind == OrderKind::kPostOnly;
  view.price = PriceShown(order);
  view.leaves = order.leaves + order.hidden;
  view.shown = order.held ? 0 : order.leaves;
  view.trigger = order.held ? PriceOf(Opposite(order.side), order.key) : 0;
  return view;
}

template <typename Visit>
void Book::ForEachOrder(uint32_t level, Visit visit) const {
  for (uint32_t slot = cells_[level].next; slot != level; slot = cells_[slot].next) {
    visit(cells_[slot]);
  }
}

std::optional<LevelView> Book::Best(Side side) const {
  const Ladder& levels = ladder(side);
  if (levels.empty()) {
    return std::nullopt;
  }
  const Cell& level = cells_[levels.best()];
  return LevelView{PriceOf(side, level.key), level.leaves, level.level};
}

std::vector<LevelView> Book::Depth(Side side, size_t levels) const {
  std::vector<LevelView> out;
  if (levels > 0) {
    ladder(side).ForEach([&](int64_t key, uint32_t slot) {
      out.push_back({PriceOf(side, key), cells_[slot].leaves, cells_[slot].level});
      return out.size() < levels;
    });
  }
  return out;
}

LevelView Book::At(Side side, int64_t price) const {
  const uint32_t slot = ladder(side).Find(KeyOf(side, price));
  return slot == kNil ? LevelView{price, 0, 0}
                      : LevelView{price, cells_[slot].leaves, cells_[slot].level};
}

int64_t Book::Available(Side side, int64_t price, int64_t enough) const {
  return Fillable({0, 0, Opposite(side), SelfTrade::kAllow, price, KeyOf(side, price), enough});
}

std::optional<OrderView> Book::Find(uint64_t id) const {
  const uint32_t slot = SlotOf(id);
  return slot == kNil ? std::nullopt : std::optional<OrderView>(View(cells_[slot]));
}

std::optional<int64_t> Book::Leaves(uint64_t id) const {
  const uint32_t slot = SlotOf(id);
  return slot == kNil ? std::nullopt
                      : std::optional<int64_t>(cells_[slot].leaves + cells_[slot].hidden);
}

std::vector<OrderView> Book::Orders() const {
  std::vector<OrderView> out;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    ladder(side).ForEach([&](int64_t, uint32_t level) {
      ForEachOrder(level, [&](const Cell& order) { out.push_back(View(order)); });
      return true;
    });
  }
  return out;
}

std::vector<OrderView> Book::Held() const {
  std::vector<OrderView> out;
  for (const size_t side : {size_t{2}, size_t{3}}) {
    ladders_[side].ForEach([&](int64_t, uint32_t level) {
      ForEachOrder(level, [&](const Cell& order) { out.push_back(View(order)); });
      return true;
    });
  }
  return out;
}

uint64_t Book::StateHash() const {
  uint64_t hash = 0;
  const auto mix = [&hash](int64_t value) {
    hash = (hash ^ static_cast<uint64_t>(value)) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 29;
  };
  std::vector<OrderView> orders = Orders();
  for (const OrderView& order : Held()) {
    orders.push_back(order);
  }
  for (const OrderView& order : orders) {
    mix(static_cast<int64_t>(order.id));
    mix(static_cast<int64_t>(order.owner));
    mix(static_cast<int64_t>(order.side) * 2 + (order.post_only ? 1 : 0));
    mix(order.price);
    mix(order.leaves);
    mix(order.shown);
    mix(order.trigger);
  }
  return hash;
}

}  // namespace tw::book
