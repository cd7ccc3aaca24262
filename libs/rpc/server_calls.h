// Inside libs/rpc only: one call on the server's side, unary or a stream, between gRPC and its
// handler.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/rpc/awake.h"
#include "libs/rpc/grpc_codec.h"
#include "libs/rpc/near_turns.h"
#include "libs/rpc/server.h"
#include "libs/rpc/write_queue.h"

namespace tw::rpc {

inline void AttachField(grpc::CallbackServerContext& context, const absl::Status& status) {
  const std::string field = FieldOf(status);
  if (!field.empty()) {
    context.AddTrailingMetadata(kFieldTrailer, field);
  }
  if (const Duration wait = RetryAfterOf(status); wait > Duration{}) {
    context.AddTrailingMetadata(kRetryTrailer, std::to_string(wait.millis()));
  }
}

// OK, with the caller set, when the gate lets the call in.
inline absl::Status Admit(const Gate& gate, const Service::Method& method, CallContext& call) {
  if (!gate) {
    return absl::OkStatus();
  }
  auto caller = gate(method.path.substr(1), call);
  if (!caller.ok()) {
    return caller.status();
  }
  call.SetCaller(*std::move(caller));
  return absl::OkStatus();
}

// A client sends nothing more, on a stream whose one request, where there is one, has not come.
inline void TellHalfClosed(const Service::Method& method, StreamCore& stream) {
  if (!method.bidi) {
    stream.Finish(absl::InvalidArgumentError("no request was sent"));
  } else if (stream.on_half_close) {
    stream.on_half_close();
  } else {
    stream.Finish(absl::OkStatus());
  }
}

// The unary call behind Reply: owns itself through the shared_ptr that the handler holds.
class GrpcUnaryCall final : public UnaryCall {
 public:
  GrpcUnaryCall(grpc::CallbackServerContext* context,
                grpc::ByteBuffer* response,
                const CallObserver* observer)
      : context_(context),
        response_(response),
        observer_(*observer),
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
    if (observer_) {
      observer_(status.code(), Duration{MonotonicNanos() - start_ns_});
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
  const CallObserver& observer_;
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
                      size_t queue_max,
                      size_t queue_bytes_max,
                      const Gate* gate)
      : context_(context),
        method_(method),
        gate_(gate),
        reader_(*method->request),
        queue_(queue_max, queue_bytes_max) {}

  void Begin(std::shared_ptr<ServerStreamReactor> self) {
    self_ = std::move(self);
    if (const absl::Status refused = Admit(*gate_, *method_, *this); !refused.ok()) {
      Finish(refused);
      return;
    }
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
    const TurnScope turns;
    const Message* const message = reader_.Read(incoming_);
    if (message == nullptr) {
      Finish(absl::InvalidArgumentError("malformed message"));
      return;
    }
    incoming_.Clear();
    if (!method_->bidi) {
      got_request_ = true;
      method_->stream(message, self_);
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
      queue_.Pop();
      if (!ok) {
        cancelled_ = true;
        queue_.Clear();
      }
      writing_ = !queue_.empty();
      next = writing_ ? &queue_.front() : nullptr;
      tell = ok && queue_.TakeRelief();
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
      const size_t bytes = packed.Length();
      if (!queue_.Push(std::move(packed), bytes)) {
        return false;
      }
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
    if (!got_request_) {
      TellHalfClosed(*method_, *this);
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
  const Gate* const gate_;
  MessageReader reader_;
  std::shared_ptr<ServerStreamReactor> self_;
  grpc::ByteBuffer incoming_;
  bool got_request_ = false;

  mutable std::mutex mutex_;
  WriteQueue<grpc::ByteBuffer> queue_;  // front is being written while writing_
  bool writing_ = false;
  bool paused_ = false;
  bool read_held_ = false;  // the next read waits for ResumeReads
  bool cancelled_ = false;
  bool finish_requested_ = false;
  bool finished_ = false;
  bool done_ = false;
  absl::Status finish_status_;
};

}  // namespace tw::rpc
