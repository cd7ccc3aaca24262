// The paper venues as configuration names them: "NAME key=value ...", a text for each venue.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/live-gateway/paper_venue.h"

namespace tw::live_gateway {

// What a text says goes before `defaults`; a venue's chance is seeded by its place in the list, so
// that no two move alike. InvalidArgument names the word at fault.
//
//   maker_bps, taker_bps  share of the notional      min_fee      of each fill, quote currency
//   to_us, from_us        latency, either way        offset_bps   its prices beside the
//   instruments' depth_percent         its depth beside theirs    reject_percent  of orders,
//   refused by chance seed                  of its market              symbols BTCUSDT+ETHUSDT; all
//   without orders                0: it only makes market data
absl::StatusOr<PaperVenueConfig> ParsePaperVenue(std::string_view text,
                                                 const PaperVenueConfig& defaults,
                                                 size_t place);

}  // namespace tw::live_gateway
