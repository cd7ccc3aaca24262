// What the REST routes share: reading a request into a message, and shaping the answer.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "libs/http/server.h"
#include "libs/json/json.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

// HTTP has no deadline of the caller's.
inline constexpr Duration kRestTimeLeft = kCallMax;

// {"type", "order_type"} both ways: /orders and /check name the same thing differently.
inline const json::ReadOptions& OrderAliases() {
  static const json::ReadOptions options{{{"order_type", "type"}}};
  return options;
}
inline const json::ReadOptions& CheckAliases() {
  static const json::ReadOptions options{{{"type", "order_type"}}};
  return options;
}

// Reads the body, or the query where there is none, into `out`; answers an error itself. Methods
// whose body says everything refuse an empty one.
template <typename Message>
bool Read(const http::Request& request,
          const http::Responder& responder,
          Message& out,
          const json::ReadOptions& options = {},
          bool body_required = false) {
  const absl::Status status = body_required || !request.body.empty()
                                  ? json::FromJson(request.body, &out, options)
                                  : json::FromParams(request.query, &out, options);
  if (!status.ok()) {
    responder.Fail(status);
  }
  return status.ok();
}

template <typename Response>
using Render = std::function<http::Response(const Response&)>;

template <typename Response>
http::Response RenderMessage(const Response& response) {
  return http::Json(json::ToJson(response));
}

// A bare array with the next cursor in X-Next.
template <typename List>
http::Response RenderList(const List& list, const std::string& next = "") {
  http::Response response = http::Json(json::ToJsonArray(list));
  if (!next.empty()) {
    response.headers.emplace_back("X-Next", next);
  }
  return response;
}

template <typename Response>
Done<Response> Answer(const http::Responder& responder, Render<Response> render) {
  return [responder, render = std::move(render)](const absl::StatusOr<Response>& result) {
    if (result.ok()) {
      responder.Send(render(*result));
    } else {
      responder.Fail(result.status());
    }
  };
}

// Puts what stands in the path into the message.
template <typename Request>
using Fill = std::function<void(const http::Request&, Request&)>;

// One route that is forwarded to its owner.
template <typename Request, typename Response>
struct ForwardRoute {
  const char* verb = "";
  std::string pattern;
  const Method<Request, Response>& method;
  Render<Response> render = RenderMessage<Response>;
  Fill<Request> fill = nullptr;
  json::ReadOptions options{};
  bool body_required = false;
};

template <typename Request, typename Response>
void AddRoute(http::Server& server,
              Forwarder& forwarder,
              const ForwardRoute<Request, Response>& route) {
  server.Route(route.verb, route.pattern,
               [&forwarder, route](const http::Request& request, const http::Responder& responder) {
                 Request message;
                 if (!Read(request, responder, message, route.options, route.body_required)) {
                   return;
                 }
                 if (route.fill) {
                   route.fill(request, message);
                 }
                 forwarder.CallFor<Request, Response>(request.caller, route.method, message,
                                                      kRestTimeLeft,
                                                      Answer<Response>(responder, route.render));
               });
}

}  // namespace tw::gateway
