// HttpConnection: one kept-alive HTTP/1.1 connection to QuestDB, a request at a time.
//
// Blocking, with a time limit on connecting and on the whole round trip. A connection that the
// server closed while it lay idle is opened again once, without the caller noticing: every request
// of this project to QuestDB may be repeated. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::ilp {

struct HttpEndpoint {
  std::string host = "127.0.0.1";
  uint16_t port = 9000;
  std::string user{};  // empty: no Authorization header
  std::string password{};
  Duration connect_timeout = Duration::Seconds(2);
  Duration request_timeout = Duration::Seconds(30);
  size_t reply_bytes_max = 4u << 20;
};

struct HttpReply {
  int status = 0;
  std::string body;
};

class HttpConnection {
 public:
  explicit HttpConnection(HttpEndpoint endpoint);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // DeadlineExceeded: too slow, outcome unknown. Unavailable: could not connect, or the connection
  // broke, outcome unknown. Any HTTP status is an OK answer.
  absl::StatusOr<HttpReply> Get(std::string_view target);
  // `gzip`: the body goes compressed.
  absl::StatusOr<HttpReply> Post(std::string_view target, std::string_view body, bool gzip = false);

  const HttpEndpoint& endpoint() const { return endpoint_; }

 private:
  class Transport;

  struct Content {
    std::string_view body{};
    bool gzip = false;
  };

  // No content: GET.
  absl::StatusOr<HttpReply> RoundTrip(std::string_view target, const Content* content);

  const HttpEndpoint endpoint_;
  std::unique_ptr<Transport> transport_;  // null while not connected
};

// `text` with everything but RFC 3986's unreserved characters as %XX.
std::string UrlEncode(std::string_view text);

}  // namespace tw::ilp
