// How often a consumer of a stream is told, at most (Pump::Add): nobody is woken more often than
// what it does with the news is worth. On two shared cores a waking costs some 20 us on each side,
// more than what is in the message.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/time.h"

namespace tw::stream {

// Paces are multiples of each other where they can be, so that one waking serves several.
inline constexpr Duration kDecisionPace = Duration::Millis(5);  // orders are decided by it
inline constexpr Duration kViewPace = Duration::Millis(10);     // people and programs look at it
inline constexpr Duration kHistoryPace = Duration::Millis(20);  // stored, counted, measured

inline constexpr uint32_t kPaceMsMax = 1'000;

// What a request asks for; 0 is `usual`. INVALID_ARGUMENT above the maximum.
inline absl::StatusOr<Duration> PaceOf(uint32_t pace_ms, Duration usual) {
  if (pace_ms > kPaceMsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("pace_ms: ", pace_ms, " is not between 0 and ", kPaceMsMax));
  }
  return pace_ms == 0 ? usual : Duration::Millis(pace_ms);
}

}  // namespace tw::stream
