// Client: one HTTP/1.1 request at a time, blocking, with a deadline over every phase.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/base/tls_files.h"
#include "libs/http/message.h"

namespace tw::http {

struct ClientOptions {
  Duration connect_timeout = Duration::Seconds(2);
  size_t body_max = 64 << 20;  // bytes of an answer; more is ResourceExhausted
  // Empty: plain text. Else the server's certificate must be the authority's, and ours is shown
  // where there is one.
  TlsFiles tls{};
};

// A connection to one "host:port", kept alive between calls and opened again when lost. Not
// thread-safe.
class Client {
 public:
  explicit Client(std::string address, ClientOptions options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Any HTTP answer is OK here, whatever its status. Errors: InvalidArgument (address), Unavailable
  // (refused, unreachable, or closed before an answer), DeadlineExceeded (`timeout` covers name
  // look-up to last byte). After Unavailable or DeadlineExceeded the request may have been carried
  // out. Nothing is retried, except that a kept connection found closed is opened again.
  absl::StatusOr<Response> Fetch(std::string_view method,
                                 std::string_view target,
                                 std::string body,
                                 Duration timeout,
                                 const NameValues& headers = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One request on a connection of its own. A body is sent as application/json unless `headers` says
// otherwise.
absl::StatusOr<Response> Fetch(std::string_view method,
                               std::string_view address,
                               std::string_view target,
                               std::string body,
                               Duration timeout,
                               const NameValues& headers = {});

}  // namespace tw::http
