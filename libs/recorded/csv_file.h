// CSV files with a mapping.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/mapping.h"
#include "libs/recorded/source.h"

namespace tw::recorded {

// Reads a mapping file (docs/recorded-data.md). NotFound, or InvalidArgument with every fault, each
// with its line.
absl::StatusOr<Mapping> ReadMapping(const std::string& path);

// Errors as Open has them. `format`: for people.
absl::StatusOr<std::unique_ptr<RecordedSource>> OpenCsv(const std::string& path,
                                                        const Mapping& mapping,
                                                        const std::string& format);

// The first line of a text file; "" when it has none or is none.
std::string FirstLine(const std::string& path);

}  // namespace tw::recorded
