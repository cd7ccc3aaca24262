// Short spellings for the tests of ptrc.
#pragma once

#include <string>

#include "services/ptrc/trade.h"

namespace tw::ptrc {

inline Timestamp At(int64_t millis) {
  return Timestamp{} + Duration::Seconds(1'000'000) + Duration::Millis(millis);
}

inline Trade MakeTrade(uint64_t sequence,
                       const std::string& exec_id,
                       Side side,
                       const char* quantity,
                       const char* price = "100") {
  Trade t;
  t.sequence = sequence;
  t.venue = "PAPER";
  t.venue_exec_id = exec_id;
  t.order_id = OrderId(1, 7);
  t.account = "demo";
  t.symbol = "BTCUSDT";
  t.side = side;
  t.quantity = *Quantity::Parse(quantity);
  t.price = *Price::Parse(price);
  t.liquidity = Liquidity::kTaker;
  t.fee_currency = "USDT";
  t.time = At(0);
  return t;
}

}  // namespace tw::ptrc
