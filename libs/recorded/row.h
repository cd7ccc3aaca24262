// Row: one recorded event in the platform's own units. A value; a reader fills the same one again
// and again, so that its vectors keep their room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/types.h"

namespace tw::recorded {

inline constexpr size_t kShownMax = 40;  // characters of a faulty column in a message

enum class RowKind : uint8_t {
  kTrade,
  kQuote,
  kBook,       // level 2, whole
  kDelta,      // level 2, what has changed
  kOrderBook,  // level 3, whole
  kOrders,     // level 3, what has changed
  kBar,        // of an interval
  kStatus,     // whether the market trades
  kGap,        // what the recording knows to be missing
  kBookState,  // whether the book can be trusted
};

enum class OrderAction : uint8_t { kAdd = 1, kChange = 2, kExecute = 3, kRemove = 4 };

enum class Phase : uint8_t {
  kClosed = 1,
  kPreOpen = 2,
  kOpen = 3,
  kPostClose = 4,
  kAuction = 5,
  kHalted = 6,
};

struct RowLevel {
  Price price;
  Quantity size;

  friend bool operator==(const RowLevel&, const RowLevel&) = default;
};

// One order of a book, or what happened to it.
struct RowOrder {
  OrderAction action = OrderAction::kAdd;
  Side side = Side::kUnspecified;
  std::string order_id{};
  Price price;
  Quantity size;

  friend bool operator==(const RowOrder&, const RowOrder&) = default;
};

struct RowBook {
  uint64_t first_update = 0;
  uint64_t last_update = 0;
  uint64_t previous_update = 0;
  std::vector<RowLevel> bids{};  // by level
  std::vector<RowLevel> asks{};
  std::vector<RowOrder> orders{};  // by order; of a snapshot in the order of their time
};

struct RowBar {
  std::string interval{};
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;
  int64_t trades = 0;  // 0: the recording does not say
};

struct RowState {
  Phase phase = Phase::kOpen;  // kStatus
  bool stale = false;          // kBookState
  uint64_t from_seq = 0;       // kGap
  uint64_t to_seq = 0;
  std::string reason{};
};

struct Row {
  uint64_t source_seq = 0;  // row number in the recording, from 1
  Timestamp time;           // of the event, UTC
  RowKind kind = RowKind::kTrade;
  Price price;        // of a trade, > 0
  Quantity quantity;  // of a trade, > 0
  Price bid;          // of a quote; zero: this row carries no such side
  Quantity bid_size;
  Price ask;
  Quantity ask_size;

  Side aggressor = Side::kUnspecified;  // of a trade
  Timestamp receive_time;               // when it was recorded; not set: not known
  std::string symbol{};                 // "": the one of the recording
  std::string venue{};                  // of a recording of more than one
  RowBook book{};
  RowBar bar{};
  RowState state{};
};

}  // namespace tw::recorded
