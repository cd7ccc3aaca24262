// Short names for the ticks of these tests.
#pragma once

#include <gtest/gtest.h>

#include "libs/core/decimal.h"
#include "services/normalizer/tick.h"
#include "tests/seed.h"

namespace tw::normalizer::testing {

inline Price P(int64_t units) {
  return Price::FromUnits(units);
}
inline Quantity Q(int64_t units) {
  return Quantity::FromUnits(units);
}

// Seconds since 1970.
inline Timestamp T(int64_t seconds) {
  return {seconds * 1'000'000'000};
}
inline Trade MakeTrade(Timestamp time, uint64_t seq, int64_t price, int64_t quantity) {
  return {.place = {.time = time, .source_seq = seq}, .price = P(price), .quantity = Q(quantity)};
}

}  // namespace tw::normalizer::testing
