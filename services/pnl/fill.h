// One fill as the portfolio needs it.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/types.h"

namespace tw::pnl {

struct Fill {
  uint64_t sequence = 0;  // of the event in its stream, from 1, rising
  std::string fill_id;
  std::string account;
  std::string symbol;
  Side side = Side::kBuy;
  Quantity quantity;  // negative: so much of an earlier fill is taken back, at that one's price
  Price price;
  Money fee;  // positive: paid; negative: rebate
  Timestamp time;
};

}  // namespace tw::pnl
