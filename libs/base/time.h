// Timestamp and Duration: 64-bit nanoseconds. Cores take `Timestamp now` as an argument; only
// shells hold a Clock.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tw {

// A signed span of time in nanoseconds; +-292 years.
struct Duration {
  int64_t ns = 0;

  static constexpr Duration Nanos(int64_t n) { return {n}; }
  static constexpr Duration Micros(int64_t n) { return {n * 1'000}; }
  static constexpr Duration Millis(int64_t n) { return {n * 1'000'000}; }
  static constexpr Duration Seconds(int64_t n) { return {n * 1'000'000'000}; }

  constexpr int64_t millis() const { return ns / 1'000'000; }
  // tidy: analytics, for metrics and messages
  constexpr double seconds() const { return static_cast<double>(ns) / 1e9; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
  friend constexpr Duration operator*(Duration a, int64_t n) { return {a.ns * n}; }
};

// Nanoseconds since 1970-01-01T00:00:00Z. Zero means "not set".
struct Timestamp {
  int64_t ns = 0;

  constexpr bool IsSet() const { return ns != 0; }

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.ns + d.ns}; }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return {t.ns - d.ns}; }
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return {a.ns - b.ns}; }
};

// RFC 3339, UTC, nine decimals: "2026-11-23T14:47:48.000000001Z". Years 1678 to 2262.
std::string FormatRfc3339(Timestamp t);

// Reads what FormatRfc3339 writes, with zero to nine decimals and "Z" or a +hh:mm offset.
absl::StatusOr<Timestamp> ParseRfc3339(std::string_view text);

}  // namespace tw
