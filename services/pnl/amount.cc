#include "services/pnl/amount.h"

#include <limits>

#include "libs/base/check.h"

namespace tw::pnl {
namespace {

Amount Magnitude(Amount a) {
  return a < 0 ? -a : a;
}

int64_t Saturated(Amount a) {
  constexpr Amount kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(a > kMax ? kMax : a < -kMax ? -kMax : a);
}

}  // namespace

Amount NotionalOf(Price price, Quantity quantity) {
  const Amount product = Amount{price.e8()} * quantity.e8();
  const Amount rounded = (Magnitude(product) + kDecimalScale / 2) / kDecimalScale;
  return product < 0 ? -rounded : rounded;
}

Amount ShareOf(Amount total, Quantity part, Quantity whole) {
  TW_CHECK(whole > Quantity() && part >= Quantity() && part <= whole);
  // Split first, so that the product with `part` stays below 2^126.
  const Amount magnitude = Magnitude(total);
  const Amount each = magnitude / whole.e8();
  const Amount rest = (magnitude % whole.e8()) * part.e8();
  const Amount up = 2 * (rest % whole.e8()) >= whole.e8() ? 1 : 0;
  const Amount share = each * part.e8() + rest / whole.e8() + up;
  return total < 0 ? -share : share;
}

Money ToMoney(Amount amount) {
  return Money::FromE8(Saturated(amount));
}

Price PerUnit(Amount amount, Quantity quantity) {
  if (quantity.IsZero()) {
    return Price();
  }
  const Amount units = Magnitude(Amount{quantity.e8()});
  const Amount magnitude = Magnitude(amount);
  const Amount whole = magnitude / units;
  const Amount rest = (magnitude % units) * kDecimalScale;
  const Amount up = 2 * (rest % units) >= units ? 1 : 0;
  constexpr Amount kWholeMax = std::numeric_limits<int64_t>::max();
  if (whole > kWholeMax) {
    return Price::Max();
  }
  return Price::FromE8(Saturated(whole * kDecimalScale + rest / units + up));
}

}  // namespace tw::pnl
