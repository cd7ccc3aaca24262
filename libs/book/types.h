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

enum class OrderKind : uint8_t {
  kLimit = 1,      // trades what it can, the rest stays in the book
  kPostOnly = 2,   // refused if it would trade at once
  kIoc = 3,        // trades what it can up to its price, the rest is canceled
  kFok = 4,        // trades all of it at once up to its price, or nothing
  kMarket = 5,     // kIoc without a price
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

struct NewOrder {
  uint64_t id = 0;     // distinct from every order in the book
  uint64_t owner = 0;  // carried along; the book does not look at it
  Side side = Side::kUnspecified;
  OrderKind kind = OrderKind::kLimit;
  int64_t price = 0;     // ticks, 1 to kPriceMax; ignored where !HasPrice(kind)
  int64_t quantity = 0;  // lots, 1 to kQuantityMax
};

// Sets an order's price and open quantity. Less (or the same) quantity at the same price keeps the
// order's place in the queue; anything else sends it to the back, and may make it trade.
struct ModifyOrder {
  uint64_t id = 0;
  int64_t price = 0;     // ticks
  int64_t quantity = 0;  // lots still open after the change, 1 to kQuantityMax
};

struct CancelOrder {
  uint64_t id = 0;
};

enum class EventType : uint8_t {
  kAccepted = 1,
  kTrade = 2,
  kCanceled = 3,
  kModified = 4,
  kRejected = 5,
};

enum class Reason : uint8_t {
  kNone = 0,
  // of kCanceled
  kRequested = 1,
  kIocRemainder = 2,   // what an IOC or market order could not trade
  kFokUnfillable = 3,  // the book did not hold enough
  // of kRejected, in the order in which they are looked for
  kDuplicateId = 10,
  kUnknownId = 11,
  kInvalidSide = 12,
  kInvalidPrice = 13,
  kInvalidQuantity = 14,
  kBookFull = 15,
  kWouldTrade = 16,  // a post-only order that would trade at once
};

// One event. Fields that a type does not name below are zero, so that events compare as values.
//
//   kAccepted  order side price(0 for a market order) quantity leaves
//   kTrade     order(taker) maker side(of the taker) price quantity leaves(taker) maker_leaves
//   kCanceled  order side price quantity(canceled) leaves(0) reason
//   kModified  order side price quantity leaves; trades that it causes follow
//   kRejected  order reason; the book is as it was
struct Event {
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
  int64_t quantity = 0;
  uint32_t orders = 0;

  friend bool operator==(const LevelView&, const LevelView&) = default;
};

// A resting order.
struct OrderView {
  uint64_t id = 0;
  uint64_t owner = 0;
  Side side = Side::kUnspecified;
  bool post_only = false;
  int64_t price = 0;
  int64_t leaves = 0;

  friend bool operator==(const OrderView&, const OrderView&) = default;
};

}  // namespace tw::book
