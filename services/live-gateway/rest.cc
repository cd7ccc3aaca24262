#include "services/live-gateway/rest.h"

#include <string>
#include <string_view>
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
  server.Get("/mode", [mode = ports.mode](const http::Request&) {
    return http::Json("{\"mode\":\"" + mode + "\"}");
  });
  for (const char* method : {"POST", "DELETE"}) {
    server.Route(method, "/exchanges/{venue}/outage",
                 [ports, connected = std::string_view(method) == "DELETE"](
                     const http::Request& request, const http::Responder& responder) {
                   const std::string venue(request.Param("venue"));
                   ports.connect(
                       venue, connected, [responder, venue, connected](const absl::Status& status) {
                         if (!status.ok()) {
                           responder.Fail(status);
                           return;
                         }
                         responder.Send(http::Json("{\"venue\":\"" + venue + "\",\"connected\":" +
                                                   (connected ? "true" : "false") + "}"));
                       });
                 });
  }
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
