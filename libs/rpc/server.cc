#include "libs/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>

#include "google/protobuf/descriptor.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/log/scope.h"
#include "libs/rpc/awake.h"
#include "libs/rpc/channel_internal.h"
#include "libs/rpc/grpc_codec.h"
#include "libs/rpc/near_channel.h"

namespace tw::rpc {
namespace {

void AttachField(grpc::CallbackServerContext& context, const absl::Status& status) {
  const std::string field = FieldOf(status);
  if (!field.empty()) {
    context.AddTrailingMetadata(kFieldTrailer, field);
  }
}

// The unary call behind Reply: owns itself through the shared_ptr that the handler holds.
class GrpcUnaryCall final : public UnaryCall {
 public:
  GrpcUnaryCall(grpc::CallbackServerContext* context,
                grpc::ByteBuffer* response,
                const ServerOptions* options,
                std::string path)
      : context_(context),
        response_(response),
        options_(options),
        path_(std::move(path)),
        reactor_(context->DefaultReactor()),
        start_ns_(MonotonicNanos()) {}

  ~GrpcUnaryCall() override {
    if (!finished_.load()) {
      Finish(absl::InternalError("the request was dropped without an answer"), nullptr);
    }
  }

  void Finish(const absl::Status& status, const Message* response) override {
    if (finished_.exchange(true)) {
      return;
    }
    if (status.ok()) {
      *response_ = Pack(*response);
    } else {
      AttachField(*context_, status);
    }
    if (options_->observer) {
      options_->observer(path_.substr(1), status.code(), Duration{MonotonicNanos() - start_ns_});
    }
    reactor_->Finish(ToGrpc(status));
  }

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  std::string peer() const override { return context_->peer(); }
  std::string metadata(const std::string& name) const override {
    return FindMetadata(context_->client_metadata(), name);
  }
  bool IsCancelled() const override { return context_->IsCancelled(); }
  Duration TimeLeft() const override { return TimeLeftOf(*context_); }

 private:
  grpc::CallbackServerContext* const context_;
  grpc::ByteBuffer* const response_;
  const ServerOptions* const options_;
  const std::string path_;
  grpc::ServerUnaryReactor* const reactor_;
  const int64_t start_ns_;
  std::atomic<bool> finished_{false};
};

// One stream of the server. gRPC holds a raw pointer until OnDone; `self_` keeps the object alive
// until then.
class ServerStreamReactor final
    : public StreamCore,
      public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  ServerStreamReactor(grpc::CallbackServerContext* context,
                      const Service::Method* method,
                      size_t queue_max)
      : context_(context), method_(method), queue_max_(queue_max) {}

  void Begin(std::shared_ptr<ServerStreamReactor> self) {
    self_ = std::move(self);
    if (method_->bidi) {
      method_->stream(nullptr, self_);
    }
    StartRead(&incoming_);
  }

  bool Write(const Message& message) override { return Enqueue(Pack(message)); }
  bool WritePacked(const std::string& head, const SharedBytes& body) override {
    return Enqueue(PackParts(head, body));
  }

  size_t queued() const override {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

  void Finish(const absl::Status& status) override {
    {
      const std::lock_guard lock(mutex_);
      if (finish_requested_) {
        return;
      }
      finish_requested_ = true;
      finish_status_ = status;
    }
    MaybeFinish();
  }

  void Cancel() override {
    const std::lock_guard lock(mutex_);
    if (!done_) {
      context_->TryCancel();
    }
  }

  void PauseReads() override {
    const std::lock_guard lock(mutex_);
    paused_ = true;
  }

  void ResumeReads() override {
    // Under the lock, which MaybeFinish takes too: gRPC forgets the call once it has finished.
    const std::lock_guard lock(mutex_);
    paused_ = false;
    if (read_held_ && !finished_) {
      read_held_ = false;
      StartRead(&incoming_);
    }
  }

  std::string peer() const override { return context_->peer(); }
  std::string metadata(const std::string& name) const override {
    return FindMetadata(context_->client_metadata(), name);
  }
  bool IsCancelled() const override { return context_->IsCancelled(); }
  Duration TimeLeft() const override { return TimeLeftOf(*context_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      OnHalfClosed();
      return;
    }
    Awake::Note();
    const std::unique_ptr<Message> message = Unpack(incoming_, *method_->request);
    if (message == nullptr) {
      Finish(absl::InvalidArgumentError("malformed message"));
      return;
    }
    incoming_.Clear();
    if (!method_->bidi) {
      got_request_ = true;
      method_->stream(message.get(), self_);
      return;  // one request only; OnCancel tells when the client goes away
    }
    if (on_message) {
      on_message(*message);
    }
    {
      const std::lock_guard lock(mutex_);
      if (finish_requested_) {
        return;
      }
      if (paused_) {
        read_held_ = true;
        return;
      }
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    const grpc::ByteBuffer* next = nullptr;
    bool tell = false;
    {
      const std::lock_guard lock(mutex_);
      queue_.pop_front();
      if (!ok) {
        cancelled_ = true;
        queue_.clear();
      }
      writing_ = !queue_.empty();
      next = writing_ ? &queue_.front() : nullptr;
      if (ok && starved_ && queue_.size() <= queue_max_ / 2) {
        starved_ = false;
        tell = true;
      }
    }
    if (next != nullptr) {
      StartWrite(next);
    }
    if (tell && on_writable) {
      on_writable();
    }
    MaybeFinish();
  }

  void OnCancel() override {
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (!finish_requested_) {
        finish_requested_ = true;
        finish_status_ = absl::CancelledError("cancelled");
      }
    }
    MaybeFinish();
  }

  void OnDone() override {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;  // gRPC frees the context after this
    }
    if (on_closed) {
      on_closed(finish_status_);
    }
    on_message = nullptr;
    on_half_close = nullptr;
    on_writable = nullptr;
    on_closed = nullptr;
    self_.reset();  // may delete this
  }

 private:
  bool Enqueue(grpc::ByteBuffer packed) {
    const grpc::ByteBuffer* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_ || finish_requested_) {
        return false;
      }
      if (queue_.size() >= queue_max_) {
        starved_ = true;
        return false;
      }
      queue_.push_back(std::move(packed));
      if (writing_) {
        return true;
      }
      writing_ = true;
      next = &queue_.front();
    }
    StartWrite(next);
    return true;
  }

  void OnHalfClosed() {
    if (!method_->bidi) {
      if (!got_request_) {
        Finish(absl::InvalidArgumentError("no request was sent"));
      }
    } else if (on_half_close) {
      on_half_close();
    } else {
      Finish(absl::OkStatus());
    }
  }

  void MaybeFinish() {
    {
      const std::lock_guard lock(mutex_);
      if (!finish_requested_ || finished_ || writing_ || (!queue_.empty() && !cancelled_)) {
        return;
      }
      finished_ = true;
    }
    AttachField(*context_, finish_status_);
    grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>::Finish(ToGrpc(finish_status_));
  }

  grpc::CallbackServerContext* const context_;
  const Service::Method* const method_;
  const size_t queue_max_;
  std::shared_ptr<ServerStreamReactor> self_;
  grpc::ByteBuffer incoming_;
  bool got_request_ = false;

  mutable std::mutex mutex_;
  std::deque<grpc::ByteBuffer> queue_;  // front is being written while writing_
  bool writing_ = false;
  bool starved_ = false;  // a Write was refused for want of room
  bool paused_ = false;
  bool read_held_ = false;  // the next read waits for ResumeReads
  bool cancelled_ = false;
  bool finish_requested_ = false;
  bool finished_ = false;
  bool done_ = false;
  absl::Status finish_status_;
};

// Registers a Service's methods with gRPC, untyped: the same calls that generated code makes, over
// raw bytes.
class ErasedService final : public grpc::Service {
 public:
  ErasedService(const tw::rpc::Service& service, const ServerOptions* options)
      : methods_(service.methods()), options_(options) {
    for (size_t i = 0; i < methods_.size(); ++i) {
      const tw::rpc::Service::Method* const method = &methods_[i];
      const bool unary = static_cast<bool>(method->unary);
      AddMethod(new grpc::internal::RpcServiceMethod(
          method->path.c_str(),
          unary ? grpc::internal::RpcMethod::NORMAL_RPC : grpc::internal::RpcMethod::BIDI_STREAMING,
          nullptr));
      if (unary) {
        MarkMethodCallback(
            static_cast<int>(i),
            new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                [this, method](grpc::CallbackServerContext* context,
                               const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
                  return HandleUnary(*method, context, request, response);
                }));
      } else {
        MarkMethodCallback(
            static_cast<int>(i),
            new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                [this, method](grpc::CallbackServerContext* context) {
                  auto reactor = std::make_shared<ServerStreamReactor>(context, method,
                                                                       options_->stream_queue_max);
                  ServerStreamReactor* const raw = reactor.get();
                  raw->Begin(std::move(reactor));
                  return raw;
                }));
      }
    }
  }

 private:
  grpc::ServerUnaryReactor* HandleUnary(const tw::rpc::Service::Method& method,
                                        grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) {
    Awake::Note();
    auto call = std::make_shared<GrpcUnaryCall>(context, response, options_, method.path);
    grpc::ServerUnaryReactor* const reactor = call->reactor();
    grpc::ByteBuffer bytes = *request;  // shares the slices
    const std::unique_ptr<Message> message = Unpack(bytes, *method.request);
    if (message == nullptr) {
      call->Finish(absl::InvalidArgumentError("malformed message"), nullptr);
    } else {
      method.unary(*message, std::move(call));
    }
    return reactor;
  }

  const std::vector<tw::rpc::Service::Method> methods_;
  const ServerOptions* const options_;
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
  std::vector<std::unique_ptr<ErasedService>> services;
  std::vector<std::string> names;
  std::unique_ptr<grpc::Server> server;
  const std::shared_ptr<NearDoor> door = std::make_shared<NearDoor>();
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
  state_->services.push_back(std::make_unique<ErasedService>(service, &state_->options));
  state_->names.push_back(service.name());
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
  builder.AddListeningPort(options.host + ":" + std::to_string(options.port),
                           grpc::InsecureServerCredentials(), &state_->port);
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
  state_->door->Set(InProcessChannel());
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
  state_->door->Set(nullptr);
  state_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::nanoseconds(grace.ns));
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
