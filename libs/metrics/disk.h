// The volume that a service's data folder lies on.
#pragma once

#include <string>

#include "libs/metrics/metrics.h"

namespace tw::metrics {

// tw_data_free_bytes and tw_data_size_bytes, in bytes, read at each Text(); what is kept for root
// is not free. A folder that cannot be asked about shows as 0 and 0. Once a registry.
void AddDiskMetrics(Registry& registry, const std::string& folder);

}  // namespace tw::metrics
