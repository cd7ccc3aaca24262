// A LEAN equity tick file: .../equity/usa/tick/<symbol>/<yyyymmdd>_{quote,trade}.zip, times on
// New York's clock.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/recorded/lean.h"
#include "libs/recorded/source.h"

namespace tw::recorded {

// What the path of a LEAN archive tells. InvalidArgument: its name does not begin with a date.
struct LeanName {
  std::string file;    // "20131007_trade.zip"
  std::string symbol;  // upper case: `symbol`, or the name of the file's folder
  Date date;
  bool quotes = false;
};
absl::StatusOr<LeanName> ReadLeanName(const std::string& path, const std::string& symbol);

// REQUIRES: a path of that form. An empty `symbol`: the name of the file's folder. Errors as Open
// has them.
absl::StatusOr<std::unique_ptr<RecordedSource>> OpenLeanEquityTicks(const std::string& path,
                                                                    const std::string& symbol);

}  // namespace tw::recorded
