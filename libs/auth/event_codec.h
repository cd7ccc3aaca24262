// The bytes of an event in the journal: one JSON object.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/auth/directory.h"

namespace tw::auth {

std::string Encode(const Event& event);
// DataLoss for bytes that Encode did not make.
absl::StatusOr<Event> Decode(std::string_view bytes);

}  // namespace tw::auth
