#include "services/oms/rest.h"

#include "libs/http/message.h"
#include "libs/json/json.h"
#include "libs/trace/context.h"
#include "tradewind/v1/portfolio.pb.h"

namespace tw::oms {
namespace {

using http::Request;
using http::Responder;

constexpr Duration kPositionsTimeout = Duration::Seconds(2);

template <typename Message>
Done<Message> Answer(const Responder& responder) {
  return [responder](const absl::StatusOr<Message>& result) {
    if (result.ok()) {
      responder.Send(http::Json(json::ToJson(*result)));
    } else {
      responder.Fail(result.status());
    }
  };
}

// A bare array with the next cursor in X-Next.
template <typename List>
http::Response ListResponse(const List& list, const std::string& next) {
  http::Response response = http::Json(json::ToJsonArray(list));
  if (!next.empty()) {
    response.headers.emplace_back("X-Next", next);
  }
  return response;
}

// Reads the body, or the query where the method carries none, into a message; answers the error
// itself.
template <typename Message>
bool Read(const Request& request,
          const Responder& responder,
          Message& out,
          const json::ReadOptions& options = {}) {
  const bool has_body = request.method == "POST" || request.method == "PATCH";
  const absl::Status status = has_body ? json::FromJson(request.body, &out, options)
                                       : json::FromParams(request.query, &out, options);
  if (!status.ok()) {
    responder.Fail(status);
  }
  return status.ok();
}

const json::ReadOptions& OrderAliases() {
  static const json::ReadOptions options{{{"order_type", "type"}}};
  return options;
}

// The command line's word for the outcome.
const json::ReadOptions& ResolveAliases() {
  static const json::ReadOptions options{{{"as", "outcome"}}};
  return options;
}

void ListFillsOf(Requests& requests,
                 const v1::ListFillsRequest& fills,
                 const Responder& responder) {
  requests.ListFills(fills, [responder](const absl::StatusOr<v1::ListFillsResponse>& result) {
    if (result.ok()) {
      responder.Send(ListResponse(result->fills(), result->next()));
    } else {
      responder.Fail(result.status());
    }
  });
}

void RegisterOrders(http::Server& server, Requests& requests) {
  server.Route("POST", "/orders", [&requests](const Request& request, const Responder& responder) {
    v1::SubmitOrderRequest submit;
    if (Read(request, responder, submit, OrderAliases())) {
      if (submit.traceparent().empty()) {
        submit.set_traceparent(std::string(request.Header(trace::kHeader).value_or("")));
      }
      requests.Submit(submit, Answer<v1::Order>(responder));
    }
  });
  server.Route("POST", "/orders/preview",
               [&requests](const Request& request, const Responder& responder) {
                 v1::SubmitOrderRequest submit;
                 if (Read(request, responder, submit, OrderAliases())) {
                   requests.Preview(submit, Answer<v1::PreviewOrderResponse>(responder));
                 }
               });
  server.Route("POST", "/orders/batch",
               [&requests](const Request& request, const Responder& responder) {
                 v1::SubmitOrdersRequest submit;
                 if (Read(request, responder, submit)) {
                   requests.SubmitBatch(submit, Answer<v1::SubmitOrdersResponse>(responder));
                 }
               });
  server.Route("POST", "/orders/linked",
               [&requests](const Request& request, const Responder& responder) {
                 v1::SubmitLinkedOrdersRequest submit;
                 if (Read(request, responder, submit)) {
                   requests.SubmitLinked(submit, Answer<v1::LinkedOrders>(responder));
                 }
               });
  server.Route("GET", "/orders", [&requests](const Request& request, const Responder& responder) {
    v1::ListOrdersRequest list;
    if (Read(request, responder, list)) {
      requests.List(list, [responder](const absl::StatusOr<v1::ListOrdersResponse>& result) {
        if (result.ok()) {
          responder.Send(ListResponse(result->orders(), result->next()));
        } else {
          responder.Fail(result.status());
        }
      });
    }
  });
  server.Route("DELETE", "/orders",
               [&requests](const Request& request, const Responder& responder) {
                 v1::CancelAllOrdersRequest cancel;
                 if (Read(request, responder, cancel)) {
                   requests.CancelAll(cancel, Answer<v1::CancelAllOrdersResponse>(responder));
                 }
               });
}

void RegisterOrder(http::Server& server, Requests& requests) {
  server.Route("GET", "/orders/{id}",
               [&requests](const Request& request, const Responder& responder) {
                 v1::GetOrderRequest get;
                 get.set_order_id(std::string(request.Param("id")));
                 requests.Get(get, Answer<v1::Order>(responder));
               });
  server.Route("PATCH", "/orders/{id}",
               [&requests](const Request& request, const Responder& responder) {
                 v1::ReplaceOrderRequest replace;
                 if (Read(request, responder, replace)) {
                   replace.set_order_id(std::string(request.Param("id")));
                   requests.Replace(replace, Answer<v1::Order>(responder));
                 }
               });
  server.Route("DELETE", "/orders/{id}",
               [&requests](const Request& request, const Responder& responder) {
                 v1::CancelOrderRequest cancel;
                 cancel.set_order_id(std::string(request.Param("id")));
                 requests.Cancel(cancel, Answer<v1::Order>(responder));
               });
  server.Route("POST", "/orders/{id}/resolve",
               [&requests](const Request& request, const Responder& responder) {
                 v1::ResolveOrderRequest resolve;
                 if (Read(request, responder, resolve, ResolveAliases())) {
                   resolve.set_order_id(std::string(request.Param("id")));
                   requests.Resolve(resolve, Answer<v1::Order>(responder));
                 }
               });
  server.Route("GET", "/orders/{id}/fills",
               [&requests](const Request& request, const Responder& responder) {
                 v1::ListFillsRequest fills;
                 if (Read(request, responder, fills)) {
                   fills.set_order_id(std::string(request.Param("id")));
                   ListFillsOf(requests, fills, responder);
                 }
               });
  server.Route("GET", "/fills", [&requests](const Request& request, const Responder& responder) {
    v1::ListFillsRequest fills;
    if (Read(request, responder, fills)) {
      ListFillsOf(requests, fills, responder);
    }
  });
}

}  // namespace

void RegisterRoutes(http::Server& server, Requests& requests, std::shared_ptr<rpc::Channel> pnl) {
  RegisterOrders(server, requests);
  RegisterOrder(server, requests);
  server.Route("GET", "/positions", [pnl](const Request& request, const Responder& responder) {
    v1::ListPositionsRequest list;
    if (!Read(request, responder, list)) {
      return;
    }
    pnl->Call<v1::ListPositionsRequest, v1::ListPositionsResponse>(
        "tradewind.v1.PortfolioService/ListPositions", list, kPositionsTimeout,
        [responder](const absl::StatusOr<v1::ListPositionsResponse>& result) {
          if (result.ok()) {
            responder.Send(ListResponse(result->positions(), ""));
          } else {
            responder.Fail(result.status());
          }
        });
  });
}

}  // namespace tw::oms
