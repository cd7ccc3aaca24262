// When a refused request is worth another try: HTTP's Retry-After, and the trailer
// `tradewind-retry-ms` of gRPC.
#pragma once

#include <charconv>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "libs/base/time.h"

namespace tw {

inline constexpr const char* kRetryPayload = "tradewind.retry_ms";

inline absl::Status WithRetryAfter(absl::Status status, Duration wait) {
  status.SetPayload(kRetryPayload, absl::Cord(std::to_string(wait.millis())));
  return status;
}

// Zero where none was given.
inline Duration RetryAfterOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryPayload);
  if (!payload.has_value()) {
    return {};
  }
  const std::string text(*payload);
  int64_t ms = 0;
  std::from_chars(text.data(), text.data() + text.size(), ms);
  return Duration::Millis(ms);
}

}  // namespace tw
