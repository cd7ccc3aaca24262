// Context: what every command of `tradewind` is given: where to write, whom to ask, how to end.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/base/tls_files.h"
#include "libs/http/message.h"
#include "libs/rpc/channel.h"

namespace tw::cli {

// What the program ends with; scripts rely on it.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;        // refused, or not as it should be
inline constexpr int kUsage = 2;         // the command line does not make sense
inline constexpr int kUnreachable = 69;  // a service did not answer (EX_UNAVAILABLE)

// The main thread's.
class Context {
 public:
  Context(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}

  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }

  // Set by the options that every command takes.
  std::string gateway;                      // "host:port"; empty: config::PeerAddress
  std::string token;                        // for the gateway; empty: nobody signs in
  std::string tls_dir;                      // of certificates; empty: plain text
  bool json = false;                        // machine output
  Duration timeout = Duration::Seconds(5);  // of one call
  bool progress = false;                    // err is a terminal: a line may be written over

  // "host:port" of a service's gRPC.
  std::string Address(std::string_view service) const;
  std::shared_ptr<rpc::Channel> Peer(std::string_view service) const;
  // What its HTTP is asked with: certificates, and the token for the gateway.
  TlsFiles Tls(std::string_view service) const;
  http::NameValues Headers(std::string_view service) const;

  // One call; `method` as "OrderService/GetOrder". A failure names the service and its address.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(std::string_view service,
                                const std::string& method,
                                const Request& request) const {
    absl::StatusOr<Response> response =
        Peer(service)->CallSync<Response>("tradewind.v1." + method, request, timeout);
    return response.ok() ? std::move(response)
                         : absl::StatusOr<Response>(Explain(service, response.status()));
  }

  // The same status, saying whom it came from where nobody answered.
  absl::Status Explain(std::string_view service, const absl::Status& status) const;

  // Writes the error; kUnreachable when nobody answered in time, else kFailed.
  int Fail(const absl::Status& status);
  // Writes what is wrong with the command line; kUsage.
  int Usage(const absl::Status& status);

 private:
  std::ostream& out_;
  std::ostream& err_;
};

// What the command line has chosen to run.
using Command = std::function<int(Context&)>;

// "250ms", "10s", "5m", "2h"; a bare number is seconds. 0 to 24 h. InvalidArgument for anything
// else.
absl::StatusOr<Duration> ParseSpan(const std::string& text);

}  // namespace tw::cli
