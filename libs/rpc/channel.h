// A client's connection to one peer: unary calls with deadlines and long-lived streams. Reconnects
// by itself.
//
//   auto oms = rpc::Channel::Create("127.0.0.1:50099");
//   oms->Call<v1::GetOrderRequest, v1::Order>("tradewind.v1.OrderService/GetOrder", request,
//   Duration::Seconds(1),
//                                             [](absl::StatusOr<v1::Order> order) { ... });
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/base/tls_files.h"
#include "libs/log/scope.h"
#include "libs/rpc/call.h"

namespace tw::rpc {

struct ChannelOptions {
  int max_message_bytes = 16 << 20;          // of a response
  size_t stream_queue_max = 4096;            // messages waiting on one stream
  size_t stream_queue_bytes_max = 64 << 20;  // of those, but for the last one
  TlsFiles tls{};                            // empty, or a Unix socket: plain text
  std::string authorization{};               // metadata that goes with every call; empty: none
};

// For the rest of the process's life one thread runs all callbacks and handlers, instead of the two
// of a machine with few cores: a message then costs one wake-up, not two. For a process whose
// handlers never wait for a disk or for each other. Call it before the first channel.
void UseOneCallbackThread();

// Any thread. Callbacks run on gRPC's threads.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  virtual ~Channel() = default;

  // `address` is "host:port" or "unix:path". Connects when first used.
  static std::shared_ptr<Channel> Create(const std::string& address, ChannelOptions options = {});

  // The callback runs exactly once. A late answer is DEADLINE_EXCEEDED: the outcome is then
  // unknown.
  template <typename Request, typename Response>
  void Call(const std::string& method,
            const Request& request,
            Duration timeout,
            std::function<void(absl::StatusOr<Response>)> done) {
    auto response = std::make_shared<Response>();
    Message* const raw = response.get();
    CallErased(method, request, timeout, raw,
               log::ForThisService([response = std::move(response),
                                    done = std::move(done)](const absl::Status& status) {
                 if (status.ok()) {
                   done(std::move(*response));
                 } else {
                   done(status);
                 }
               }));
  }

  // Blocks; not for gRPC's own threads.
  template <typename Response, typename Request>
  absl::StatusOr<Response> CallSync(const std::string& method,
                                    const Request& request,
                                    Duration timeout) {
    Response response;
    const absl::Status status = CallSyncErased(method, request, timeout, &response);
    if (!status.ok()) {
      return status;
    }
    return response;
  }

  // Opens a stream (bidirectional, or server streaming: write the one request and Finish). `setup`
  // sets the callbacks and may write. on_closed follows exactly once. `metadata` goes out with the
  // call.
  template <typename Request, typename Response>
  Stream<Request, Response> Open(
      const std::string& method,
      const std::function<void(const Stream<Request, Response>&)>& setup,
      const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
    return Stream<Request, Response>(OpenErased(
        method, &Response::default_instance(),
        [&setup](const std::shared_ptr<StreamCore>& core) {
          setup(Stream<Request, Response>(core));
        },
        metadata));
  }

 protected:
  friend class NearChannel;  // passes calls on to another channel
  virtual void CallErased(const std::string& method,
                          const Message& request,
                          Duration timeout,
                          Message* response,
                          std::function<void(const absl::Status&)> done) = 0;
  virtual absl::Status CallSyncErased(const std::string& method,
                                      const Message& request,
                                      Duration timeout,
                                      Message* response) = 0;
  virtual std::shared_ptr<StreamCore> OpenErased(
      const std::string& method,
      const Message* response,
      const std::function<void(const std::shared_ptr<StreamCore>&)>& setup,
      const std::vector<std::pair<std::string, std::string>>& metadata) = 0;
};

}  // namespace tw::rpc
