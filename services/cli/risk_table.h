// The columns of one check of the pre-trade gate, for `risk check` and `why`.
#pragma once

#include <vector>

#include "services/cli/print.h"

namespace tw::cli {

inline const std::vector<Column>& RiskCheckColumns() {
  static const std::vector<Column> columns = {
      {"name", "CHECK"}, {"passed", "PASSED"},     {"input", "INPUT"}, {"limit", "LIMIT"},
      {"used", "USED"},  {"headroom", "HEADROOM"}, {"level", "LEVEL"}, {"reason", "REASON"}};
  return columns;
}

}  // namespace tw::cli
