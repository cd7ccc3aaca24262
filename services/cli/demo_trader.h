// DemoTrader: what the demo flow does next, one small thing at a time: a market order, a limit
// order a little away from the market, or the cancel of its oldest one. Pure; all randomness is the
// seed's.
//
// It stays small: an order is worth about `notional`, and a position that has grown to
// `position_orders_max` of them is only made smaller. At most `open_max` orders rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/core/decimal.h"
#include "libs/core/prng.h"
#include "libs/core/types.h"

namespace tw::cli {

struct DemoLimits {
  Money notional = Money::FromUnits(200);
  int64_t position_orders_max = 5;
  size_t open_max = 8;
};

struct DemoMarket {
  std::string symbol;
  Price bid;
  Price ask;
  Price tick;
  Quantity lot;
  Quantity min;
  Quantity max;
  Quantity position;
};

struct DemoAction {
  enum class Kind : uint8_t { kNone, kOrder, kCancel };
  Kind kind = Kind::kNone;
  std::string order_id;  // kCancel
  std::string symbol;    // kOrder, from here on
  Side side = Side::kUnspecified;
  Quantity quantity;
  Price price;  // zero: a market order
};

class DemoTrader {
 public:
  DemoTrader(uint64_t seed, DemoLimits limits) : prng_(seed), limits_(limits) {}

  // `open`: its orders that rest, the oldest first. Markets without both sides are left alone.
  DemoAction Next(const std::vector<DemoMarket>& markets, const std::vector<std::string>& open);

  // About `notional` in whole lots, at least the smallest order. REQUIRES: price > 0, lot > 0.
  static Quantity UnitOf(const DemoMarket& market, Money notional);

 private:
  DemoAction Order(const DemoMarket& market);

  Prng prng_;
  const DemoLimits limits_;
};

}  // namespace tw::cli
