// Reads an optional decimal of a request into a Price, Quantity or Money.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"

namespace tw {

// Empty: `out`, stays as it is. INVALID_ARGUMENT that names `field`
// unless the number is above zero.
template <typename Number>
absl::Status ReadAboveZero(const std::string& text, const char* field, Number& out) {
  if (text.empty()) {
    return absl::OkStatus();
  }
  const absl::StatusOr<Number> number = Number::Parse(text);
  if (!number.ok() || *number <= Number()) {
    return FieldError(field, "must be a decimal above zero");
  }
  out = *number;
  return absl::OkStatus();
}
template <typename Number>
absl::Status ReadAboveZero(const std::string& text, const char* field, std::optional<Number>& out) {
  Number number;
  TW_RETURN_IF_ERROR(ReadAboveZero(text, field, number));
  out = text.empty() ? out : number;
  return absl::OkStatus();
}

}  // namespace tw
