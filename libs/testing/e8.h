// kE8: one whole unit in the fields that end in _e8.
#pragma once

#include <cstdint>

#include "libs/core/decimal.h"

namespace tw::testing {

inline constexpr int64_t kE8 = kDecimalScale;

}  // namespace tw::testing
