// One fill, as the venue's drop copy or oms's ledger tells it.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"

namespace tw::ptrc {

struct Trade {
  uint64_t sequence = 0;  // in the stream it came by
  std::string venue;
  std::string venue_exec_id;  // unique per venue for ever
  OrderId order_id;
  std::string account;
  std::string symbol;
  Side side = Side::kBuy;
  Quantity
      quantity;  // negative: an earlier one is taken back (an operator's, a bust), so much of it
  Price price;
  Liquidity liquidity = Liquidity::kUnspecified;
  Money fee;
  std::string fee_currency;
  Timestamp time;  // the venue's
};

// Fills by an operator's word (`tradewind resolve`) name this as their venue. No drop copy has
// them.
inline constexpr char kOperatorVenue[] = "OPERATOR";

// What both sides call the same fill: "PAPER/e-17".
inline std::string TradeKey(const Trade& t) {
  return t.venue + "/" + t.venue_exec_id;
}

inline Quantity SignedQuantity(const Trade& t) {
  return t.side == Side::kBuy ? t.quantity : -t.quantity;
}

// "BUY 0.1 BTCUSDT @ 45000 for demo, order 3-7": what a break shows of a side.
std::string Describe(const Trade& t);

}  // namespace tw::ptrc
