// A gRPC server (callback API) with reflection, grpc.health.v1, limits and a drain at the end.
//
//   rpc::Service orders("tradewind.v1.OrderService");
//   orders.Unary<v1::GetOrderRequest, v1::Order>("GetOrder", [&](const auto& request, auto reply) {
//   reply.Send(...); }); rpc::Server server(options); server.Add(orders);
//   TW_RETURN_IF_ERROR(server.Start());
//
// Handlers run on gRPC's threads, several at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/base/tls_files.h"
#include "libs/rpc/call.h"

namespace tw::rpc {

class Channel;

using CallObserver = std::function<void(absl::StatusCode, Duration)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;                     // 0: one that is free
  std::string socket;               // the path of a Unix socket that it listens on too; "": none
  TlsFiles tls{};                   // of the port, not of the socket; empty: plain text
  int max_message_bytes = 4 << 20;  // of a request
  int max_metadata_bytes = 16 << 10;
  int max_streams_per_connection = 1024;    // calls open at a time on one connection
  size_t stream_queue_max = 1024;           // messages waiting on one stream
  size_t stream_queue_bytes_max = 8 << 20;  // of those, but for the last one
  // Asked once a unary method ("tradewind.v1.OrderService/GetOrder") for what is to be told of each
  // of its calls: the outcome and how long it took, before the answer leaves. May be empty.
  std::function<CallObserver(const std::string&)> observer;
};

// A set of handlers for one service of the proto package. Methods without a handler answer
// UNIMPLEMENTED.
class Service {
 public:
  // `name` in full. REQUIRES: it is in the linked protos.
  explicit Service(const std::string& name);

  template <typename Request, typename Response>
  void Unary(const std::string& method,
             std::function<void(const Request&, Reply<Response>)> handler) {
    AddUnary(
        method, &Request::default_instance(),
        [handler = std::move(handler)](const Message& request, std::shared_ptr<UnaryCall> call) {
          handler(static_cast<const Request&>(request), Reply<Response>(std::move(call)));
        });
  }

  // One request, many answers. The handler sets OnWritable and OnClosed on the stream and may write
  // at once.
  template <typename Request, typename Response>
  void ServerStream(const std::string& method,
                    std::function<void(const Request&, Stream<Response, Request>)> handler) {
    AddStream(
        method, &Request::default_instance(), false,
        [handler = std::move(handler)](const Message* request, std::shared_ptr<StreamCore> core) {
          handler(static_cast<const Request&>(*request),
                  Stream<Response, Request>(std::move(core)));
        });
  }

  // Messages both ways. The handler sets the callbacks; reading starts when it returns. A client
  // that half-closes ends the stream with OK after what is queued.
  template <typename Request, typename Response>
  void Bidi(const std::string& method, std::function<void(Stream<Response, Request>)> handler) {
    AddStream(method, &Request::default_instance(), true,
              [handler = std::move(handler)](const Message*, std::shared_ptr<StreamCore> core) {
                handler(Stream<Response, Request>(std::move(core)));
              });
  }

  using UnaryHandler = std::function<void(const Message&, std::shared_ptr<UnaryCall>)>;
  using StreamHandler = std::function<void(const Message*, std::shared_ptr<StreamCore>)>;

  struct Method {
    std::string path;        // "/tradewind.v1.OrderService/GetOrder"
    const Message* request;  // prototype
    UnaryHandler unary;      // one of the two is set
    StreamHandler stream;
    bool bidi = false;
  };

  const std::string& name() const { return name_; }
  const std::vector<Method>& methods() const { return methods_; }

 private:
  void AddUnary(const std::string& method, const Message* request, UnaryHandler handler);
  void AddStream(const std::string& method,
                 const Message* request,
                 bool bidi,
                 StreamHandler handler);

  std::string name_;
  std::vector<Method> methods_;
};

// Lets a call in, as whom, or says why not. `method` is "tradewind.v1.OrderService/GetOrder". Runs
// on gRPC's threads before the request is read; must not block.
using Gate = std::function<absl::StatusOr<std::shared_ptr<const auth::Caller>>(
    const std::string& method, const CallContext&)>;

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();  // Stop()

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before Start.
  void Add(const Service& service);
  // Before Start; without one everybody is let in. Reflection and health are outside of it.
  void SetGate(Gate gate);
  // What has been added, "tradewind.v1.OrderService/GetOrder".
  std::vector<std::string> Methods() const;

  // Unavailable when the port cannot be had.
  absl::Status Start();
  int port() const;

  // What grpc.health.v1 answers: NOT_SERVING until told otherwise.
  void SetServing(bool serving);

  // Takes no new calls, gives open ones until the deadline, then cancels them. Idempotent.
  void Stop(Duration grace = Duration::Seconds(2));

  // A channel to this server that uses no socket. REQUIRES: it has started.
  std::shared_ptr<Channel> InProcessChannel();
  // The same for whoever may be there before this server and outlive it: `far` (this server's
  // address, for one) stands in while it does not serve. Any thread.
  std::shared_ptr<Channel> NearChannelOr(std::shared_ptr<Channel> far) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tw::rpc
