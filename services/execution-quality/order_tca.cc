#include "services/execution-quality/order_tca.h"

#include <algorithm>
#include <limits>

namespace tw::eq {
namespace {

constexpr int64_t kBpsPerUnit = 10'000;

int64_t Ratio(int64_t a, int64_t b, int64_t scale_e8) {
  const auto out = MulDiv(a, scale_e8, b, Rounding::kHalfAwayFromZero);
  return out.value_or(a < 0 ? -std::numeric_limits<int64_t>::max()
                            : std::numeric_limits<int64_t>::max());
}

Money SaturatedNotional(Price price, Quantity quantity) {
  return Notional(price, quantity).value_or(price < Price() ? -Money::Max() : Money::Max());
}

// The cost of `notional` paid (or received) for what was worth `benchmark` at arrival.
Slippage Of(Side side, Price mid, Quantity quantity, Money notional) {
  const Money benchmark = SaturatedNotional(mid, quantity);
  Slippage out;
  out.cost = side == Side::kBuy ? notional - benchmark : benchmark - notional;
  out.per_unit = Price::FromE8(Ratio(out.cost.e8(), quantity.e8(), kDecimalScale));
  out.bps_e8 =
      benchmark.IsZero() ? 0 : Ratio(out.cost.e8(), benchmark.e8(), kBpsPerUnit * kDecimalScale);
  return out;
}

}  // namespace

std::optional<Price> MidOf(Price bid, Price ask) {
  if (bid <= Price() || ask < bid) {
    return std::nullopt;
  }
  const int64_t half = (ask.e8() - bid.e8()) / 2 + (ask.e8() - bid.e8()) % 2;
  return Price::FromE8(bid.e8() + half);
}

Slippage FillSlippage(Side side, Price arrival_mid, Quantity quantity, Price price) {
  return Of(side, arrival_mid, quantity, SaturatedNotional(price, quantity));
}

std::optional<Slippage> OrderSlippage(const OrderRecord& order) {
  if (!order.arrival_mid || order.filled.IsZero()) {
    return std::nullopt;
  }
  return Of(order.side, *order.arrival_mid, order.filled, order.filled_notional);
}

int64_t FillRateE8(const OrderRecord& order) {
  return order.quantity <= Quantity()
             ? 0
             : std::min(Ratio(order.filled.e8(), order.quantity.e8(), kDecimalScale),
                        kDecimalScale);
}

std::optional<Duration> TimeToFirstFill(const OrderRecord& order) {
  return order.first_fill.IsSet()
             ? std::optional(std::max(Duration{}, order.first_fill - order.arrival))
             : std::nullopt;
}

std::optional<Duration> TimeToLastFill(const OrderRecord& order) {
  return order.last_fill.IsSet()
             ? std::optional(std::max(Duration{}, order.last_fill - order.arrival))
             : std::nullopt;
}

}  // namespace tw::eq
