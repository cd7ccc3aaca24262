// REST: the routes of exeq. DESIGN section 5.2.
#pragma once

#include "libs/http/server.h"
#include "services/exeq/route_streams.h"
#include "services/exeq/venue_watch.h"

namespace tw::exeq {

// Both outlive the server.
//
//   GET /venues        an array
//   GET /orders/{id}   the order's children at the venues
void RegisterRoutes(http::Server& server, const RouteStreams& routes, const VenueWatch& venues);

}  // namespace tw::exeq
