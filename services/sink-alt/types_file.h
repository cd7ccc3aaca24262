// Reads alt-types.toml: what records of a category must have.
//
//   others = true                 # categories that are not listed are taken, too
//   [[type]]
//   category = "sentiment"
//   requires = ["symbols", "value"]   # of title, body, value, symbols
//   symbols_max = 1
//   value_min = -1.0
//   value_max = 1.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/sink-alt/alt_types.h"

namespace tw::sink_alt {

// NotFound; InvalidArgument with every fault of the file on a line of its own, "FILE:LINE: ...".
absl::StatusOr<AltTypes> LoadAltTypes(const std::string& path);

}  // namespace tw::sink_alt
