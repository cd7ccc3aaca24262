// An absl::Status that knows which request field is at fault: HTTP bodies and gRPC trailers show
// it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace tw {

inline constexpr const char* kFieldPayload = "tradewind.field";

// InvalidArgument with the message "<field>: <what>" and the field attached.
inline absl::Status FieldError(std::string_view field, std::string_view what) {
  absl::Status status = absl::InvalidArgumentError(std::string(field) + ": " + std::string(what));
  status.SetPayload(kFieldPayload, absl::Cord(std::string(field)));
  return status;
}

// The field at fault, or "" where none was named.
inline std::string FieldOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kFieldPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace tw
