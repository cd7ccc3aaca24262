// What handlers and callers of gRPC share: contexts, replies and streams, without gRPC's own
// headers.
//
// gRPC's headers cost 6 to 24 s of compile time a file, so they stay inside libs/rpc; everything
// else speaks in protobuf messages.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "libs/base/time.h"
#include "libs/log/scope.h"

namespace tradewind::v1 {}
namespace tw {
namespace v1 = ::tradewind::v1;
namespace auth {
class Caller;
}
}  // namespace tw

namespace tw::rpc {

using google::protobuf::Message;

// Bytes that many streams send: made once, never changed.
using SharedBytes = std::shared_ptr<const std::string>;

inline constexpr Duration kNoTimeLimit{std::numeric_limits<int64_t>::max()};

// The call as its transport knows it. Valid while the call is open.
class CallContext {
 public:
  virtual ~CallContext() = default;
  virtual std::string peer() const = 0;
  // A metadata value by lower-case name; "" where absent.
  virtual std::string metadata(const std::string& name) const = 0;
  virtual bool IsCancelled() const = 0;
  // How long the caller still waits; kNoTimeLimit when it set no deadline.
  virtual Duration TimeLeft() const = 0;

  // Whom the server's gate let in; null where it has none. Set before the handler runs.
  const std::shared_ptr<const auth::Caller>& caller() const { return caller_; }
  void SetCaller(std::shared_ptr<const auth::Caller> caller) { caller_ = std::move(caller); }

 private:
  std::shared_ptr<const auth::Caller> caller_;
};

// One unary call on the server's side.
class UnaryCall : public CallContext {
 public:
  // Ends the call; the first Finish counts, later ones do nothing. Any thread.
  virtual void Finish(const absl::Status& status, const Message* response) = 0;
};

// Answers a unary call, once, from any thread. A reply that is dropped unanswered ends the call
// with INTERNAL.
template <typename Response>
class Reply {
 public:
  explicit Reply(std::shared_ptr<UnaryCall> call) : call_(std::move(call)) {}

  void Ok(const Response& response) const { call_->Finish(absl::OkStatus(), &response); }
  void Fail(const absl::Status& status) const { call_->Finish(status, nullptr); }
  // Ok or Fail, as `result` is.
  template <typename StatusOr>
  void Send(const StatusOr& result) const {
    if (result.ok()) {
      Ok(*result);
    } else {
      Fail(result.status());
    }
  }
  const CallContext& context() const { return *call_; }

 private:
  std::shared_ptr<UnaryCall> call_;
};

// One open stream, either side. All methods from any thread; callbacks run one at a time per kind,
// on gRPC's threads, and must be set before the callback that handed out the stream returns.
class StreamCore : public CallContext {
 public:
  // Queues a message. False: the stream is over, or more than the limit is waiting (then
  // on_writable follows).
  virtual bool Write(const Message& message) = 0;
  // The same for a message that is packed already: `head` and `body`, one after the other, are its
  // bytes. The body is not copied.
  virtual bool WritePacked(const std::string& head, const SharedBytes& body) = 0;
  // What has been written is awaited: where the other end is in this process it hears it now, on
  // this thread, and not when the callback that this thread is in is over. Elsewhere it does
  // nothing. The caller holds no lock that the other end's handlers may want.
  virtual void Deliver() {}
  // Messages waiting to go out.
  virtual size_t queued() const = 0;
  // Server: ends the stream after what is queued. Client: half-closes after what is queued.
  virtual void Finish(const absl::Status& status) = 0;
  // Ends the stream at once; what is queued may be lost.
  virtual void Cancel() = 0;
  // Reads no further message after the one in hand until ResumeReads, so that the sender has to
  // wait. A client's stream cannot close while it is paused, unless Cancel ends the pause.
  virtual void PauseReads() = 0;
  virtual void ResumeReads() = 0;

  std::function<void(const Message&)> on_message;
  // Server, bidirectional: the client sends nothing more and waits for the rest of its answers.
  // Whoever sets it calls Finish when they are out; where it is not set, the stream ends with OK
  // after what is queued.
  std::function<void()> on_half_close;
  // The queue has drained to half its limit.
  std::function<void()> on_writable;
  // The last callback: nothing follows. The status is the peer's (client) or OK/CANCELLED (server).
  std::function<void(const absl::Status&)> on_closed;
};

// A typed handle on a stream that sends `Out` and receives `In`. Copies share the stream.
template <typename Out, typename In>
class Stream {
 public:
  Stream() = default;
  explicit Stream(std::shared_ptr<StreamCore> core) : core_(std::move(core)) {}

  explicit operator bool() const { return core_ != nullptr; }
  bool Write(const Out& message) const { return core_->Write(message); }
  bool WritePacked(const std::string& head, const SharedBytes& body) const {
    return core_->WritePacked(head, body);
  }
  void Deliver() const { core_->Deliver(); }
  size_t queued() const { return core_->queued(); }
  void Finish(const absl::Status& status = absl::OkStatus()) const { core_->Finish(status); }
  void Cancel() const { core_->Cancel(); }
  void PauseReads() const { core_->PauseReads(); }
  void ResumeReads() const { core_->ResumeReads(); }
  const CallContext& context() const { return *core_; }

  void OnMessage(std::function<void(const In&)> f) const {
    core_->on_message =
        log::ForThisService([f = std::move(f)](const Message& m) { f(static_cast<const In&>(m)); });
  }
  void OnHalfClose(std::function<void()> f) const { core_->on_half_close = Tagged(std::move(f)); }
  void OnWritable(std::function<void()> f) const { core_->on_writable = Tagged(std::move(f)); }
  void OnClosed(std::function<void(const absl::Status&)> f) const {
    core_->on_closed = Tagged(std::move(f));
  }
  void Reset() { core_.reset(); }
  // The stream itself, for a handle of other types: what is sent must have the same bytes.
  const std::shared_ptr<StreamCore>& core() const { return core_; }

 private:
  template <typename F>
  static std::function<F> Tagged(std::function<F> f) {
    return f ? std::function<F>(log::ForThisService(std::move(f))) : nullptr;
  }

  std::shared_ptr<StreamCore> core_;
};

}  // namespace tw::rpc
