// Server: HTTP/1.1 with routes, limits and deferred answers, on threads of its own.
//
//   http::Server server({.host = "127.0.0.1", .port = 8099});
//   server.Route("GET", "/orders/{id}", [&](const Request& request, Responder responder) {...});
//   TW_RETURN_IF_ERROR(server.Start());
//
// Handlers run on the server's threads and must not block: whoever has to wait keeps the Responder
// and sends from wherever the answer turns up. The Request lives until the handler returns. One
// connection is served one request at a time, in order, so pipelining is safe.
//
// Answered without a handler: 400 malformed, 403 and 415 by the guard, 404, 405 with Allow, 413,
// 414, 426, 431, 500 (a handler that threw or dropped its Responder), 501 (a transfer coding other
// than chunked), 503 (too many connections), 504 (no answer in time), 505. Bodies are JsonError.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/time.h"
#include "libs/base/tls_files.h"
#include "libs/http/message.h"

namespace tw::metrics {
class Registry;
}

namespace tw::http {

class WebSocket;

struct Options {
  std::string host = "127.0.0.1";  // a numeric address
  uint16_t port = 0;               // 0: any free one, see Server::port()
  int threads = 1;

  size_t body_max = 1 << 20;     // bytes; more is 413
  size_t header_max = 16 << 10;  // bytes of request line and headers; more is 431
  size_t target_max = 8 << 10;   // bytes of the request line's target; more is 414
  int connections_max = 1024;    // one more is answered 503 and closed

  Duration read_timeout = Duration::Seconds(10);    // for a whole request, from its first byte
  Duration write_timeout = Duration::Seconds(30);   // for a whole answer
  Duration idle_timeout = Duration::Seconds(75);    // between requests
  Duration answer_timeout = Duration::Seconds(30);  // for a handler; then 504
  Duration drain_timeout = Duration::Seconds(5);    // for Stop(); then connections are cut

  // The guard against web pages of others (DESIGN 5.3). On: Host must be localhost, 127.0.0.1,
  // [::1] or one of `allowed_hosts`, else 403; an Origin with another host is 403; a body-carrying
  // or deleting method without "Content-Type: application/json" (or application/x-ndjson, text/csv:
  // types that a page of another site cannot send unasked) is 415. Off (behind sign-in): any
  // Host, an Origin must equal it.
  bool local_guard = true;
  std::vector<std::string> allowed_hosts;  // without port: "oms", "gateway"

  // HTTPS instead of HTTP; empty: plain text.
  TlsFiles tls{};

  metrics::Registry* registry = nullptr;  // for tw_http_*; may be null; outlives the server
};

// The right to answer one request, once. Copies share it. Any thread, also after the server is
// gone. When the last copy dies unused the client gets 500.
class Responder {
 public:
  // False when the request was answered before (the time-out is an answer too).
  bool Send(Response response) const;
  // Send(ErrorResponse(status)).
  bool Fail(const absl::Status& status) const;

 private:
  friend class Session;
  class Slot;
  explicit Responder(std::shared_ptr<Slot> slot);
  std::shared_ptr<Slot> slot_;
};

using Handler = std::function<void(const Request&, Responder)>;
using SyncHandler = std::function<Response(const Request&)>;
// Called on the connection's thread once the upgrade is done; set the callbacks there.
using OpenHandler = std::function<void(const Request&, std::shared_ptr<WebSocket>)>;

// A route as it was registered.
struct RouteName {
  std::string method;   // "GET"
  std::string pattern;  // "/orders/{id}"
};
// Sets the request's caller and lets it in (nullopt), or answers it. Runs on the server's threads
// before the handler; must not block.
using Gate = std::function<std::optional<Response>(const RouteName&, Request&)>;

class Server {
 public:
  explicit Server(Options options);
  // Stops it.
  ~Server();  // NOLINT(bugprone-exception-escape)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Patterns: "/orders", "/orders/{id}", "/files/{path*}" (the rest, only as last segment, and only
  // where nothing else fits). A literal segment wins over a parameter. GET serves HEAD too, OPTIONS
  // answers with Allow. REQUIRES: before Start; no pattern twice for one method.
  // `body_max` bytes of a body are taken where it is not zero, else Options::body_max.
  void Route(std::string_view method,
             std::string_view pattern,
             Handler handler,
             size_t body_max = 0);
  void Get(std::string_view pattern, SyncHandler handler);
  void RouteSync(std::string_view method, std::string_view pattern, SyncHandler handler);
  // A GET with an Upgrade to websocket; without one it is answered 426.
  void WebSocketRoute(std::string_view pattern, OpenHandler on_open);

  // Before Start; without one everybody is let in.
  void SetGate(Gate gate);
  std::vector<RouteName> Routes() const;

  // Binds and serves. Unavailable when the address is taken, InvalidArgument when it is none.
  absl::Status Start();
  // Accepts no more, lets running requests finish within drain_timeout, joins its threads. Call it
  // from any thread but the server's own; twice is harmless.
  void Stop();

  uint16_t port() const;  // the bound one, after Start
  int connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tw::http
