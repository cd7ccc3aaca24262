// Ledger events to fills, views to public messages.
#pragma once

#include <optional>

#include "services/pnl/fill.h"
#include "services/pnl/history.h"
#include "services/pnl/portfolio.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/portfolio.pb.h"

namespace tw::pnl {

// The fill of a FILLED event; nullopt for any other kind. Its time is the venue's, or the ledger's
// where the venue gave none.
std::optional<Fill> DecodeFill(const tradewind::v1::LedgerEvent& event);

tradewind::v1::Position EncodePosition(const PositionView& view);

// Without positions.
tradewind::v1::Pnl EncodePnl(const AccountView& view, Timestamp time, uint64_t ledger_sequence);

}  // namespace tw::pnl
