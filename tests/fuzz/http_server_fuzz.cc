// Any bytes on a connection of a real server: it answers in HTTP or closes, and serves the next
// one.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "libs/http/server.h"
#include "libs/http/websocket.h"
#include "tests/fuzz/fuzz.h"

namespace {

// Never destroyed: its thread runs until the process ends.
tw::http::Server& Server() {
  static tw::http::Server* const server = [] {
    tw::http::Options options;
    options.body_max = 4096;
    options.header_max = 2048;
    options.target_max = 512;
    auto* made = new tw::http::Server(options);
    made->Get("/hello", [](const tw::http::Request&) { return tw::http::Json("{}"); });
    made->Get("/echo/{id}", [](const tw::http::Request& request) {
      return tw::http::JsonError(400, "INVALID_ARGUMENT", request.Param("id"),
                                 request.Query("q").value_or(""));
    });
    made->RouteSync("POST", "/body",
                    [](const tw::http::Request& request) { return tw::http::Json(request.body); });
    made->WebSocketRoute("/ws",
                         [](const tw::http::Request&, std::shared_ptr<tw::http::WebSocket> ws) {
                           ws->OnMessage([weak = std::weak_ptr(ws)](std::string_view text) {
                             if (const auto open = weak.lock()) {
                               open->Send(std::string(text));
                             }
                           });
                         });
    TW_CHECK(made->Start().ok());
    return made;
  }();
  return *server;
}

int Connect() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  TW_CHECK(fd >= 0);
  // Reset at the end, so that no port waits for the network's slowest packet.
  const linger now{.l_onoff = 1, .l_linger = 0};
  TW_CHECK(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  TW_CHECK(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(Server().port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  TW_CHECK(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  return fd;
}

// Everything the server says until it closes. We have closed our side: it may not wait for more.
std::string Talk(std::string_view bytes) {
  const int fd = Connect();
  (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  std::string said;
  char buffer[4096];
  ssize_t n = 0;
  while ((n = ::recv(fd, buffer, sizeof(buffer), 0)) > 0) {
    said.append(buffer, static_cast<size_t>(n));
  }
  TW_CHECK(n == 0 || errno != EAGAIN);  // it hangs
  ::close(fd);
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string said = Talk(tw::fuzz::Text(data, size));
  TW_CHECK(said.empty() || said.rfind("HTTP/1.1 ", 0) == 0);
  static int runs = 0;
  if (++runs % 100 == 0) {
    TW_CHECK(Talk("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n").rfind("HTTP/1.1 200 ", 0) == 0);
  }
  return 0;
}
