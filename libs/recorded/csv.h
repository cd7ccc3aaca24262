// Lines of separated values, and the numbers in them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tw::recorded {

// The fields of one line. One that begins with a quotation mark ends with one, and holds doubled
// ones (RFC 4180); a line is a record, so none holds a line end. `fields` are valid until `line` or
// `scratch` change. InvalidArgument for a quotation mark out of place.
absl::Status SplitCsv(std::string_view line,
                      char delimiter,
                      std::string& scratch,
                      std::vector<std::string_view>& fields);

enum class Excess : uint8_t { kRefuse, kRound };  // of decimals beyond the eighth

// A plain decimal ("12", "-0.5", "24.426957669999997") times 10^shift, in units of 1e-8; rounded
// half away from zero where that is asked for. InvalidArgument: no such number, or out of range.
absl::StatusOr<int64_t> ScaledE8(std::string_view text, int shift, Excess excess);

// A fault of one column: "price: expected a decimal, found \"x\"".
absl::Status ColumnFault(std::string_view column, std::string_view wanted, std::string_view found);

}  // namespace tw::recorded
