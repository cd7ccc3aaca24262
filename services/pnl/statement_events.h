// Ledger events as a statement takes them.
#pragma once

#include <optional>

#include "services/pnl/statement.h"
#include "tradewind/v1/events.pb.h"

namespace tw::pnl {

// The fill of a FILLED event, or of one that takes back or corrects; nullopt for any other kind.
std::optional<StatementFill> DecodeStatementFill(const tradewind::v1::LedgerEvent& event);

}  // namespace tw::pnl
