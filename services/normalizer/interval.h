// The intervals of bars, each aligned to the epoch.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "libs/base/time.h"

namespace tw::normalizer {

struct Interval {
  std::string_view name;
  Duration span;
};

inline constexpr size_t kIntervalCount = 6;
inline constexpr std::array<Interval, kIntervalCount> kIntervals = {{
    {"1s", Duration::Seconds(1)},
    {"1m", Duration::Seconds(60)},
    {"5m", Duration::Seconds(300)},
    {"15m", Duration::Seconds(900)},
    {"1h", Duration::Seconds(3'600)},
    {"1d", Duration::Seconds(86'400)},
}};

// The position in kIntervals; nullopt for a name that is none.
constexpr std::optional<size_t> FindInterval(std::string_view name) {
  for (size_t i = 0; i < kIntervalCount; ++i) {
    if (kIntervals[i].name == name) {
      return i;
    }
  }
  return std::nullopt;
}

// The newest multiple of `span` that is not after `t`, also before 1970.
constexpr Timestamp AlignDown(Timestamp t, Duration span) {
  const int64_t rest = t.ns % span.ns;
  return {t.ns - (rest < 0 ? rest + span.ns : rest)};
}

}  // namespace tw::normalizer
