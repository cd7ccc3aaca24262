// Between messages and ptrc's values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/pnl/fifo_lots.h"
#include "services/ptrc/reconciler.h"
#include "services/ptrc/surveillance.h"
#include "services/ptrc/trade.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/post_trade.pb.h"

namespace tw::ptrc {

// The trade of a FILLED report; nullopt for any other kind.
// What it books: nothing, a trade, one that is taken back, or, corrected, both.
std::vector<Trade> DecodeVenueTrades(const tradewind::v1::Execution& execution);
// The fill of a FILLED event; nullopt for any other kind.
std::optional<Trade> DecodeOmsFill(const tradewind::v1::LedgerEvent& event);

// What pnl shows; absent positions are flat. InvalidArgument when a quantity is no decimal.
absl::StatusOr<PositionMap> DecodePositions(const tradewind::v1::ListPositionsResponse& response);

tradewind::v1::Trade EncodeTrade(const Trade& trade, bool matched);
tradewind::v1::Lot EncodeLot(const std::string& account,
                             const std::string& symbol,
                             const pnl::Lot& lot);

tradewind::v1::Break EncodeBreak(const Break& b);
tradewind::v1::SurveillanceAlert EncodeAlert(const Alert& alert);

}  // namespace tw::ptrc
