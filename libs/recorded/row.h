// Row: one recorded trade or quote in the platform's own units. A value.
#pragma once

#include <cstdint>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::recorded {

enum class RowKind : uint8_t { kTrade, kQuote };

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
};

}  // namespace tw::recorded
