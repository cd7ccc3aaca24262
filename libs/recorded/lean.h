// Lines of QuantConnect LEAN's equity tick files to rows. Pure.
//
//   quote   ms since midnight, bid price, bid size, ask price, ask size, exchange, condition,
//   suspicious trade   ms since midnight, price, size, exchange, condition, suspicious
//
// Prices are integers of 1e-4, sizes whole shares. A quote row carries one side; the other is zero
// or empty. Rows marked suspicious are rows like any other: what was recorded is what is played.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/calendar/date.h"
#include "libs/recorded/row.h"

namespace tw::recorded {

using calendar::Date;
using calendar::kDayMs;
using calendar::ParseDate;

// A row whose time is still local; `row.time` and `row.source_seq` are not set.
struct LocalRow {
  int64_t ms_since_midnight = 0;  // 0 to kDayMs - 1
  Row row;
};

// InvalidArgument says which column is wrong and what stands there.
absl::StatusOr<LocalRow> ParseLeanQuote(std::string_view line);
absl::StatusOr<LocalRow> ParseLeanTrade(std::string_view line);

}  // namespace tw::recorded
