// ImportOpening: rows of cash and lots checked, as openings for the engine, and what came of it.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/config/accounts.h"
#include "libs/core/instrument.h"
#include "libs/core/opening.h"
#include "services/oms/requests.h"
#include "tradewind/v1/order.pb.h"

namespace tw::oms {

inline constexpr int kOpeningRowsMax = 1'000;
inline constexpr size_t kOpeningAccountsMax = 100;
inline constexpr int kOpeningFaultsMax = 20;  // named in one answer

// By account, lots by symbol and age. InvalidArgument with a line for each fault: "line 3: price:
// must be a decimal above zero".
absl::StatusOr<std::vector<Opening>> DecodeOpenings(const v1::ImportOpeningRequest& request,
                                                    const Accounts& accounts,
                                                    const Instruments& instruments);

// The openings as they are answered.
v1::ImportOpeningResponse EncodeImported(const std::vector<Opening>& openings,
                                         const Imported& imported);

// Any thread. `done` runs exactly once, perhaps before the call returns.
void ImportOpening(Engine& engine,
                   const Accounts& accounts,
                   const Instruments& instruments,
                   const v1::ImportOpeningRequest& request,
                   const Done<v1::ImportOpeningResponse>& done);

}  // namespace tw::oms
