// A LEAN equity tick file: .../equity/usa/tick/<symbol>/<yyyymmdd>_{quote,trade}.zip, times on
// New York's clock.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/source.h"

namespace tw::recorded {

// REQUIRES: a path of that form. An empty `symbol`: the name of the file's folder. Errors as Open
// has them.
absl::StatusOr<std::unique_ptr<RecordedSource>> OpenLeanEquityTicks(const std::string& path,
                                                                    const std::string& symbol);

}  // namespace tw::recorded
