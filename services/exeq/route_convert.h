// Between the wire (and the journal) and the values of routing. Any thread.
#pragma once

#include "absl/status/statusor.h"
#include "services/exeq/routing/route_order.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::exeq {

namespace v1 = ::tradewind::v1;

RouteTerms DecodeRoute(const v1::PlaceOrder& order);

// What a report says about a leg; nullopt for one that is about none.
std::optional<LegReport> DecodeLeg(const v1::Execution& execution);
// Puts what oms is to be told in place of what the venue said.
void Encode(const Told& told, v1::Execution& execution);

v1::VenueCommand Encode(const LegRequest& request);

// The journal. `taken`: the execution a report is from.
v1::RouteFact Encode(const Fact& fact, const v1::Execution* taken);
// DataLoss for anything that Encode does not write.
absl::StatusOr<Fact> Decode(const v1::RouteFact& fact);

}  // namespace tw::exeq
