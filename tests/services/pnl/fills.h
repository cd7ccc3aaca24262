// Short spellings for the tables of the pnl tests.
#pragma once

#include <string>

#include "libs/core/decimal.h"
#include "services/pnl/fill.h"

namespace tw::pnl {

inline Price P(const char* text) {
  return *Price::Parse(text);
}
inline Quantity Q(const char* text) {
  return *Quantity::Parse(text);
}
inline Money M(const char* text) {
  return *Money::Parse(text);
}

// A fill of account "a" in BTCUSDT; its time is its sequence in seconds.
inline Fill MakeFill(
    uint64_t sequence, Side side, Quantity quantity, Price price, Money fee = Money()) {
  return {.sequence = sequence,
          .fill_id = "f" + std::to_string(sequence),
          .account = "a",
          .symbol = "BTCUSDT",
          .side = side,
          .quantity = quantity,
          .price = price,
          .fee = fee,
          .time = Timestamp{} + Duration::Seconds(static_cast<int64_t>(sequence))};
}

}  // namespace tw::pnl
