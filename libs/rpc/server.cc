#include "libs/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>

#include <atomic>
#include <chrono>
#include <mutex>

#include "google/protobuf/descriptor.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/log/scope.h"
#include "libs/rpc/awake.h"
#include "libs/rpc/channel_internal.h"
#include "libs/rpc/grpc_codec.h"
#include "libs/rpc/near_channel.h"
#include "libs/rpc/near_stream.h"
#include "libs/rpc/near_turns.h"
#include "libs/rpc/quiet_sockets.h"
#include "libs/rpc/quiet_windows.h"
#include "libs/rpc/server_calls.h"
#include "libs/rpc/tls.h"

namespace tw::rpc {
namespace {

// Registers a Service's methods with gRPC, untyped: the same calls that generated code makes, over
// raw bytes.
class ErasedService final : public grpc::Service {
 public:
  ErasedService(const tw::rpc::Service& service, const ServerOptions* options, const Gate* gate)
      : methods_(service.methods()), options_(options), gate_(gate) {
    observers_.reserve(methods_.size());
    for (size_t i = 0; i < methods_.size(); ++i) {
      const tw::rpc::Service::Method* const method = &methods_[i];
      observers_.push_back(options->observer ? options->observer(method->path.substr(1))
                                             : CallObserver());
      const CallObserver* const observer = &observers_.back();
      const bool unary = static_cast<bool>(method->unary);
      AddMethod(new grpc::internal::RpcServiceMethod(
          method->path.c_str(),
          unary ? grpc::internal::RpcMethod::NORMAL_RPC : grpc::internal::RpcMethod::BIDI_STREAMING,
          nullptr));
      if (unary) {
        MarkMethodCallback(
            static_cast<int>(i),
            new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                [this, method, observer](grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) {
                  return HandleUnary(*method, *observer, context, request, response);
                }));
      } else {
        MarkMethodCallback(
            static_cast<int>(i),
            new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                [this, method](grpc::CallbackServerContext* context) {
                  auto reactor = std::make_shared<ServerStreamReactor>(
                      context, method, options_->stream_queue_max, options_->stream_queue_bytes_max,
                      gate_);
                  ServerStreamReactor* const raw = reactor.get();
                  const TurnScope turns;
                  raw->Begin(std::move(reactor));
                  return raw;
                }));
      }
    }
  }

  const std::vector<tw::rpc::Service::Method>& methods() const { return methods_; }

 private:
  grpc::ServerUnaryReactor* HandleUnary(const tw::rpc::Service::Method& method,
                                        const CallObserver& observer,
                                        grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) {
    Awake::Note();
    const TurnScope turns;
    auto call = std::make_shared<GrpcUnaryCall>(context, response, &observer);
    grpc::ServerUnaryReactor* const reactor = call->reactor();
    if (const absl::Status refused = Admit(*gate_, method, *call); !refused.ok()) {
      call->Finish(refused, nullptr);
      return reactor;
    }
    // gRPC's own object, which nobody reads after this.
    const std::unique_ptr<Message> message =
        Unpack(const_cast<grpc::ByteBuffer&>(*request), *method.request);
    if (message == nullptr) {
      call->Finish(absl::InvalidArgumentError("malformed message"), nullptr);
    } else {
      method.unary(*message, std::move(call));
    }
    return reactor;
  }

  const std::vector<tw::rpc::Service::Method> methods_;
  std::vector<CallObserver> observers_;  // by method
  const ServerOptions* const options_;
  const Gate* const gate_;
};

}  // namespace

// A handler runs for the service that registers it, where several share a process.
template <typename Handler>
static Handler ForItsService(Handler handler) {
  return log::CurrentService() == nullptr ? handler
                                          : Handler(log::ForThisService(std::move(handler)));
}

Service::Service(const std::string& name) : name_(name) {
  TW_CHECK(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name) != nullptr);
}

void Service::AddUnary(const std::string& method, const Message* request, UnaryHandler handler) {
  methods_.push_back(
      {"/" + name_ + "/" + method, request, ForItsService(std::move(handler)), nullptr, false});
}

void Service::AddStream(const std::string& method,
                        const Message* request,
                        bool bidi,
                        StreamHandler handler) {
  methods_.push_back(
      {"/" + name_ + "/" + method, request, nullptr, ForItsService(std::move(handler)), bidi});
}

struct Server::State {
  ServerOptions options;
  Gate gate;
  std::vector<std::unique_ptr<ErasedService>> services;
  std::vector<std::string> names;
  std::unique_ptr<grpc::Server> server;
  const std::shared_ptr<NearDoor> door = std::make_shared<NearDoor>();
  std::shared_ptr<NearHost> near;
  int port = 0;
};

Server::Server(ServerOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}

Server::~Server() {
  Stop();
}

void Server::Add(const Service& service) {
  // A name that is wrong would be found by nobody until the first call.
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service.name());
  for (const Service::Method& method : service.methods()) {
    TW_CHECK(descriptor->FindMethodByName(method.path.substr(method.path.rfind('/') + 1)) !=
             nullptr);
  }
  state_->services.push_back(
      std::make_unique<ErasedService>(service, &state_->options, &state_->gate));
  state_->names.push_back(service.name());
}

void Server::SetGate(Gate gate) {
  state_->gate = std::move(gate);
}

std::vector<std::string> Server::Methods() const {
  std::vector<std::string> paths;
  for (const auto& service : state_->services) {
    for (const Service::Method& method : service->methods()) {
      paths.push_back(method.path.substr(1));
    }
  }
  return paths;
}

absl::Status Server::Start() {
  static std::once_flag plugins;
  std::call_once(plugins, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
  const ServerOptions& options = state_->options;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second copy must not share the port
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);  // nobody looks at them
  UseQuietSockets();
  FixWindows(builder);
  builder.AddListeningPort(options.host + ":" + std::to_string(options.port),
                           ServerCredentials(options.tls), &state_->port);
  int socket = 1;
  if (!options.socket.empty()) {
    builder.AddListeningPort("unix:" + options.socket, grpc::InsecureServerCredentials(), &socket);
  }
  for (const auto& service : state_->services) {
    builder.RegisterService(service.get());
  }
  state_->server = builder.BuildAndStart();
  if (state_->server == nullptr || state_->port == 0) {
    state_->server.reset();
    return absl::UnavailableError("cannot listen on " + options.host + ":" +
                                  std::to_string(options.port) + ": the port is taken");
  }
  if (socket == 0) {
    state_->server.reset();
    return absl::UnavailableError("cannot listen on the socket " + options.socket);
  }
  SetServing(false);
  state_->near = std::make_shared<NearHost>(&options, &state_->gate);
  for (const auto& service : state_->services) {
    for (const Service::Method& method : service->methods()) {
      state_->near->Offer(&method);
    }
  }
  state_->door->Set(InProcessChannel(), state_->near);
  return absl::OkStatus();
}

int Server::port() const {
  return state_->port;
}

void Server::SetServing(bool serving) {
  if (state_->server == nullptr) {
    return;
  }
  grpc::HealthCheckServiceInterface* const health = state_->server->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const std::string& name : state_->names) {
    health->SetServingStatus(name, serving);
  }
}

void Server::Stop(Duration grace) {
  if (state_->server == nullptr) {
    return;
  }
  const int64_t deadline_ns = MonotonicNanos() + grace.ns;
  state_->door->Set(nullptr, nullptr);
  state_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::nanoseconds(grace.ns));
  state_->near->Close(deadline_ns);
  state_->server->Wait();
  state_->server.reset();
}

std::shared_ptr<Channel> Server::InProcessChannel() {
  const ChannelOptions options;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  return WrapGrpcChannel(state_->server->InProcessChannel(arguments), options);
}

std::shared_ptr<Channel> Server::NearChannelOr(std::shared_ptr<Channel> far) const {
  return std::make_shared<NearChannel>(state_->door, std::move(far));
}

}  // namespace tw::rpc
