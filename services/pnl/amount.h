// Amount: a sum of money in units of 1e-8, 128 bits wide, so that no run of fills can leave it.
// Only sums inside the core are Amounts; what leaves it is Money.
//
// Rounding happens in two named places and nowhere else:
//   NotionalOf  price x quantity, half away from zero
//   ShareOf     the part of a sum that goes with part of a quantity, half away from zero; what is
//               left stays in the sum, so that no unit is lost or made
#pragma once

#include <cstdint>

#include "libs/core/decimal.h"

namespace tw::pnl {

using Amount = __int128;

Amount NotionalOf(Price price, Quantity quantity);

// total x part / whole. REQUIRES: 0 <= part <= whole, 0 < whole. Exactly total when part == whole.
Amount ShareOf(Amount total, Quantity part, Quantity whole);

// Sticks at the ends of Money's range.
Money ToMoney(Amount amount);

// What one unit cost: amount / quantity, half away from zero, never negative; zero for no quantity.
Price PerUnit(Amount amount, Quantity quantity);

}  // namespace tw::pnl
