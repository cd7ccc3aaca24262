#include "libs/rpc/channel.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/rpc/callback_thread.h"
#include "libs/rpc/channel_internal.h"
#include "libs/rpc/grpc_codec.h"
#include "libs/rpc/near_turns.h"
#include "libs/rpc/quiet_sockets.h"
#include "libs/rpc/quiet_windows.h"
#include "libs/rpc/tls.h"
#include "libs/rpc/write_queue.h"

namespace tw::rpc {
namespace {

using GenericStub = grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>;

std::string Path(const std::string& method) {
  return method.empty() || method.front() != '/' ? "/" + method : method;
}

// One unary call under way; deletes itself with the callback.
struct PendingCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

// One stream of a client. A hold keeps OnDone away while writes may still start from outside; it is
// removed once reading has ended and no write is under way.
class ClientStreamReactor final
    : public StreamCore,
      public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  ClientStreamReactor(const Message* response, size_t queue_max, size_t queue_bytes_max)
      : reader_(*response), queue_(queue_max, queue_bytes_max) {}

  grpc::ClientContext& context() { return context_; }

  void Begin(std::shared_ptr<ClientStreamReactor> self) {
    self_ = std::move(self);
    AddHold();
    StartRead(&incoming_);
    const grpc::ByteBuffer* next = nullptr;
    bool half_close = false;
    {
      const std::lock_guard lock(mutex_);
      started_ = true;
      writing_ = !queue_.empty();
      next = writing_ ? &queue_.front() : nullptr;
      half_close = next == nullptr && TakeHalfClose();
    }
    if (next != nullptr) {
      StartWrite(next);
    } else if (half_close) {
      StartWritesDone();
    }
    StartCall();
  }

  bool Write(const Message& message) override { return Enqueue(Pack(message)); }
  bool WritePacked(const std::string& head, const SharedBytes& body) override {
    return Enqueue(PackParts(head, body));
  }

  size_t queued() const override {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

  void Finish(const absl::Status&) override {
    bool now = false;
    {
      const std::lock_guard lock(mutex_);
      if (half_close_) {
        return;
      }
      half_close_ = true;
      now = started_ && !read_ended_ && !writing_ && TakeHalfClose();
    }
    if (now) {
      StartWritesDone();
    }
  }

  void Cancel() override {
    context_.TryCancel();
    ResumeReads();
  }

  void PauseReads() override {
    const std::lock_guard lock(mutex_);
    paused_ = true;
  }

  void ResumeReads() override {
    bool read = false;
    {
      const std::lock_guard lock(mutex_);
      paused_ = false;
      read = read_held_;
      read_held_ = false;
    }
    if (read) {
      StartRead(&incoming_);  // the hold is there until a read has failed
    }
  }

  std::string peer() const override { return context_.peer(); }
  std::string metadata(const std::string&) const override { return {}; }
  bool IsCancelled() const override { return false; }
  Duration TimeLeft() const override { return kNoTimeLimit; }

  void OnReadDone(bool ok) override {
    if (!ok) {
      bool release = false;
      {
        const std::lock_guard lock(mutex_);
        read_ended_ = true;
        release = TakeHold();
      }
      if (release) {
        RemoveHold();
      }
      return;
    }
    const TurnScope turns;
    const Message* const message = reader_.Read(incoming_);
    incoming_.Clear();
    if (message == nullptr) {
      context_.TryCancel();
    } else if (on_message) {
      on_message(*message);
    }
    {
      const std::lock_guard lock(mutex_);
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
    bool half_close = false;
    bool release = false;
    {
      const std::lock_guard lock(mutex_);
      queue_.Pop();
      if (!ok || read_ended_) {
        write_failed_ = true;
        queue_.Clear();
      }
      writing_ = !queue_.empty();
      next = writing_ ? &queue_.front() : nullptr;
      half_close = !writing_ && !write_failed_ && TakeHalfClose();
      release = TakeHold();
      tell = ok && queue_.TakeRelief();
    }
    if (next != nullptr) {
      StartWrite(next);
    } else if (half_close) {
      StartWritesDone();
    }
    if (tell && on_writable) {
      on_writable();
    }
    if (release) {
      RemoveHold();
    }
  }

  void OnWritesDoneDone(bool) override {
    bool release = false;
    {
      const std::lock_guard lock(mutex_);
      half_closing_ = false;
      release = TakeHold();
    }
    if (release) {
      RemoveHold();
    }
  }

  void OnDone(const grpc::Status& status) override {
    if (on_closed) {
      on_closed(FromGrpc(status, context_));
    }
    on_message = nullptr;
    on_writable = nullptr;
    on_closed = nullptr;
    self_.reset();  // may delete this
  }

 private:
  bool Enqueue(grpc::ByteBuffer packed) {
    const grpc::ByteBuffer* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (read_ended_ || write_failed_ || half_close_) {
        return false;
      }
      const size_t bytes = packed.Length();
      if (!queue_.Push(std::move(packed), bytes)) {
        return false;
      }
      if (writing_ || !started_) {
        return true;
      }
      writing_ = true;
      next = &queue_.front();
    }
    StartWrite(next);
    return true;
  }

  // With the lock held: true once, when the half-close that was asked for may go out.
  bool TakeHalfClose() {
    if (!half_close_ || half_close_sent_) {
      return false;
    }
    half_close_sent_ = true;
    half_closing_ = true;
    return true;
  }
  // With the lock held: true once, when reading has ended and nothing is, or is about to be, on its
  // way out. Only then may the hold go: after it the call is gone, and an operation on it would
  // touch freed memory.
  bool TakeHold() {
    if (!holding_ || !read_ended_ || writing_ || half_closing_) {
      return false;
    }
    holding_ = false;
    return true;
  }

  grpc::ClientContext context_;
  MessageReader reader_;
  std::shared_ptr<ClientStreamReactor> self_;
  grpc::ByteBuffer incoming_;

  mutable std::mutex mutex_;
  WriteQueue<grpc::ByteBuffer> queue_;  // front is being written while writing_
  bool started_ = false;
  bool writing_ = false;
  bool paused_ = false;
  bool read_held_ = false;  // the next read waits for ResumeReads
  bool read_ended_ = false;
  bool write_failed_ = false;
  bool half_close_ = false;
  bool half_close_sent_ = false;
  bool half_closing_ = false;  // between the decision to half-close and its completion
  bool holding_ = true;
};

class GrpcChannel final : public Channel {
 public:
  GrpcChannel(std::shared_ptr<grpc::Channel> channel, ChannelOptions options)
      : channel_(std::move(channel)), stub_(channel_), options_(std::move(options)) {}

 protected:
  void CallErased(const std::string& method,
                  const Message& request,
                  Duration timeout,
                  Message* response,
                  std::function<void(const absl::Status&)> done) override {
    auto call = std::make_shared<PendingCall>();
    call->context.set_deadline(std::chrono::system_clock::now() +
                               std::chrono::nanoseconds(timeout.ns));
    Authorize(call->context);
    call->request = Pack(request);
    PendingCall* const raw = call.get();
    stub_.UnaryCall(
        &raw->context, Path(method), grpc::StubOptions(), &raw->request, &raw->response,
        [call = std::move(call), response, done = std::move(done)](const grpc::Status& status) {
          const TurnScope turns;
          done(Finished(*call, status, response));
        });
  }

  absl::Status CallSyncErased(const std::string& method,
                              const Message& request,
                              Duration timeout,
                              Message* response) override {
    struct Waiter {
      std::mutex mutex;
      std::condition_variable arrived;
      bool done = false;
      absl::Status status;
    };
    auto waiter = std::make_shared<Waiter>();
    CallErased(method, request, timeout, response, [waiter](const absl::Status& status) {
      const std::lock_guard lock(waiter->mutex);
      waiter->status = status;
      waiter->done = true;
      waiter->arrived.notify_one();
    });
    std::unique_lock lock(waiter->mutex);
    waiter->arrived.wait(lock, [&] { return waiter->done; });
    return waiter->status;
  }

  std::shared_ptr<StreamCore> OpenErased(
      const std::string& method,
      const Message* response,
      const std::function<void(const std::shared_ptr<StreamCore>&)>& setup,
      const std::vector<std::pair<std::string, std::string>>& metadata) override {
    auto stream = std::make_shared<ClientStreamReactor>(response, options_.stream_queue_max,
                                                        options_.stream_queue_bytes_max);
    for (const auto& [name, value] : metadata) {
      stream->context().AddMetadata(name, value);
    }
    Authorize(stream->context());
    setup(stream);
    stub_.PrepareBidiStreamingCall(&stream->context(), Path(method), grpc::StubOptions(),
                                   stream.get());
    stream->Begin(stream);
    return stream;
  }

 private:
  void Authorize(grpc::ClientContext& context) const {
    if (!options_.authorization.empty()) {
      context.AddMetadata("authorization", options_.authorization);
    }
  }

  static absl::Status Finished(PendingCall& call, const grpc::Status& status, Message* response) {
    if (!status.ok()) {
      return FromGrpc(status, call.context);
    }
    if (!grpc::GenericDeserialize<grpc::ProtoBufferReader, Message>(&call.response, response)
             .ok()) {
      return absl::InternalError("malformed answer");
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<grpc::Channel> channel_;
  GenericStub stub_;
  const ChannelOptions options_;
};

// gRPC 1.51 takes down the queue behind all callbacks with the last channel that uses it, beside
// that queue's own threads, and then aborts now and then ("assertion failed: prior > 0"). So one
// channel is never let go: a lame one, which a channel without credentials is, connects to nobody.
std::atomic<bool> one_callback_thread{false};
absl::Notification callback_thread_held;

// A call of a method that nobody has, over a channel without credentials, which connects to nobody.
// It fails at once, and its callback is what it is for.
struct LameCall {
  GenericStub stub{grpc::CreateChannel("", nullptr)};
  grpc::ClientContext context;
  grpc::Slice empty;
  grpc::ByteBuffer request{&empty, 1};
  grpc::ByteBuffer response;

  void Start(std::function<void(grpc::Status)> then) {
    stub.UnaryCall(&context, "/none/None", grpc::StubOptions(), &request, &response,
                   std::move(then));
  }
};

void KeepCallbackQueue() {
  static const bool kept = [] {
    auto* const anchor = new LameCall;  // for as long as the process
    anchor->Start([](const grpc::Status&) {
      if (one_callback_thread.load()) {
        callback_thread_held.Notify();
      }
      while (one_callback_thread.load()) {
        pause();
      }
    });
    return true;
  }();
  (void)kept;
}

}  // namespace

// gRPC runs callbacks on two threads at least, that take turns at waiting for the sockets: each
// message wakes the other one, on the other core. So the callback of the call that is never let go
// keeps its thread.
void UseOneCallbackThread() {
  one_callback_thread = true;
  KeepCallbackQueue();
}

absl::Status KeepCallbackThreadTo(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) {
    return absl::InvalidArgumentError(absl::StrCat("there is no processor ", cpu));
  }
  if (!one_callback_thread) {
    return absl::FailedPreconditionError("callbacks have more than one thread");
  }
  // From then on whatever is called back is called by the other thread.
  callback_thread_held.WaitForNotification();
  int failed = 0;
  absl::Notification done;
  LameCall call;
  call.Start([&](const grpc::Status&) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(cpu), &set);
    failed = pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
    done.Notify();
  });
  done.WaitForNotification();
  return failed == 0 ? absl::OkStatus()
                     : absl::InvalidArgumentError(
                           absl::StrCat("this process may not run on processor ", cpu, ": ",
                                        std::generic_category().message(failed)));
}

std::shared_ptr<Channel> WrapGrpcChannel(std::shared_ptr<grpc::Channel> channel,
                                         ChannelOptions options) {
  KeepCallbackQueue();
  return std::make_shared<GrpcChannel>(std::move(channel), std::move(options));
}

std::shared_ptr<Channel> Channel::Create(const std::string& address, ChannelOptions options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  // The name misleads: how long one attempt to connect may take, on a busy machine too.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // gRPC's own counters: nobody looks at them. (GRPC_ARG_MINIMAL_STACK would leave out the limits
  // of messages, too.)
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  UseQuietSockets();
  FixWindows(arguments);
  const bool plain = options.tls.empty() || address.rfind("unix:", 0) == 0;
  std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      address, plain ? grpc::InsecureChannelCredentials() : ChannelCredentials(options.tls),
      arguments);
  return WrapGrpcChannel(std::move(channel), std::move(options));
}

}  // namespace tw::rpc
