// A completion queue with one thread, which serves and calls the next server on the same queue.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <thread>

#include "bench/floor/servers.h"

namespace tw::floor {
namespace {

using grpc::ByteBuffer;
using Stub = grpc::TemplatedGenericStub<ByteBuffer, ByteBuffer>;

class QueueEcho final : public grpc::Service {
 public:
  QueueEcho() {
    AddMethod(new grpc::internal::RpcServiceMethod(kUnaryMethod,
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodAsync(0);
    AddMethod(new grpc::internal::RpcServiceMethod(
        kStreamMethod, grpc::internal::RpcMethod::BIDI_STREAMING, nullptr));
    MarkMethodAsync(1);
  }
  using grpc::Service::RequestAsyncBidiStreaming;
  using grpc::Service::RequestAsyncUnary;
};

struct Server {
  QueueEcho echo;
  std::unique_ptr<Stub> next;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
};

// What the queue gives back.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void Go(bool ok) = 0;
};

class UnaryCall final : public Tag {
 public:
  explicit UnaryCall(Server& server) : server_(server), responder_(&context_) {
    server.echo.RequestAsyncUnary(0, &context_, &request_, &responder_, server.queue.get(),
                                  server.queue.get(), this);
  }
  void Go(bool ok) override {
    switch (state_) {
      case State::kWaiting:
        if (!ok) {
          delete this;  // shutting down
          return;
        }
        new UnaryCall(server_);
        if (server_.next == nullptr) {
          state_ = State::kAnswering;
          responder_.Finish(AnswerTo(request_), grpc::Status::OK, this);
          return;
        }
        state_ = State::kAsking;
        reader_ = server_.next->PrepareUnaryCall(&next_context_, kUnaryMethod, request_,
                                                 server_.queue.get());
        reader_->StartCall();
        reader_->Finish(&response_, &status_, this);
        return;
      case State::kAsking:
        state_ = State::kAnswering;
        responder_.Finish(response_, status_, this);
        return;
      case State::kAnswering: delete this; return;
    }
  }

 private:
  enum class State { kWaiting, kAsking, kAnswering };

  Server& server_;
  State state_ = State::kWaiting;
  grpc::ServerContext context_;
  ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<ByteBuffer> responder_;
  grpc::ClientContext next_context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<ByteBuffer>> reader_;
  ByteBuffer response_;
  grpc::Status status_;
};

// One message under way at a time. A write and the read of what follows it are started together;
// `pending_` counts what the queue still owes.
class StreamCall final : public Tag {
 public:
  explicit StreamCall(Server& server) : server_(server), stream_(&context_) {
    server.echo.RequestAsyncBidiStreaming(1, &context_, &stream_, server.queue.get(),
                                          server.queue.get(), this);
  }
  void Go(bool ok) override {
    ok_ = ok_ && ok;
    if (--pending_ > 0) {
      return;
    }
    if (!ok_) {
      End();
      return;
    }
    switch (state_) {
      case State::kWaiting:
        new StreamCall(server_);
        if (server_.next != nullptr) {
          state_ = State::kConnecting;
          next_ = server_.next->PrepareCall(&next_context_, kStreamMethod, server_.queue.get());
          next_->StartCall(this);
          pending_ = 1;
          return;
        }
        [[fallthrough]];
      case State::kConnecting:
        state_ = State::kReading;
        stream_.Read(&message_, this);
        pending_ = 1;
        return;
      case State::kReading:
        if (next_ == nullptr) {
          Answer();
          return;
        }
        state_ = State::kAsking;
        pending_ = 2;
        next_->Write(message_, this);
        next_->Read(&answer_, this);
        return;
      case State::kAsking:
        message_ = answer_;
        Answer();
        return;
      case State::kEnding:
      case State::kFinishing: End(); return;
    }
  }

 private:
  enum class State { kWaiting, kConnecting, kReading, kAsking, kEnding, kFinishing };

  void Answer() {
    state_ = State::kReading;
    pending_ = 2;
    out_ = message_;
    stream_.Write(out_, this);
    stream_.Read(&message_, this);
  }
  void End() {
    if (state_ == State::kWaiting || state_ == State::kFinishing) {
      delete this;
    } else if (state_ != State::kEnding && next_ != nullptr) {
      state_ = State::kEnding;
      pending_ = 1;
      next_context_.TryCancel();
      next_->Finish(&status_, this);
    } else {
      state_ = State::kFinishing;
      pending_ = 1;
      stream_.Finish(grpc::Status::OK, this);
    }
  }

  Server& server_;
  State state_ = State::kWaiting;
  int pending_ = 1;
  bool ok_ = true;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<ByteBuffer, ByteBuffer> stream_;
  ByteBuffer message_;
  ByteBuffer out_;
  ByteBuffer answer_;
  grpc::ClientContext next_context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<ByteBuffer, ByteBuffer>> next_;
  grpc::Status status_;
};

void Work(Server& server) {
  new UnaryCall(server);
  new StreamCall(server);
  void* tag = nullptr;
  bool ok = false;
  while (server.queue->Next(&tag, &ok)) {
    static_cast<Tag*>(tag)->Go(ok);
  }
}

}  // namespace

std::string ServeQueue(const std::string& listen, const std::string& next) {
  auto* const server = new Server();
  if (!next.empty()) {
    server->next = std::make_unique<Stub>(Connect(next));
  }
  grpc::ServerBuilder builder;
  builder.RegisterService(&server->echo);
  server->queue = builder.AddCompletionQueue();
  const std::string address = Start(builder, listen);
  if (!address.empty()) {
    std::thread(Work, std::ref(*server)).detach();
  }
  return address;
}

}  // namespace tw::floor
