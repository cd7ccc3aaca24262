// What executions cost and where they went, features, and the life of one order.
#include "services/gateway/rest.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {
namespace {

using http::Request;
using http::Responder;

// Runs `next` once it is sure that the order in the path is one that the caller may see.
void IfOrderIsFor(const RestBackend& backend,
                  const Request& request,
                  const Responder& responder,
                  std::function<void(const std::string& id)> next) {
  std::string id(request.Param("id"));
  if (request.caller == nullptr || request.caller->CoversAll()) {
    next(id);
    return;
  }
  v1::GetOrderRequest get;
  get.set_order_id(id);
  backend.forwarder.CallFor<v1::GetOrderRequest, v1::Order>(
      request.caller, methods::kGetOrder, get, kRestTimeLeft,
      [responder, id = std::move(id),
       next = std::move(next)](const absl::StatusOr<v1::Order>& order) {
        if (order.ok()) {
          next(id);
        } else {
          responder.Fail(order.status());
        }
      });
}

void AddQuality(http::Server& server, Forwarder& forwarder) {
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
}

void AddRouting(http::Server& server, const RestBackend& backend) {
  AddRoute<v1::ListVenuesRequest, v1::ListVenuesResponse>(
      server, backend.forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/venues",
       .method = methods::kListVenues,
       .render = [](const auto& list) { return RenderList(list.venues()); }});
  server.Route("GET", "/api/v1/orders/{id}/route",
               [backend](const Request& request, const Responder& responder) {
                 IfOrderIsFor(
                     backend, request, responder,
                     [&forwarder = backend.forwarder, responder](const std::string& id) {
                       v1::GetRouteRequest get;
                       get.set_order_id(id);
                       forwarder.Call<v1::GetRouteRequest, v1::OrderRoute>(
                           methods::kGetRoute, get, kRestTimeLeft,
                           Answer<v1::OrderRoute>(responder, RenderMessage<v1::OrderRoute>));
                     });
               });
}

void AddFeatures(http::Server& server, Forwarder& forwarder) {
  AddRoute<v1::ListFeatureDefinitionsRequest, v1::ListFeatureDefinitionsResponse>(
      server, forwarder,
      {.verb = "GET", .pattern = "/api/v1/features", .method = methods::kListFeatureDefinitions});
  AddRoute<v1::GetFeaturesRequest, v1::FeatureSet>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/features/{symbol}",
       .method = methods::kGetFeatures,
       .fill = [](const Request& request, auto& get) {
         get.set_symbol(std::string(request.Param("symbol")));
       }});
  AddRoute<v1::ListFeatureHistoryRequest, v1::ListFeatureHistoryResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/features/{symbol}/history",
       .method = methods::kListFeatureHistory,
       .render = [](const auto& list) { return RenderList(list.points()); },
       .fill = [](const Request& request,
                  auto& list) { list.set_symbol(std::string(request.Param("symbol"))); }});
}

}  // namespace

void RegisterQualityRoutes(http::Server& server, const RestBackend& backend) {
  AddQuality(server, backend.forwarder);
  AddFeatures(server, backend.forwarder);
  AddRouting(server, backend);
  server.Route("GET", "/api/v1/orders/{id}/life",
               [backend](const Request& request, const Responder& responder) {
                 IfOrderIsFor(backend, request, responder,
                              [&life = backend.life, responder](const std::string& id) {
                                life.Read(id, Answer<std::string>(responder, &http::Json));
                              });
               });
  server.Route("GET", "/api/v1/orders/{id}/trace",
               [backend](const Request& request, const Responder& responder) {
                 IfOrderIsFor(backend, request, responder,
                              [&services = backend.services, responder](const std::string& id) {
                                services.Trace(id, Answer<std::string>(responder, &http::Json));
                              });
               });
}

}  // namespace tw::gateway
