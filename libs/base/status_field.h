// The request field at fault, carried inside an absl::Status: the reader of a request attaches it,
// the HTTP and RPC doors show it ({"code", "message", "field"}).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/types/optional.h"

namespace tw {

inline constexpr char kFieldPayload[] = "tradewind.v1/field";

// `status` with `field` attached ("price", "records[3].time"). An OK status stays as it is.
inline absl::Status WithField(absl::Status status, std::string_view field) {
  status.SetPayload(kFieldPayload, absl::Cord(std::string(field)));
  return status;
}

// The field attached by WithField; empty when there is none.
inline std::string FieldOf(const absl::Status& status) {
  const absl::optional<absl::Cord> field = status.GetPayload(kFieldPayload);
  return field.has_value() ? std::string(*field) : std::string();
}

}  // namespace tw
