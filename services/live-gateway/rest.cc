#include "services/live-gateway/rest.h"

#include <utility>

#include "libs/json/json.h"

namespace tw::live_gateway {
namespace {

void ServePanic(const RestPorts& ports,
                bool engage,
                const http::Request& request,
                const http::Responder& responder) {
  v1::PanicRequest panic;
  const absl::Status status = request.body.empty() ? json::FromParams(request.query, &panic)
                                                   : json::FromJson(request.body, &panic);
  if (!status.ok()) {
    responder.Fail(status);
    return;
  }
  panic.set_engage(engage);
  ports.panic(panic, [responder](const absl::StatusOr<v1::PanicResponse>& response) {
    if (response.ok()) {
      responder.Send(http::Json(json::ToJson(*response)));
    } else {
      responder.Fail(response.status());
    }
  });
}

}  // namespace

void RegisterRoutes(http::Server& server, const RestPorts& ports) {
  server.Get("/mode", [](const http::Request&) { return http::Json("{\"mode\":\"paper\"}"); });
  server.Get("/exchanges/status", [ports](const http::Request&) {
    return http::Json(json::ToJsonArray(ports.venues().venues()));
  });
  server.Route("POST", "/panic",
               [ports](const http::Request& request, const http::Responder& responder) {
                 ServePanic(ports, true, request, responder);
               });
  server.Route("DELETE", "/panic",
               [ports](const http::Request& request, const http::Responder& responder) {
                 ServePanic(ports, false, request, responder);
               });
}

}  // namespace tw::live_gateway
