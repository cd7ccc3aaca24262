// The callback API, as libs/rpc uses it.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>

#include <atomic>

#include "bench/floor/servers.h"

namespace tw::floor {
namespace {

using grpc::ByteBuffer;
using Stub = grpc::TemplatedGenericStub<ByteBuffer, ByteBuffer>;

// A stream without a next server. Reads on once its answer is out: the next message may be here
// before gRPC says that the last write is done, and it takes one write at a time.
class EchoStream final : public grpc::ServerBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  EchoStream() { StartRead(&in_); }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    out_ = in_;
    StartWrite(&out_);
  }
  void OnWriteDone(bool) override { StartRead(&in_); }  // which fails when the client is gone
  void OnDone() override { delete this; }

 private:
  ByteBuffer in_;
  ByteBuffer out_;
};

// A stream that goes on to the next server. It reads on once both writes of a message are out.
// `ends_` counts the two sides; the last one deletes.
class RelayStream final : public grpc::ServerBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  explicit RelayStream(Stub& next) : next_(*this) {
    next.PrepareBidiStreamingCall(&next_.context, kStreamMethod, grpc::StubOptions(), &next_);
    next_.AddHold();  // writes start on this side's callbacks
    next_.StartRead(&next_.in);
    next_.StartCall();
    StartRead(&in_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) {
      next_.context.TryCancel();
      next_.RemoveHold();
      return;
    }
    next_.out = in_;
    next_.StartWrite(&next_.out);
  }
  void OnWriteDone(bool) override { Written(); }
  void OnDone() override { SideEnded(); }

 private:
  struct Next final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
    explicit Next(RelayStream& relay) : relay_(relay) {}
    void OnReadDone(bool ok) override {
      if (ok) {
        relay_.out_ = in;
        relay_.StartWrite(&relay_.out_);
        StartRead(&in);
      }
    }
    void OnWriteDone(bool) override { relay_.Written(); }
    void OnDone(const grpc::Status&) override {
      relay_.Finish(grpc::Status::OK);
      relay_.SideEnded();
    }
    RelayStream& relay_;
    grpc::ClientContext context;
    ByteBuffer in;
    ByteBuffer out;
  };

  void Written() {
    if (writes_.fetch_add(1) % 2 == 1) {
      StartRead(&in_);
    }
  }
  void SideEnded() {
    if (ends_.fetch_add(1) == 1) {
      delete this;
    }
  }

  Next next_;
  ByteBuffer in_;
  ByteBuffer out_;
  std::atomic<unsigned> writes_{0};
  std::atomic<int> ends_{0};
};

class Echo final : public grpc::Service {
 public:
  explicit Echo(std::shared_ptr<grpc::Channel> next) {
    if (next != nullptr) {
      next_ = std::make_unique<Stub>(std::move(next));
    }
    AddMethod(new grpc::internal::RpcServiceMethod(kUnaryMethod,
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodCallback(
        0, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
               [this](grpc::CallbackServerContext* context, const ByteBuffer* request,
                      ByteBuffer* response) { return Unary(*context, *request, *response); }));
    AddMethod(new grpc::internal::RpcServiceMethod(
        kStreamMethod, grpc::internal::RpcMethod::BIDI_STREAMING, nullptr));
    MarkMethodCallback(1, new grpc::internal::CallbackBidiHandler<ByteBuffer, ByteBuffer>(
                              [this](grpc::CallbackServerContext*)
                                  -> grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>* {
                                if (next_ == nullptr) {
                                  return new EchoStream();
                                }
                                return new RelayStream(*next_);
                              }));
  }

 private:
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext& context,
                                  const ByteBuffer& request,
                                  ByteBuffer& response) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    if (next_ == nullptr) {
      response = AnswerTo(request);
      reactor->Finish(grpc::Status::OK);
      return reactor;
    }
    auto* const call = new grpc::ClientContext();
    next_->UnaryCall(call, kUnaryMethod, grpc::StubOptions(), &request, &response,
                     [reactor, call](const grpc::Status& status) {
                       delete call;
                       reactor->Finish(status);
                     });
    return reactor;
  }

  std::unique_ptr<Stub> next_;
};

}  // namespace

std::string ServeCallback(const std::string& listen, const std::string& next) {
  auto* const echo = new Echo(next.empty() ? nullptr : Connect(next));
  grpc::ServerBuilder builder;
  builder.RegisterService(echo);
  return Start(builder, listen);
}

std::string ServeFused(const std::string& listen, int hops) {
  std::shared_ptr<grpc::Channel> next;
  for (int hop = 1; hop < hops; ++hop) {
    grpc::ServerBuilder builder;
    builder.RegisterService(new Echo(next));
    grpc::Server* const server = builder.BuildAndStart().release();
    if (server == nullptr) {
      return "";
    }
    next = server->InProcessChannel(grpc::ChannelArguments());
  }
  grpc::ServerBuilder builder;
  builder.RegisterService(new Echo(next));
  return Start(builder, listen);
}

}  // namespace tw::floor
