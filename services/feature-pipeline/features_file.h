// Reads features.toml: which features there are, and for which symbols and timeframes.
//
//   [[feature]]
//   name = "sma_20"        # [a-z0-9_]{1,48}, and its outputs, are distinct
//   kind = "sma"           # see definition.cc
//   n = 20                 # parameters of the kind; each has a default
//
//   [[set]]
//   name = "trend"
//   symbols = ["*"]        # of instruments.toml; "*": all
//   timeframes = ["1m"]    # where made of bars
//   features = ["sma_20"]
//   history = true         # written to QuestDB
//   sample_ms = 1000       # how often, where made of quotes; default 1000
//   stale_ms = 5000        # older is flagged; default three times the timeframe, quotes 5000
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "services/feature-pipeline/definition.h"

namespace tw::features {

// NotFound; InvalidArgument with every fault of the file on a line of its own, "FILE:LINE: ...".
absl::StatusOr<FeatureConfig> LoadFeatures(const std::string& path, const Instruments& instruments);

}  // namespace tw::features
