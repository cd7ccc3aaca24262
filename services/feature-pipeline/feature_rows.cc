#include "services/feature-pipeline/feature_rows.h"

#include "libs/base/status_macros.h"

namespace tw::features {

absl::Status AddRows(const std::vector<FeatureRow>& rows,
                     std::string_view venue,
                     ilp::LineBuffer& out) {
  for (const FeatureRow& row : rows) {
    TW_RETURN_IF_ERROR(out.Table("features")
                           .Symbol("venue", venue)
                           .Symbol("symbol", row.symbol)
                           .Symbol("timeframe", row.timeframe)
                           .Symbol("name", row.name)
                           .Double("value", row.value)
                           .Time("event_time", row.event_time)
                           .At(row.known));
  }
  return absl::OkStatus();
}

}  // namespace tw::features
