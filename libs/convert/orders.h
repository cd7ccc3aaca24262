// The public messages of orders, fills and risk answers from the ledger's events. The ledger
// carries 1e-8 integers and nanoseconds, the public door decimal strings and timestamps.
//
// Total functions: an event is a fact, so every event has its public form. Any thread.
#pragma once

#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/order.pb.h"

namespace tw {

// The order as it stands after `event`. `price` and `stop_price` are "0" where the order has none,
// `average_fill_price` is "0" before the first fill. `duplicate` is left to the caller.
tradewind::v1::Order PublicOrder(const tradewind::v1::LedgerEvent& event);

// Whether such an event changes what is filled: a fill, or a trade that was busted or corrected.
bool IsFill(tradewind::v1::OrderEventKind kind);

// The fill that `event` reports, at the venue's time, or the ledger's where the venue gave none.
// REQUIRES: IsFill(event.kind()).
tradewind::v1::Fill PublicFill(const tradewind::v1::LedgerEvent& event);

// The event as the order stream shows it, with its fill where it has one. `previous_sequence`
// belongs to the subscription and is left to the caller.
tradewind::v1::OrderEvent PublicEvent(const tradewind::v1::LedgerEvent& event);

tradewind::v1::RiskCheck PublicCheck(const tradewind::v1::RiskCheckResult& check,
                                     int64_t decided_ns);

// Risk's whole answer as PreviewOrder gives it.
tradewind::v1::PreviewOrderResponse PublicPreview(const tradewind::v1::RiskDecision& decision);

}  // namespace tw
