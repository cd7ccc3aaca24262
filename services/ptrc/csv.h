// Reports as CSV (RFC 4180): a header line, then a line each; fields with a comma, quote or line
// break are quoted.
#pragma once

#include <string>
#include <vector>

#include "services/pnl/portfolio.h"
#include "services/ptrc/breaks.h"
#include "services/ptrc/trade.h"

namespace tw::ptrc {

std::string CsvLine(const std::vector<std::string>& fields);

std::string TradesCsv(const std::vector<Trade>& trades);
std::string PositionsCsv(const std::vector<pnl::PositionView>& positions);
std::string BreaksCsv(const std::vector<Break>& breaks);

}  // namespace tw::ptrc
