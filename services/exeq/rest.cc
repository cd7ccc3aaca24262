#include "services/exeq/rest.h"

#include "libs/json/json.h"

namespace tw::exeq {

void RegisterRoutes(http::Server& server, const RouteStreams& routes, const VenueWatch& venues) {
  server.Get("/venues", [&routes, &venues](const http::Request&) {
    return http::Json(json::ToJsonArray(routes.ListVenues(venues).venues()));
  });
  server.Get("/orders/{id}", [&routes](const http::Request& request) {
    const absl::StatusOr<v1::OrderRoute> route =
        routes.desk().GetRoute(std::string(request.Param("id")));
    return route.ok() ? http::Json(json::ToJson(*route)) : http::ErrorResponse(route.status());
  });
}

}  // namespace tw::exeq
