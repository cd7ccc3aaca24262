// Short names for the ticks of these tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "libs/core/decimal.h"
#include "services/normalizer/tick.h"

namespace tw::normalizer::testing {

inline Price P(int64_t units) {
  return Price::FromUnits(units);
}
inline Quantity Q(int64_t units) {
  return Quantity::FromUnits(units);
}
// Printed; TRADEWIND_TEST_SEED repeats a run.
inline uint64_t Seed() {
  const char* const text = std::getenv("TRADEWIND_TEST_SEED");
  const uint64_t seed =
      text != nullptr
          ? std::strtoull(text, nullptr, 10)
          : static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::cout << "seed " << seed << " (TRADEWIND_TEST_SEED repeats it)\n";
  return seed;
}

// Seconds since 1970.
inline Timestamp T(int64_t seconds) {
  return {seconds * 1'000'000'000};
}
inline Trade MakeTrade(Timestamp time, uint64_t seq, int64_t price, int64_t quantity) {
  return {.place = {.time = time, .source_seq = seq}, .price = P(price), .quantity = Q(quantity)};
}

}  // namespace tw::normalizer::testing
