// Ledger events to changes, figures to public messages. Doubles begin here: they are for reading.
#pragma once

#include "services/execution-quality/benchmarks.h"
#include "services/execution-quality/quality.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/events.pb.h"

namespace tw::eq {

// Times are the ledger's: one clock for arrival and fills.
OrderChange DecodeChange(const tradewind::v1::LedgerEvent& event);

// Figures that rest on an arrival mid or on a fill are empty while there is none.
tradewind::v1::OrderQuality EncodeOrder(const OrderRecord& order);
tradewind::v1::VenueQuality EncodeVenue(const VenueView& venue);
// Prices are empty where the window has nothing.
tradewind::v1::Benchmarks EncodeBenchmarks(const std::string& symbol, const BenchmarkView& view);

}  // namespace tw::eq
