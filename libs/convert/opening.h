// An account's opening between the ledger's event and libs/core's value. Total functions. Any
// thread.
#pragma once

#include <optional>

#include "libs/core/opening.h"
#include "tradewind/v1/events.pb.h"

namespace tw {

// The opening of an OPENING_IMPORTED event; nullopt for any other kind.
std::optional<Opening> DecodeOpening(const tradewind::v1::LedgerEvent& event);

// Everything of the event but its sequence and time.
void EncodeOpening(const Opening& opening, tradewind::v1::LedgerEvent& event);

}  // namespace tw
