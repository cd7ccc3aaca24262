// What executions cost, and the life of one order.
#include "services/gateway/rest.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {

using http::Request;
using http::Responder;

void RegisterQualityRoutes(http::Server& server, const RestBackend& backend) {
  Forwarder& forwarder = backend.forwarder;
  AddRoute<v1::GetOrderQualityRequest, v1::OrderQuality>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/execution/orders/{id}",
       .method = methods::kGetOrderQuality,
       .fill = [](const Request& request, auto& get) {
         get.set_order_id(std::string(request.Param("id")));
       }});
  AddRoute<v1::ListVenueQualityRequest, v1::ListVenueQualityResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/execution/venues",
       .method = methods::kListVenueQuality,
       .render = [](const auto& list) { return RenderList(list.venues()); }});
  AddRoute<v1::GetBenchmarksRequest, v1::Benchmarks>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/execution/benchmarks/{symbol}",
       .method = methods::kGetBenchmarks,
       .fill = [](const Request& request, auto& get) {
         get.set_symbol(std::string(request.Param("symbol")));
       }});
  server.Route("GET", "/api/v1/orders/{id}/life",
               [&life = backend.life](const Request& request, const Responder& responder) {
                 life.Read(std::string(request.Param("id")),
                           Answer<std::string>(responder, [](const std::string& text) {
                             return http::Json(text);
                           }));
               });
  server.Route("GET", "/api/v1/orders/{id}/trace",
               [&services = backend.services](const Request& request, const Responder& responder) {
                 services.Trace(std::string(request.Param("id")),
                                Answer<std::string>(responder, [](const std::string& text) {
                                  return http::Json(text);
                                }));
               });
}

}  // namespace tw::gateway
