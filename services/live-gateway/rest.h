// REST: the routes of live-gateway. DESIGN section 5.2.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "libs/http/server.h"
#include "services/live-gateway/venue.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

using PanicAnswer = std::function<void(const absl::StatusOr<v1::PanicResponse>&)>;

// What the routes need of the service; any thread.
struct RestPorts {
  std::function<v1::GetVenueStatusResponse()> venues;
  std::function<void(const v1::PanicRequest&, PanicAnswer)> panic;
};

//   GET /mode                 {"mode":"paper"}
//   GET /exchanges/status     the venues, an array
//   POST, DELETE /panic       {"reason"}, or ?reason=: cancel all orders and take none; take orders
//                             again
void RegisterRoutes(http::Server& server, const RestPorts& ports);

}  // namespace tw::live_gateway
