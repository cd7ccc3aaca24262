// The two sides of a book, and where each stands in an array of two.
#pragma once

#include <cstddef>

#include "libs/core/types.h"

namespace tw::live_gateway {

inline constexpr Side kSides[] = {Side::kBuy, Side::kSell};

inline size_t Index(Side side) {
  return side == Side::kBuy ? 0 : 1;
}

}  // namespace tw::live_gateway
