// VenueTradeIds: the fills as ptrc has them from the venue's side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/context.h"

namespace tw::cli {

struct VenueTrades {
  std::vector<std::string> ids;  // "<venue>-<venue_exec_id>" of every trade that ptrc keeps
  uint64_t older = 0;            // trades that it had and keeps no longer
};

// By its list where that shows all, else by its report of trades.
absl::StatusOr<VenueTrades> VenueTradeIds(const Context& context);

// The ids in a report of trades. DataLoss when it has no such columns.
absl::StatusOr<std::vector<std::string>> TradeIdsInReport(const std::string& csv);

}  // namespace tw::cli
