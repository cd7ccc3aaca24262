#include "services/exeq/rest.h"

#include "libs/json/json.h"

namespace tw::exeq {

void RegisterRoutes(http::Server& server, const RouteStreams& routes, const VenueWatch& venues) {
  server.Get("/venues", [&venues](const http::Request&) {
    return http::Json(json::ToJsonArray(venues.List().venues()));
  });
  server.Get("/orders/{id}", [&routes](const http::Request& request) {
    const absl::StatusOr<v1::OrderRoute> route = routes.GetRoute(std::string(request.Param("id")));
    return route.ok() ? http::Json(json::ToJson(*route)) : http::ErrorResponse(route.status());
  });
}

}  // namespace tw::exeq
