#include "services/pnl/average_cost.h"

#include <algorithm>

namespace tw::pnl {

void AverageCost::Apply(Side side, Quantity quantity, Amount notional) {
  const int sign = Sign(side);
  const bool against = sign > 0 ? quantity_ < Quantity() : quantity_ > Quantity();
  const Quantity closing = against ? std::min(quantity, quantity_.Abs()) : Quantity();
  const Amount closing_notional = ShareOf(notional, closing, quantity);
  if (!closing.IsZero()) {
    const Amount closed_cost = ShareOf(cost_, closing, quantity_.Abs());
    realized_ += -sign * closing_notional - closed_cost;
    cost_ -= closed_cost;
  }
  cost_ += sign * (notional - closing_notional);
  quantity_ += sign > 0 ? quantity : -quantity;
}

}  // namespace tw::pnl
