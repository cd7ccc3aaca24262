// Reads limits.toml: the limits and price rules that hold before anybody changes them at run time.
//
//   collar_percent = "10"            # above 0, below 100
//   reference_age_max_ms = "5000"    # 1 to 600,000
//   own_collar_window_ms = "60000"   # 1 to 3,600,000; over which own_collar_percent looks back
//   execution_window_ms = "60000"    # the same for max_executions
//   [[limit]]                        # fields as in PUT /risk/limits; decimals as text
//   scope = "symbol"
//   symbol = "BTCUSDT"
//   max_order_quantity = "10"
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/risk/limits.h"
#include "services/risk/state.h"

namespace tw::risk {

struct LimitsFile {
  std::vector<LimitRow> rows;
  Rules rules;
  std::string hash;
};

// NotFound when the file is not there; InvalidArgument with every fault, a line each. The rows that
// all others fall back on (firm, account "*", symbol "*") must be there and complete.
absl::StatusOr<LimitsFile> LoadLimits(const std::string& path);

}  // namespace tw::risk
