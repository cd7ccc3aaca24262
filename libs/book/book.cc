#include "libs/book/book.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/book/event_making.h"
#include "libs/book/queues.h"

namespace tw::book {
namespace {

constexpr uint32_t kStopWindow = 1024;

constexpr bool PriceInRange(int64_t price) {
  return price >= 1 && price <= kPriceMax;
}
constexpr bool QuantityInRange(int64_t quantity) {
  return quantity >= 1 && quantity <= kQuantityMax;
}

// What an iceberg shows at a time bounds its quantity.
constexpr bool SlicesInRange(int64_t quantity, int64_t display) {
  return (quantity - 1) / display < kSlicesMax;
}

}  // namespace

Book::Book(BookOptions options)
    : options_(options),
      ladders_{Ladder(options.window_ticks), Ladder(options.window_ticks), Ladder(kStopWindow),
               Ladder(kStopWindow)},
      // At worst every order has a level of its own.
      cells_(options.orders_expected * 2 + 1),
      ids_(options.id_window) {
  TW_CHECK(options.orders_max >= 1 && options.orders_max <= kOrdersMax);
  TW_CHECK(options.orders_expected <= kOrdersMax);
}

// --- Checks -------------------------------------------------------------------------------------

bool Book::WouldTrade(Side side, int64_t price) const {
  return ladder(Opposite(side)).best_key() >= KeyOf(Opposite(side), price);
}

void Book::Reject(uint64_t id, Reason reason, EventRing& out) {
  Event& e = out.Push();
  e = Event{};
  e.type = EventType::kRejected;
  e.reason = reason;
  e.order = id;
}

inline Reason Book::Refusal(const NewOrder& order) const {
  if (SlotOf(order.id) != kNil) {
    return Reason::kDuplicateId;
  }
  if (order.side != Side::kBuy && order.side != Side::kSell) {
    return Reason::kInvalidSide;
  }
  if (!PriceInRange(order.price) && HasPrice(order.kind)) {
    return Reason::kInvalidPrice;
  }
  if (!QuantityInRange(order.quantity)) {
    return Reason::kInvalidQuantity;
  }
  if ((order.display | order.trigger) != 0 || auction_) [[unlikely]] {
    return RefusalOfSpecial(order);
  }
  if (ids_.size() >= options_.orders_max && MayRest(order.kind)) {
    return Reason::kBookFull;
  }
  if (order.kind == OrderKind::kPostOnly && WouldTrade(order.side, order.price)) {
    return Reason::kWouldTrade;
  }
  return Reason::kNone;
}

[[gnu::noinline]] Reason Book::RefusalOfSpecial(const NewOrder& order) const {
  const bool iceberg = order.display != 0;
  if (iceberg &&
      (!MayRest(order.kind) || order.trigger != 0 || order.display < 0 ||
       order.display > order.quantity || !SlicesInRange(order.quantity, order.display))) {
    return Reason::kInvalidDisplay;
  }
  const bool stop = order.trigger != 0;
  if (stop && (!PriceInRange(order.trigger) || order.kind == OrderKind::kPostOnly)) {
    return Reason::kInvalidTrigger;
  }
  if (auction_ && !stop && order.kind != OrderKind::kLimit && order.kind != OrderKind::kMarket) {
    return Reason::kNotInAuction;
  }
  if (ids_.size() >= options_.orders_max && (MayRest(order.kind) || stop || auction_)) {
    return Reason::kBookFull;
  }
  if (order.kind == OrderKind::kPostOnly && WouldTrade(order.side, order.price)) {
    return Reason::kWouldTrade;
  }
  return Reason::kNone;
}

inline Reason Book::RefusalOfChange(const Cell& cell, const ModifyOrder& order) {
  if (!PriceInRange(order.price) && HasPrice(cell.kind)) {
    return Reason::kInvalidPrice;
  }
  const bool sliced = cell.display != 0 && !cell.held;
  if (!QuantityInRange(order.quantity) ||
      (sliced && !SlicesInRange(order.quantity, cell.display))) {
    return Reason::kInvalidQuantity;
  }
  return Reason::kNone;
}

// --- Commands -----------------------------------------------------------------------------------

void Book::New(const NewOrder& order, EventRing& out) {
  const Reason refusal = Refusal(order);
  if (refusal != Reason::kNone) [[unlikely]] {
    Reject(order.id, refusal, out);
    return;
  }
  const int64_t price = HasPrice(order.kind) ? order.price : 0;
  PutOrder(out, EventType::kAccepted, Reason::kNone, {order.side, order.id, price}, order.quantity,
           order.quantity);
  if (order.trigger != 0 || auction_) [[unlikely]] {
    EnterAside(order, out);
    return;
  }
  EnterHere(order, out);
  if (held_ != 0) [[unlikely]] {
    RunStops(out);
  }
}

inline void Book::EnterHere(const NewOrder& order, EventRing& out) {
  const bool priced = HasPrice(order.kind);
  const int64_t price = priced ? order.price : 0;
  const int64_t key = KeyOf(order.side, price);
  const int64_t floor = priced ? -key : kNoKey + 1;
  int64_t leaves = order.quantity;
  if (ladder(Opposite(order.side)).best_key() >= floor) {
    const Taker taker{order.id, order.owner, order.side, order.self_trade, price, floor, leaves};
    if (AllOrNothing(order.kind) && Fillable(taker) < leaves) {
      PutCanceled(out, Reason::kFokUnfillable, {order.side, order.id, price}, leaves);
      return;
    }
    leaves = Match(taker, out);
    if (leaves == 0) {
      return;
    }
  }
  if (MayRest(order.kind)) {
    Rest(order, key, leaves);
    return;
  }
  const Reason why = AllOrNothing(order.kind) ? Reason::kFokUnfillable : Reason::kIocRemainder;
  PutCanceled(out, why, {order.side, order.id, price}, leaves);
}

void Book::Enter(const NewOrder& order, EventRing& out) {
  EnterHere(order, out);
}

void Book::Cancel(const CancelOrder& order, EventRing& out) {
  const uint32_t slot = SlotOf(order.id);
  if (slot == kNil) [[unlikely]] {
    Reject(order.id, Reason::kUnknownId, out);
    return;
  }
  const Cell& cell = cells_[slot];
  PutCanceled(out, Reason::kRequested, {cell.side, cell.id, PriceShown(cell)},
              cell.leaves + cell.hidden);
  held_ -= cell.held ? 1 : 0;
  Unlink(slot);
  Forget(slot);
}

void Book::Modify(const ModifyOrder& order, EventRing& out) {
  const uint32_t slot = SlotOf(order.id);
  if (slot == kNil) [[unlikely]] {
    Reject(order.id, Reason::kUnknownId, out);
    return;
  }
  Cell& cell = cells_[slot];
  if (cell.held || auction_) [[unlikely]] {
    ModifyAside(slot, order, out);
    return;
  }
  if (const Reason reason = RefusalOfChange(cell, order); reason != Reason::kNone) [[unlikely]] {
    Reject(order.id, reason, out);
    return;
  }
  const Side side = cell.side;
  const int64_t key = KeyOf(side, order.price);
  const bool trades = ladder(Opposite(side)).best_key() >= -key;
  if (trades && cell.kind == OrderKind::kPostOnly) {
    Reject(order.id, Reason::kWouldTrade, out);
    return;
  }
  PutOrder(out, EventType::kModified, Reason::kNone, {side, order.id, order.price}, order.quantity,
           order.quantity);
  const int64_t open = cell.leaves + cell.hidden;
  if (key == cell.key && order.quantity <= open) {
    Shrink(cell, open - order.quantity);
    return;
  }
  Unlink(slot);
  cell.key = key;
  int64_t leaves = order.quantity;
  if (trades) {
    leaves = Match({order.id, cell.owner, side, cell.self_trade, order.price, -key, leaves}, out);
  }
  if (leaves == 0) {
    Forget(slot);
  } else {
    Split(cell, leaves);
    Link(slot);
  }
  if (held_ != 0) [[unlikely]] {
    RunStops(out);
  }
}

// A held stop, or any order in a call phase: nothing trades.
[[gnu::noinline]] void Book::ModifyAside(uint32_t slot, const ModifyOrder& order, EventRing& out) {
  Cell& cell = cells_[slot];
  const bool priced = HasPrice(cell.kind);
  if (const Reason reason = RefusalOfChange(cell, order); reason != Reason::kNone) {
    Reject(order.id, reason, out);
    return;
  }
  const int64_t price = priced ? order.price : 0;
  PutOrder(out, EventType::kModified, Reason::kNone, {cell.side, order.id, price}, order.quantity,
           order.quantity);
  const bool same_price = price == PriceShown(cell);
  const int64_t open = cell.leaves + cell.hidden;
  if (same_price && order.quantity <= open) {
    Shrink(cell, open - order.quantity);
    return;
  }
  Unlink(slot);
  if (cell.held) {
    cell.display = price;
    cell.leaves = order.quantity;
  } else {
    cell.key = priced ? KeyOf(cell.side, price) : cell.key;
    Split(cell, order.quantity);
  }
  Link(slot);
}

void Book::Perform(const Command& command, EventRing& out) {
  switch (command.type) {
    case Command::Type::kNew: New(command.order, out); break;
    case Command::Type::kCancel: Cancel({command.order.id}, out); break;
    case Command::Type::kModify:
      Modify({command.order.id, command.order.price, command.order.quantity}, out);
      break;
  }
}

void Book::Apply(std::span<const Command> commands, EventRing& out) {
  for (const Command& command : commands) {
    Perform(command, out);
  }
}

}  // namespace tw::book
