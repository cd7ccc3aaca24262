// Between the wire and exeq's values. Total functions, any thread.
#pragma once

#include <string>

#include "services/exeq/children.h"
#include "services/exeq/router.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::exeq {

namespace v1 = ::tradewind::v1;

ChildReport Decode(const v1::Execution& execution);
VenueView Decode(const v1::VenueStatus& status);

// A child as it is sent now.
Child Decode(const v1::PlaceOrder& place, const std::string& venue, Timestamp now);

// A child as it is found at its venue.
Child Decode(const v1::VenueOrder& order);

v1::ChildOrder Encode(const Child& child);
v1::Venue Encode(const v1::VenueStatus& status);

}  // namespace tw::exeq
