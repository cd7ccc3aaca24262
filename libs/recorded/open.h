// Open: finds out what a recording is, by its path and its content, and opens it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/source.h"

namespace tw::recorded {

// `symbol`: in place of the one that the path or the mapping tells; "" for that one. `mapping`: the
// file that says what the columns of a CSV file mean; "": <path>.toml where there is one. NotFound:
// no such file. InvalidArgument: no format that is known, with the formats that are; or a file that
// is not what its name says.
absl::StatusOr<std::unique_ptr<RecordedSource>> Open(const std::string& path,
                                                     const std::string& symbol = "",
                                                     const std::string& mapping = "");

}  // namespace tw::recorded
