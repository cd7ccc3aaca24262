// Rows of QuestDB's table `features`. Pure functions, any thread.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/ilp/line_buffer.h"
#include "services/feature-pipeline/state.h"

namespace tw::features {

// `timestamp` is the time at which the value was known, so that an ASOF JOIN never looks ahead;
// `event_time` is the end of its bar or the time of its quote.
absl::Status AddRows(const std::vector<FeatureRow>& rows,
                     std::string_view venue,
                     ilp::LineBuffer& out);

}  // namespace tw::features
