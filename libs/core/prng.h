// Prng: xoshiro256** seeded by splitmix64. The same seed gives the same numbers on every machine
// and every standard library, which std::uniform_int_distribution does not. Not for secrets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "libs/base/check.h"

namespace tw {

class Prng {
 public:
  explicit Prng(uint64_t seed) {
    for (uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15ULL;
      uint64_t z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9ULL;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
      word = z ^ (z >> 31);
    }
  }

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Evenly from 0 to n - 1. REQUIRES: n > 0.
  uint64_t Below(uint64_t n) {
    TW_CHECK(n > 0);
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * n) >> 64);
  }
  // Evenly from low to high, both inclusive. REQUIRES: low <= high, high - low < 2^63.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  // True `percent` times out of a hundred.
  bool Percent(uint64_t percent) { return Below(100) < percent; }

 private:
  std::array<uint64_t, 4> state_{};
};

}  // namespace tw
