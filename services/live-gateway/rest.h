// REST: the routes of live-gateway. DESIGN section 5.2.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/http/server.h"
#include "services/live-gateway/venue.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

using StatusAnswer = std::function<void(const absl::Status&)>;
using PanicAnswer = std::function<void(const absl::StatusOr<v1::PanicResponse>&)>;

// What the routes need of the service; any thread.
struct RestPorts {
  std::function<v1::GetVenueStatusResponse()> venues;
  std::function<void(const v1::PanicRequest&, PanicAnswer)> panic;
  std::function<void(const std::string& venue, bool connected, StatusAnswer)> connect;
  std::string mode;
};

//   GET /mode                 {"mode":"paper"}, or "live" where there are sessions
//   GET /exchanges/status     the venues, an array
//   POST, DELETE /panic       {"reason", "venue"}, or ?reason=&venue=: cancel all orders (of the
//                             venue) and take none; take orders again
//   POST, DELETE /exchanges/{venue}/outage   the line to a paper venue goes down; comes back
void RegisterRoutes(http::Server& server, const RestPorts& ports);

}  // namespace tw::live_gateway
