// A position by the average-cost method. Its cost basis is kept as a total, not as a price per
// unit, so that nothing is lost: after any fills
//
//   realized + (mark value - cost) == cash flow + mark value,  that is  realized == cash flow +
//   cost
//
// to the last 1e-8, where cash flow is what sells brought less what buys took, before fees.
#pragma once

#include "libs/core/decimal.h"
#include "libs/core/types.h"
#include "services/pnl/amount.h"

namespace tw::pnl {

class AverageCost {
 public:
  AverageCost() = default;
  // A position that was there before the first fill.
  AverageCost(Quantity quantity, Amount cost) : quantity_(quantity), cost_(cost) {}

  // A fill against the position closes it first, at cost in proportion; what is left of the fill
  // opens the other side at the fill's own price. REQUIRES: quantity > 0, the position stays in
  // range.
  void Apply(Side side, Quantity quantity, Amount notional);

  Quantity quantity() const { return quantity_; }  // signed: positive long
  Amount cost() const { return cost_; }            // signed as the quantity is
  Amount realized() const { return realized_; }    // before fees

 private:
  Quantity quantity_;
  Amount cost_ = 0;
  Amount realized_ = 0;
};

}  // namespace tw::pnl
