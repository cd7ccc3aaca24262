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

// Hands an order command over the link, held against what the caller may do.
template <typename Message>
void Send(const RestBackend& backend,
          const Request& request,
          const char* right,
          const Message& message,
          void (OrderLink::*command)(const Message&, Duration, Done<v1::Order>),
          const Responder& responder) {
  backend.forwarder.door().Through<Message, v1::Order>(
      request.caller, right, message,
      [&](const Message& admitted, Done<v1::Order> done) {
        (backend.orders.*command)(admitted, kRestTimeLeft, std::move(done));
      },
      Answer<v1::Order>(responder, RenderMessage<v1::Order>));
}

void AddOrderCommands(http::Server& server, const RestBackend& backend) {
  server.Route(
      "POST", "/api/v1/orders", [backend](const Request& request, const Responder& responder) {
        v1::SubmitOrderRequest submit;
        if (Read(request, responder, submit, OrderAliases(), true)) {
          TakeTraceparent(request, submit);
          Send(backend, request, "OrderService/SubmitOrder", submit, &OrderLink::Submit, responder);
        }
      });
  server.Route("PATCH", "/api/v1/orders/{id}",
               [backend](const Request& request, const Responder& responder) {
                 v1::ReplaceOrderRequest replace;
                 if (Read(request, responder, replace, {}, true)) {
                   replace.set_order_id(std::string(request.Param("id")));
                   TakeTraceparent(request, replace);
                   Send(backend, request, "OrderService/ReplaceOrder", replace, &OrderLink::Replace,
                        responder);
                 }
               });
  server.Route("DELETE", "/api/v1/orders/{id}",
               [backend](const Request& request, const Responder& responder) {
                 v1::CancelOrderRequest cancel;
                 cancel.set_order_id(std::string(request.Param("id")));
                 TakeTraceparent(request, cancel);
                 Send(backend, request, "OrderService/CancelOrder", cancel, &OrderLink::Cancel,
                      responder);
               });
}

}  // namespace

void RegisterOrderRoutes(http::Server& server, const RestBackend& backend) {
  Forwarder& forwarder = backend.forwarder;
  AddOrderCommands(server, backend);
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
