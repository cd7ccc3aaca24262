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

int64_t RatioE8(__int128 numerator, __int128 denominator, int64_t scale) {
  // Sums of money stay far below 2^90, so that the product below stays within 128 bits once both
  // are brought down by the same factor.
  constexpr __int128 kMax = __int128{1} << 80;
  while (denominator > kMax || numerator > kMax || numerator < -kMax) {
    numerator /= 2;
    denominator /= 2;
  }
  if (denominator == 0) {
    return 0;
  }
  const __int128 product = numerator * scale;
  const __int128 half = product < 0 ? -denominator / 2 : denominator / 2;
  const __int128 out = (product + half) / denominator;
  constexpr __int128 kEnd = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(out, -kEnd, kEnd));
}

void MarkOut::Add(Side side, Price mid, Quantity quantity, Price price) {
  const Money paid = SaturatedNotional(price, quantity);
  const Money worth = SaturatedNotional(mid, quantity);
  cost += side == Side::kBuy ? paid.e8() - worth.e8() : worth.e8() - paid.e8();
  notional += paid.e8();
  ++fills;
}

std::optional<int64_t> MarkOut::bps_e8() const {
  return notional > 0 ? std::optional(RatioE8(cost, notional, kBpsPerUnit * kDecimalScale))
                      : std::nullopt;
}

MarkOut OrderMarkOut(const OrderRecord& order, size_t horizon) {
  MarkOut sum;
  for (const FillRecord& fill : order.fills) {
    if (fill.mids.at(horizon)) {
      sum.Add(order.side, *fill.mids[horizon], fill.quantity, fill.price);
    }
  }
  return sum;
}

std::optional<Shortfall> OrderShortfall(const OrderRecord& order) {
  if (!order.arrival_mid || order.quantity <= Quantity()) {
    return std::nullopt;
  }
  const Quantity left = order.quantity - order.filled;
  if (left > Quantity() && (!order.finished || !order.end_mid)) {
    return std::nullopt;
  }
  Shortfall out;
  if (left > Quantity()) {
    const Money now = SaturatedNotional(*order.end_mid, left);
    const Money then = SaturatedNotional(*order.arrival_mid, left);
    out.opportunity = order.side == Side::kBuy ? now - then : then - now;
  }
  const std::optional<Slippage> slippage = OrderSlippage(order);
  out.total = Money::SaturatingAdd(
      Money::SaturatingAdd(slippage ? slippage->cost : Money(), order.fees), out.opportunity);
  const Money whole = SaturatedNotional(*order.arrival_mid, order.quantity);
  out.bps_e8 = whole.IsZero() ? 0 : Ratio(out.total.e8(), whole.e8(), kBpsPerUnit * kDecimalScale);
  return out;
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
