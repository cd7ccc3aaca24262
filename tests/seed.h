// Seeds of the property tests. TRADEWIND_TEST_SEED=N repeats a run; tests/run --nightly gives each
// test labelled `seeds` many of them. Every run prints its seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace tw {

// The given one, else `usual`: for tests that should do the same work each day.
inline uint64_t TestSeed(uint64_t usual) {
  const char* text = std::getenv("TRADEWIND_TEST_SEED");
  const uint64_t seed = text == nullptr ? usual : std::strtoull(text, nullptr, 10);
  std::cout << "TRADEWIND_TEST_SEED=" << seed << " repeats this\n";
  return seed;
}

// The given one, else another one each time.
inline uint64_t TestSeed() {
  return TestSeed(
      static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
}

}  // namespace tw
