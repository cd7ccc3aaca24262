// Between the wire and the paper venue's values. Decoding can fail (InvalidArgument naming the
// field), encoding cannot. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/live-gateway/exchange.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

namespace v1 = ::tradewind::v1;

inline constexpr const char* kPaperVenue = "PAPER";

// A command as it came in, with what the gates before the venue look at.
struct Incoming {
  Command command;
  std::string venue;             // empty: any that trades the symbol
  uint64_t kill_generation = 0;  // of a PlaceOrder: under which it was approved
};

// Refused: texts longer than any that oms makes. Unknown enum numbers of a place are left for the
// venue to refuse as unspecified, so that the order gets its answer.
absl::StatusOr<Incoming> Decode(const v1::VenueCommand& command);

// Reports as they are journaled. Price and quantity of an execution are a report's: of the fill,
// what was canceled, otherwise the order's limit and total.
v1::VenueReport Encode(const Report& report, const std::string& venue);
absl::StatusOr<Report> Decode(const v1::VenueReport& report);

v1::VenueOrder Encode(const OwnOrder& order, const std::string& venue);

// An order as it is about to leave for a session, as it is journaled.
v1::PlaceChild EncodeSent(const PlaceOrder& order, const std::string& venue);

}  // namespace tw::live_gateway
