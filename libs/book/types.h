// What goes into an order book and what comes out of it: commands and events, all plain values.
//
// Prices are whole ticks and quantities whole lots; what a tick and a lot are worth is the
// caller's business (see tw::Instrument).
#pragma once

#include <cstdint>

#include "libs/core/types.h"

namespace tw::book {

inline constexpr int64_t kPriceMax = int64_t{1} << 53;     // ticks, inclusive; the lowest is 1
inline constexpr int64_t kQuantityMax = int64_t{1} << 42;  // lots, inclusive; the lowest is 1
// kQuantityMax * kOrdersMax fits 64 bits, so that no sum over a book can overflow.
inline constexpr uint32_t kOrdersMax = uint32_t{1} << 20;
// An iceberg shows at least this part of its quantity, which bounds the trades of one command.
inline constexpr int64_t kSlicesMax = 1000;

enum class OrderKind : uint8_t {
  kLimit = 1,      // trades what it can, the rest stays in the book
  kPostOnly = 2,   // refused if it would trade at once
  kIoc = 3,        // trades what it can up to its price, the rest is canceled
  kFok = 4,        // trades all of it at once up to its price, or nothing
  kMarket = 5,     // kIoc without a price; in an auction's call phase it rests, ahead of all prices
  kMarketFok = 6,  // kFok without a price
};

constexpr bool HasPrice(OrderKind k) {
  return k != OrderKind::kMarket && k != OrderKind::kMarketFok;
}
constexpr bool MayRest(OrderKind k) {
  return k == OrderKind::kLimit || k == OrderKind::kPostOnly;
}
constexpr bool AllOrNothing(OrderKind k) {
  return k == OrderKind::kFok || k == OrderKind::kMarketFok;
}

// What happens where an order meets one of the same owner. The incoming order's choice counts.
enum class SelfTrade : uint8_t {
  kAllow = 0,         // they trade
  kCancelNewest = 1,  // the incoming order's remainder is canceled
  kCancelOldest = 2,  // the resting order is canceled, the incoming one goes on
  kCancelBoth = 3,
  kDecrement = 4,  // both lose the smaller one's quantity, so that one or both are canceled
};

struct NewOrder {
  uint64_t id = 0;     // distinct from every order in the book
  uint64_t owner = 0;  // zero is nobody, and never a self-trade
  Side side = Side::kUnspecified;
  OrderKind kind = OrderKind::kLimit;
  int64_t price = 0;     // ticks, 1 to kPriceMax; ignored where !HasPrice(kind)
  int64_t quantity = 0;  // lots, 1 to kQuantityMax
  // Iceberg: lots shown at a time, where less than the quantity; zero shows all. What is not shown
  // trades too, slice by slice, each slice joining the queue at its end. Only where MayRest(kind).
  int64_t display = 0;
  // Stop: held back until a trade at this price or beyond (up for a buy, down for a sell), at once
  // where the last trade is there already; then it is what `kind` says: a stop (kMarket) or a
  // stop-limit (kLimit). Zero: no stop. Not for kPostOnly.
  int64_t trigger = 0;
  SelfTrade self_trade = SelfTrade::kAllow;
};

// Sets an order's price and open quantity. Less (or the same) quantity at the same price keeps the
// order's place in the queue; anything else sends it to the back, and may make it trade.
// An iceberg's hidden part shrinks first. A held stop keeps its trigger.
struct ModifyOrder {
  uint64_t id = 0;
  int64_t price = 0;     // ticks; ignored for a held order without a price
  int64_t quantity = 0;  // lots still open after the change, 1 to kQuantityMax
};

struct CancelOrder {
  uint64_t id = 0;
};

// One of the three as a plain value, for batches.
struct Command {
  enum class Type : uint8_t { kNew = 1, kCancel = 2, kModify = 3 };

  NewOrder order;  // of kCancel its id; of kModify its id, price and quantity
  Type type = Type::kNew;

  static Command Of(const NewOrder& o) { return {o, Type::kNew}; }
  static Command Of(const CancelOrder& o) {
    Command c;
    c.order.id = o.id;
    c.type = Type::kCancel;
    return c;
  }
  static Command Of(const ModifyOrder& o) {
    Command c;
    c.order.id = o.id;
    c.order.price = o.price;
    c.order.quantity = o.quantity;
    c.type = Type::kModify;
    return c;
  }
};

enum class EventType : uint8_t {
  kAccepted = 1,
  kTrade = 2,
  kCanceled = 3,
  kModified = 4,
  kRejected = 5,
  kTriggered = 6,
};

enum class Reason : uint8_t {
  kNone = 0,
  // of kCanceled
  kRequested = 1,
  kIocRemainder = 2,      // what an IOC or market order could not trade
  kFokUnfillable = 3,     // the book did not hold enough
  kSelfTrade = 4,         // it met an order of the same owner; of kModified too (kDecrement)
  kAuctionRemainder = 5,  // what a market order could not trade in the auction
  // of kModified
  kReplenished = 6,  // an iceberg's next slice, at the back of its queue
  // of kTrade
  kAuction = 7,  // a trade of an uncross
  // of kRejected, in the order in which they are looked for
  kDuplicateId = 10,
  kUnknownId = 11,
  kInvalidSide = 12,
  kInvalidPrice = 13,
  kInvalidQuantity = 14,
  kInvalidDisplay = 15,
  kInvalidTrigger = 16,
  kNotInAuction = 17,  // an order that must trade at once, in a call phase
  kBookFull = 18,
  kWouldTrade = 19,  // a post-only order that would trade at once
};

// One event, one cache line. Fields that a type does not name below are zero, so that events
// compare as values. `leaves` counts an iceberg's hidden part.
//
//   kAccepted   order side price(0 for a market order) quantity leaves
//   kTriggered  order side price quantity leaves; what follows is as for a new order
//   kTrade      order(taker) maker side(of the taker) price quantity leaves(taker) maker_leaves;
//               reason kAuction: order is the buy, maker the sell
//   kCanceled   order side price quantity(canceled) leaves(0) reason
//   kModified   order side price quantity leaves; trades that it causes follow;
//               kSelfTrade: what the order has left; kReplenished: quantity is what is now shown
//   kRejected   order reason; the book is as it was
struct alignas(64) Event {
  EventType type = EventType::kRejected;
  Reason reason = Reason::kNone;
  Side side = Side::kUnspecified;
  uint64_t order = 0;
  uint64_t maker = 0;
  int64_t price = 0;
  int64_t quantity = 0;
  int64_t leaves = 0;
  int64_t maker_leaves = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

// One price of one side.
struct LevelView {
  int64_t price = 0;
  int64_t quantity = 0;  // shown
  uint32_t orders = 0;

  friend bool operator==(const LevelView&, const LevelView&) = default;
};

// A resting order or a held stop.
struct OrderView {
  uint64_t id = 0;
  uint64_t owner = 0;
  Side side = Side::kUnspecified;
  bool post_only = false;
  int64_t price = 0;   // zero: a market order
  int64_t leaves = 0;  // with what is hidden
  int64_t shown = 0;
  int64_t trigger = 0;  // not zero: a stop, held

  friend bool operator==(const OrderView&, const OrderView&) = default;
};

// What an uncross does, or would do.
struct Auction {
  int64_t price = 0;
  int64_t volume = 0;
  int64_t surplus = 0;  // lots left over at that price; positive on the buy side

  friend bool operator==(const Auction&, const Auction&) = default;
};

}  // namespace tw::book
