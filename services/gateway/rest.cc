#include "services/gateway/rest.h"

#include "libs/trace/context.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {
namespace {

using http::Request;
using http::Responder;

// From the header, where the body has none.
template <typename Message>
void TakeTraceparent(const Request& request, Message& message) {
  if (message.traceparent().empty()) {
    message.set_traceparent(std::string(request.Header(trace::kHeader).value_or("")));
  }
}

void AddOrderCommands(http::Server& server, OrderLink& orders) {
  server.Route("POST", "/api/v1/orders",
               [&orders](const Request& request, const Responder& responder) {
                 v1::SubmitOrderRequest submit;
                 if (Read(request, responder, submit, OrderAliases(), true)) {
                   TakeTraceparent(request, submit);
                   orders.Submit(submit, kRestTimeLeft,
                                 Answer<v1::Order>(responder, RenderMessage<v1::Order>));
                 }
               });
  server.Route("PATCH", "/api/v1/orders/{id}",
               [&orders](const Request& request, const Responder& responder) {
                 v1::ReplaceOrderRequest replace;
                 if (Read(request, responder, replace, {}, true)) {
                   replace.set_order_id(std::string(request.Param("id")));
                   TakeTraceparent(request, replace);
                   orders.Replace(replace, kRestTimeLeft,
                                  Answer<v1::Order>(responder, RenderMessage<v1::Order>));
                 }
               });
  server.Route("DELETE", "/api/v1/orders/{id}",
               [&orders](const Request& request, const Responder& responder) {
                 v1::CancelOrderRequest cancel;
                 cancel.set_order_id(std::string(request.Param("id")));
                 TakeTraceparent(request, cancel);
                 orders.Cancel(cancel, kRestTimeLeft,
                               Answer<v1::Order>(responder, RenderMessage<v1::Order>));
               });
}

}  // namespace

void RegisterOrderRoutes(http::Server& server, const RestBackend& backend) {
  Forwarder& forwarder = backend.forwarder;
  AddOrderCommands(server, backend.orders);
  AddRoute<v1::SubmitOrderRequest, v1::PreviewOrderResponse>(server, forwarder,
                                                             {.verb = "POST",
                                                              .pattern = "/api/v1/orders/preview",
                                                              .method = methods::kPreviewOrder,
                                                              .options = OrderAliases(),
                                                              .body_required = true});
  AddRoute<v1::SubmitOrdersRequest, v1::SubmitOrdersResponse>(server, forwarder,
                                                              {.verb = "POST",
                                                               .pattern = "/api/v1/orders/batch",
                                                               .method = methods::kSubmitOrders,
                                                               .body_required = true});
  AddRoute<v1::SubmitLinkedOrdersRequest, v1::LinkedOrders>(server, forwarder,
                                                            {.verb = "POST",
                                                             .pattern = "/api/v1/orders/linked",
                                                             .method = methods::kSubmitLinkedOrders,
                                                             .body_required = true});
  AddRoute<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
      server, forwarder,
      {.verb = "DELETE", .pattern = "/api/v1/orders", .method = methods::kCancelAllOrders});
  AddRoute<v1::ListOrdersRequest, v1::ListOrdersResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/orders",
       .method = methods::kListOrders,
       .render = [](const auto& list) { return RenderList(list.orders(), list.next()); }});
  AddRoute<v1::GetOrderRequest, v1::Order>(server, forwarder,
                                           {.verb = "GET",
                                            .pattern = "/api/v1/orders/{id}",
                                            .method = methods::kGetOrder,
                                            .fill = [](const Request& request, auto& get) {
                                              get.set_order_id(std::string(request.Param("id")));
                                            }});
  const Render<v1::ListFillsResponse> fills = [](const auto& list) {
    return RenderList(list.fills(), list.next());
  };
  AddRoute<v1::ListFillsRequest, v1::ListFillsResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/orders/{id}/fills",
       .method = methods::kListFills,
       .render = fills,
       .fill = [](const Request& request, auto& list) {
         list.set_order_id(std::string(request.Param("id")));
       }});
  AddRoute<v1::ListFillsRequest, v1::ListFillsResponse>(
      server, forwarder,
      {.verb = "GET", .pattern = "/api/v1/fills", .method = methods::kListFills, .render = fills});
}

void RegisterPortfolioRoutes(http::Server& server, const RestBackend& backend) {
  Forwarder& forwarder = backend.forwarder;
  AddRoute<v1::ListPositionsRequest, v1::ListPositionsResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/positions",
       .method = methods::kListPositions,
       .render = [](const auto& list) { return RenderList(list.positions()); }});
  for (const char* const pattern : {"/api/v1/pnl", "/api/v1/pnl/realtime"}) {
    AddRoute<v1::GetPnlRequest, v1::Pnl>(
        server, forwarder, {.verb = "GET", .pattern = pattern, .method = methods::kGetPnl});
  }
  AddRoute<v1::ListPnlHistoryRequest, v1::ListPnlHistoryResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/pnl/history",
       .method = methods::kListPnlHistory,
       .render = [](const auto& list) { return RenderList(list.points()); }});
  AddRoute<v1::ListLotsRequest, v1::ListLotsResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/lots",
       .method = methods::kListLots,
       .render = [](const auto& list) { return RenderList(list.lots()); }});
  AddRoute<v1::ListTradesRequest, v1::ListTradesResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/trades",
       .method = methods::kListTrades,
       .render = [](const auto& list) { return RenderList(list.trades()); }});
}

void RegisterRest(http::Server& server, const RestBackend& backend) {
  RegisterOrderRoutes(server, backend);
  RegisterParentRoutes(server, backend);
  RegisterRiskRoutes(server, backend);
  RegisterPortfolioRoutes(server, backend);
  RegisterMarketRoutes(server, backend);
  RegisterQualityRoutes(server, backend);
}

}  // namespace tw::gateway
