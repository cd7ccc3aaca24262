#include "libs/book/book.h"

#include <algorithm>
#include <limits>

#include "libs/base/check.h"

namespace tw::book {
namespace {

constexpr int64_t kAnyKey = std::numeric_limits<int64_t>::min();

Event Rejection(uint64_t id, Reason reason) {
  Event e;
  e.type = EventType::kRejected;
  e.order = id;
  e.reason = reason;
  return e;
}

Event Cancellation(const OrderView& order, Reason reason) {
  Event e;
  e.type = EventType::kCanceled;
  e.reason = reason;
  e.side = order.side;
  e.order = order.id;
  e.price = order.price;
  e.quantity = order.leaves;
  return e;
}

bool PriceInRange(int64_t price) {
  return price >= 1 && price <= kPriceMax;
}

bool QuantityInRange(int64_t quantity) {
  return quantity >= 1 && quantity <= kQuantityMax;
}

}  // namespace

Book::Book(BookOptions options) : options_(options), ids_(options.orders_expected) {
  TW_CHECK(options_.orders_max >= 1 && options_.orders_max <= kOrdersMax);
  TW_CHECK(options_.orders_expected <= kOrdersMax);
  nodes_.reserve(options_.orders_expected);
}

OrderView Book::View(const Node& node) {
  return {node.id,    node.owner, node.side, node.post_only, PriceOf(node.side, node.key),
          node.leaves};
}

bool Book::WouldTrade(Side side, int64_t price) const {
  const Ladder& other = ladder(Opposite(side));
  return !other.empty() && other.best_key() >= KeyOf(Opposite(side), price);
}

Reason Book::Refusal(const NewOrder& order) const {
  if (SlotOf(order.id) != kNil) {
    return Reason::kDuplicateId;
  }
  if (order.side != Side::kBuy && order.side != Side::kSell) {
    return Reason::kInvalidSide;
  }
  if (HasPrice(order.kind) && !PriceInRange(order.price)) {
    return Reason::kInvalidPrice;
  }
  if (!QuantityInRange(order.quantity)) {
    return Reason::kInvalidQuantity;
  }
  if (MayRest(order.kind) && ids_.size() >= options_.orders_max) {
    return Reason::kBookFull;
  }
  if (order.kind == OrderKind::kPostOnly && WouldTrade(order.side, order.price)) {
    return Reason::kWouldTrade;
  }
  return Reason::kNone;
}

void Book::New(const NewOrder& order, std::vector<Event>& out) {
  if (const Reason reason = Refusal(order); reason != Reason::kNone) {
    out.push_back(Rejection(order.id, reason));
    return;
  }
  const int64_t price = HasPrice(order.kind) ? order.price : 0;
  const int64_t limit_key = HasPrice(order.kind) ? KeyOf(Opposite(order.side), price) : kAnyKey;
  Event& accepted = out.emplace_back();
  accepted.type = EventType::kAccepted;
  accepted.side = order.side;
  accepted.order = order.id;
  accepted.price = price;
  accepted.quantity = order.quantity;
  accepted.leaves = order.quantity;

  const OrderView view{order.id, order.owner, order.side, false, price, order.quantity};
  if (AllOrNothing(order.kind)) {
    const int64_t worst = HasPrice(order.kind) ? price : PriceOf(Opposite(order.side), kAnyKey + 1);
    if (Available(Opposite(order.side), worst, order.quantity) < order.quantity) {
      out.push_back(Cancellation(view, Reason::kFokUnfillable));
      return;
    }
  }
  const int64_t leaves = Match({order.id, order.side, limit_key, order.quantity}, out);
  if (leaves == 0) {
    return;
  }
  if (!MayRest(order.kind)) {
    out.push_back(Cancellation({view.id, view.owner, view.side, false, view.price, leaves},
                               Reason::kIocRemainder));
    return;
  }
  const uint32_t slot = TakeNode();
  Node& node = nodes_[slot];
  node.id = order.id;
  node.owner = order.owner;
  node.side = order.side;
  node.post_only = order.kind == OrderKind::kPostOnly;
  node.key = KeyOf(order.side, price);
  node.leaves = leaves;
  ids_.Insert(order.id, slot);
  Link(slot);
}

void Book::Cancel(const CancelOrder& order, std::vector<Event>& out) {
  const uint32_t slot = SlotOf(order.id);
  if (slot == kNil) {
    out.push_back(Rejection(order.id, Reason::kUnknownId));
    return;
  }
  out.push_back(Cancellation(View(nodes_[slot]), Reason::kRequested));
  Unlink(slot);
  Forget(slot);
}

void Book::Modify(const ModifyOrder& order, std::vector<Event>& out) {
  const uint32_t slot = SlotOf(order.id);
  if (slot == kNil) {
    out.push_back(Rejection(order.id, Reason::kUnknownId));
    return;
  }
  if (!PriceInRange(order.price)) {
    out.push_back(Rejection(order.id, Reason::kInvalidPrice));
    return;
  }
  if (!QuantityInRange(order.quantity)) {
    out.push_back(Rejection(order.id, Reason::kInvalidQuantity));
    return;
  }
  Node& node = nodes_[slot];
  const Side side = node.side;
  if (node.post_only && WouldTrade(side, order.price)) {
    out.push_back(Rejection(order.id, Reason::kWouldTrade));
    return;
  }
  Event& modified = out.emplace_back();
  modified.type = EventType::kModified;
  modified.side = side;
  modified.order = order.id;
  modified.price = order.price;
  modified.quantity = order.quantity;
  modified.leaves = order.quantity;

  const int64_t key = KeyOf(side, order.price);
  if (key == node.key && order.quantity <= node.leaves) {
    ladder(side).At(node.page, key).quantity -= node.leaves - order.quantity;
    node.leaves = order.quantity;
    return;
  }
  Unlink(slot);
  node.key = key;
  node.leaves = Match({order.id, side, KeyOf(Opposite(side), order.price), order.quantity}, out);
  if (node.leaves == 0) {
    Forget(slot);
  } else {
    Link(slot);
  }
}

int64_t Book::Match(Taker taker, std::vector<Event>& out) {
  const Side maker_side = Opposite(taker.side);
  Ladder& other = ladder(maker_side);
  while (taker.leaves > 0 && !other.empty()) {
    const int64_t key = other.best_key();
    if (key < taker.limit_key) {
      break;
    }
    Level& level = other.best();
    while (taker.leaves > 0 && level.head != kNil) {
      const uint32_t slot = level.head;
      Node& maker = nodes_[slot];
      const int64_t quantity = std::min(taker.leaves, maker.leaves);
      taker.leaves -= quantity;
      maker.leaves -= quantity;
      level.quantity -= quantity;
      Event& trade = out.emplace_back();
      trade.type = EventType::kTrade;
      trade.side = taker.side;
      trade.order = taker.id;
      trade.maker = maker.id;
      trade.price = PriceOf(maker_side, key);
      trade.quantity = quantity;
      trade.leaves = taker.leaves;
      trade.maker_leaves = maker.leaves;
      if (maker.leaves == 0) {
        level.head = maker.next;
        --level.orders;
        Forget(slot);
      }
    }
    if (level.head == kNil) {
      level.tail = kNil;
      other.DropBest();
    } else {
      nodes_[level.head].prev = kNil;
    }
  }
  return taker.leaves;
}

uint32_t Book::TakeNode() {
  if (free_ == kNil) {
    nodes_.emplace_back();
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  const uint32_t slot = free_;
  free_ = nodes_[slot].next;
  return slot;
}

void Book::Link(uint32_t slot) {
  Node& node = nodes_[slot];
  Ladder& side = ladder(node.side);
  node.page = side.Occupy(node.key);
  Level& level = side.At(node.page, node.key);
  node.prev = level.tail;
  node.next = kNil;
  if (level.tail == kNil) {
    level.head = slot;
  } else {
    nodes_[level.tail].next = slot;
  }
  level.tail = slot;
  level.quantity += node.leaves;
  ++level.orders;
}

void Book::Unlink(uint32_t slot) {
  const Node& node = nodes_[slot];
  Ladder& side = ladder(node.side);
  Level& level = side.At(node.page, node.key);
  level.quantity -= node.leaves;
  --level.orders;
  (node.prev == kNil ? level.head : nodes_[node.prev].next) = node.next;
  (node.next == kNil ? level.tail : nodes_[node.next].prev) = node.prev;
  if (level.head == kNil) {
    side.Drop(node.page, node.key);
  }
}

void Book::Forget(uint32_t slot) {
  ids_.Erase(nodes_[slot].id, slot);
  nodes_[slot].next = free_;
  free_ = slot;
}

std::optional<LevelView> Book::Best(Side side) const {
  const std::vector<LevelView> best = Depth(side, 1);
  return best.empty() ? std::nullopt : std::optional<LevelView>(best.front());
}

std::vector<LevelView> Book::Depth(Side side, size_t levels) const {
  std::vector<LevelView> out;
  if (levels > 0) {
    ladder(side).ForEach([&](int64_t key, const Level& level) {
      out.push_back({PriceOf(side, key), level.quantity, level.orders});
      return out.size() < levels;
    });
  }
  return out;
}

LevelView Book::At(Side side, int64_t price) const {
  const Level* level = ladder(side).Find(KeyOf(side, price));
  return level == nullptr ? LevelView{price, 0, 0}
                          : LevelView{price, level->quantity, level->orders};
}

int64_t Book::Available(Side side, int64_t price, int64_t enough) const {
  const int64_t limit_key = KeyOf(side, price);
  int64_t sum = 0;
  ladder(side).ForEach([&](int64_t key, const Level& level) {
    if (key < limit_key) {
      return false;
    }
    sum += level.quantity;
    return sum < enough;
  });
  return sum;
}

std::optional<OrderView> Book::Find(uint64_t id) const {
  const uint32_t slot = SlotOf(id);
  return slot == kNil ? std::nullopt : std::optional<OrderView>(View(nodes_[slot]));
}

std::optional<int64_t> Book::Leaves(uint64_t id) const {
  const uint32_t slot = SlotOf(id);
  return slot == kNil ? std::nullopt : std::optional<int64_t>(nodes_[slot].leaves);
}

std::vector<OrderView> Book::Orders() const {
  std::vector<OrderView> out;
  out.reserve(ids_.size());
  for (const Ladder& side : ladders_) {
    side.ForEach([&](int64_t, const Level& level) {
      for (uint32_t slot = level.head; slot != kNil; slot = nodes_[slot].next) {
        out.push_back(View(nodes_[slot]));
      }
      return true;
    });
  }
  return out;
}

uint64_t Book::StateHash() const {
  uint64_t hash = 0;
  const auto mix = [&hash](uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 29;
  };
  for (const OrderView& order : Orders()) {
    mix(order.id);
    mix(order.owner);
    mix(static_cast<uint64_t>(order.side) * 2 + (order.post_only ? 1 : 0));
    mix(static_cast<uint64_t>(order.price));
    mix(static_cast<uint64_t>(order.leaves));
  }
  return hash;
}

}  // namespace tw::book
