#include "libs/rpc/near_stream.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "libs/base/clock.h"
#include "libs/rpc/grpc_codec.h"
#include "libs/rpc/near_turns.h"
#include "libs/rpc/server_calls.h"
#include "libs/rpc/write_queue.h"

namespace tw::rpc {

// One end of a stream. What it hears, it hears in turns, one thread at a time. All fields are under
// the call's mutex, but for the callbacks, which are set before its first turn.
class NearEnd : public StreamCore, public Listener {
 public:
  NearEnd(
      NearCall& call, const Message& incoming, size_t queue_max, size_t bytes_max, size_t largest)
      : call_(call), reader_(incoming), inbox_(queue_max, bytes_max), largest_(largest) {}

  bool Write(const Message& message) override { return Send(Pack(message)); }
  bool WritePacked(const std::string& head, const SharedBytes& body) override {
    return Send(PackParts(head, body));
  }
  void Deliver() override { TakeTurnNow(&Other()); }
  size_t queued() const override;
  void PauseReads() override;
  void ResumeReads() override;
  std::string peer() const override { return "in-process"; }
  bool IsCancelled() const override;
  Duration TimeLeft() const override { return kNoTimeLimit; }
  void TakeTurn() override;
  // With the call's lock held.
  bool has_heard_all() const { return inbox_.empty(); }

 protected:
  friend class NearCall;
  enum class Due { kNothing, kBegin, kMessage, kHalfClose, kWritable, kClosed };

  // With the lock held.
  virtual Due Next() const = 0;
  virtual bool MayWrite() const = 0;
  virtual NearEnd& Other() const = 0;
  bool HasMessage() const { return !paused_ && !inbox_.empty(); }

  // Without it.
  virtual void Begin() {}
  virtual void HalfClosed() {}
  virtual void Take(const Message* message) = 0;
  virtual absl::Status ClosedWith() const = 0;
  bool Send(grpc::ByteBuffer packed);
  void HearMessage(std::unique_lock<std::mutex>& lock);

  NearCall& call_;
  MessageReader reader_;
  WriteQueue<grpc::ByteBuffer> inbox_;  // on its way here
  const size_t largest_;
  bool turn_asked_ = false;  // or being taken
  bool paused_ = false;
  bool writable_ = false;  // the other end's inbox has room again
  bool closed_ = false;
  bool over_ = false;  // and has been told so
};

namespace {

class NearClient final : public NearEnd {
 public:
  NearClient(NearCall& call,
             const Message& incoming,
             const ServerOptions& server,
             const ChannelOptions& options)
      : NearEnd(call,
                incoming,
                server.stream_queue_max,
                server.stream_queue_bytes_max,
                static_cast<size_t>(options.max_message_bytes)) {}

  std::string metadata(const std::string&) const override { return {}; }
  void Finish(const absl::Status&) override;
  void Cancel() override;

 protected:
  Due Next() const override;
  bool MayWrite() const override;
  NearEnd& Other() const override;
  void Take(const Message* message) override;
  absl::Status ClosedWith() const override;
};

class NearServer final : public NearEnd {
 public:
  NearServer(NearCall& call,
             const Service::Method& method,
             const ServerOptions& server,
             const ChannelOptions& options)
      : NearEnd(call,
                *method.request,
                options.stream_queue_max,
                options.stream_queue_bytes_max,
                static_cast<size_t>(server.max_message_bytes)) {}

  std::string metadata(const std::string& name) const override;
  void Finish(const absl::Status& status) override;
  void Cancel() override;

 protected:
  Due Next() const override;
  bool MayWrite() const override;
  NearEnd& Other() const override;
  void Begin() override;
  void HalfClosed() override;
  void Take(const Message* message) override;
  absl::Status ClosedWith() const override;

 private:
  friend class tw::rpc::NearCall;
  bool begun_ = false;
  bool asked_ = false;  // not bidi: the one request has come
  bool half_close_told_ = false;
};

}  // namespace

class NearCall : public std::enable_shared_from_this<NearCall> {
 public:
  NearCall(NearHost& host,
           const Service::Method& method,
           const Message& response,
           const ChannelOptions& options,
           const std::vector<std::pair<std::string, std::string>>& metadata)
      : host_(host),
        method_(method),
        metadata_(metadata),
        client_(*this, response, host.options(), options),
        server_(*this, method, host.options(), options) {}

  std::shared_ptr<StreamCore> client() { return {shared_from_this(), &client_}; }
  std::shared_ptr<StreamCore> server() { return {shared_from_this(), &server_}; }

  void Begin() {
    const std::lock_guard lock(mutex_);
    started_ = true;
    Wake(server_);
    Wake(client_);
  }

  // Ends it for both at once. The first word counts.
  void Break(const absl::Status& why) {
    const std::lock_guard lock(mutex_);
    if (broken_) {
      return;
    }
    broken_ = why;
    if (!finished_) {
      finished_ = absl::CancelledError("cancelled");
    }
    client_.inbox_.Clear();
    server_.inbox_.Clear();
    Wake(server_);
    Wake(client_);
  }

  // With the lock held: a turn for `end`, where it has something to hear.
  void Wake(NearEnd& end) {
    if (started_ && !end.turn_asked_ && end.Next() != NearEnd::Due::kNothing) {
      end.turn_asked_ = true;
      AskForTurn(std::shared_ptr<Listener>(shared_from_this(), &end));
    }
  }

  NearHost& host_;
  const Service::Method& method_;
  const std::vector<std::pair<std::string, std::string>> metadata_;
  mutable std::mutex mutex_;
  bool started_ = false;
  bool half_closed_ = false;              // by the client
  std::optional<absl::Status> finished_;  // by the server
  std::optional<absl::Status> broken_;    // what the client hears of it
  NearClient client_;
  NearServer server_;
};

// --- Either end ---------------------------------------------------------------------------------

size_t NearEnd::queued() const {
  const std::lock_guard lock(call_.mutex_);
  return Other().inbox_.size();
}

void NearEnd::PauseReads() {
  const std::lock_guard lock(call_.mutex_);
  paused_ = true;
}

void NearEnd::ResumeReads() {
  const std::lock_guard lock(call_.mutex_);
  paused_ = false;
  call_.Wake(*this);
}

bool NearEnd::IsCancelled() const {
  const std::lock_guard lock(call_.mutex_);
  return call_.broken_.has_value();
}

bool NearEnd::Send(grpc::ByteBuffer packed) {
  const size_t bytes = packed.Length();
  NearEnd& other = Other();
  if (bytes > other.largest_) {
    call_.Break(absl::ResourceExhaustedError("a message of " + std::to_string(bytes) +
                                             " bytes is larger than the limit of " +
                                             std::to_string(other.largest_)));
    return false;
  }
  const std::lock_guard lock(call_.mutex_);
  if (!MayWrite() || !other.inbox_.Push(std::move(packed), bytes)) {
    return false;
  }
  call_.Wake(other);
  return true;
}

void NearEnd::TakeTurn() {
  std::unique_lock lock(call_.mutex_);
  const Due due = Next();
  switch (due) {
    case Due::kNothing: break;
    case Due::kBegin:
      lock.unlock();
      Begin();
      lock.lock();
      break;
    case Due::kMessage: HearMessage(lock); break;
    case Due::kHalfClose:
      lock.unlock();
      HalfClosed();
      lock.lock();
      break;
    case Due::kWritable:
      writable_ = false;
      lock.unlock();
      if (on_writable) {
        on_writable();
      }
      lock.lock();
      break;
    case Due::kClosed: {
      closed_ = true;  // and hears nothing more: its turn is never asked for again
      const absl::Status status = ClosedWith();
      call_.Wake(Other());
      lock.unlock();
      if (on_closed) {
        on_closed(status);
      }
      on_message = nullptr;
      on_half_close = nullptr;
      on_writable = nullptr;
      on_closed = nullptr;
      lock.lock();
      over_ = true;
      const bool both = Other().over_;
      lock.unlock();
      if (both) {
        call_.host_.Remove(&call_);
      }
      return;
    }
  }
  turn_asked_ = false;
  call_.Wake(*this);
}

// With the lock held before and after, not meanwhile.
void NearEnd::HearMessage(std::unique_lock<std::mutex>& lock) {
  grpc::ByteBuffer message = inbox_.Take();
  if (inbox_.TakeRelief()) {
    Other().writable_ = true;
    call_.Wake(Other());
  }
  if (inbox_.empty()) {
    call_.Wake(Other());  // the server's end closes when all is out
  }
  lock.unlock();
  Take(reader_.Read(message));
  lock.lock();
}

// --- The client's -------------------------------------------------------------------------------

namespace {

NearEnd& NearClient::Other() const {
  return call_.server_;
}

bool NearClient::MayWrite() const {
  return !closed_ && !call_.half_closed_ && !call_.finished_;
}

NearEnd::Due NearClient::Next() const {
  if (closed_) {
    return Due::kNothing;
  }
  if (call_.broken_) {
    return Due::kClosed;
  }
  if (HasMessage()) {
    return Due::kMessage;
  }
  if (writable_) {
    return Due::kWritable;
  }
  return call_.finished_ && inbox_.empty() && !paused_ ? Due::kClosed : Due::kNothing;
}

void NearClient::Finish(const absl::Status&) {
  const std::lock_guard lock(call_.mutex_);
  call_.half_closed_ = true;
  call_.Wake(call_.server_);
}

void NearClient::Cancel() {
  call_.Break(absl::CancelledError("cancelled"));
}

void NearClient::Take(const Message* message) {
  if (message == nullptr) {
    Cancel();
  } else if (on_message) {
    on_message(*message);
  }
}

absl::Status NearClient::ClosedWith() const {
  return call_.broken_.value_or(call_.finished_.value_or(absl::OkStatus()));
}

// --- The server's -------------------------------------------------------------------------------

NearEnd& NearServer::Other() const {
  return call_.client_;
}

bool NearServer::MayWrite() const {
  return !call_.finished_;
}

NearEnd::Due NearServer::Next() const {
  if (closed_) {
    return Due::kNothing;
  }
  if (!begun_ && !call_.broken_) {
    return Due::kBegin;
  }
  if (call_.broken_ || (call_.finished_ && call_.client_.has_heard_all())) {
    return Due::kClosed;
  }
  if (writable_) {
    return Due::kWritable;
  }
  if (call_.finished_ || asked_) {
    return Due::kNothing;
  }
  if (HasMessage()) {
    return Due::kMessage;
  }
  return call_.half_closed_ && inbox_.empty() && !paused_ && !half_close_told_ ? Due::kHalfClose
                                                                               : Due::kNothing;
}

std::string NearServer::metadata(const std::string& name) const {
  const auto found = std::find_if(call_.metadata_.begin(), call_.metadata_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == call_.metadata_.end() ? std::string() : found->second;
}

void NearServer::Finish(const absl::Status& status) {
  const std::lock_guard lock(call_.mutex_);
  if (!call_.finished_) {
    call_.finished_ = status;
    call_.Wake(*this);
    call_.Wake(call_.client_);
  }
}

void NearServer::Cancel() {
  call_.Break(absl::CancelledError("cancelled"));
}

void NearServer::Begin() {
  {
    const std::lock_guard lock(call_.mutex_);
    begun_ = true;
  }
  if (const absl::Status refused = Admit(call_.host_.gate(), call_.method_, *this); !refused.ok()) {
    Finish(refused);
  } else if (call_.method_.bidi) {
    call_.method_.stream(nullptr, call_.server());
  }
}

void NearServer::HalfClosed() {
  {
    const std::lock_guard lock(call_.mutex_);
    half_close_told_ = true;
  }
  TellHalfClosed(call_.method_, *this);
}

void NearServer::Take(const Message* message) {
  if (message == nullptr) {
    Finish(absl::InvalidArgumentError("malformed message"));
  } else if (!call_.method_.bidi) {
    {
      const std::lock_guard lock(call_.mutex_);
      asked_ = true;
    }
    call_.method_.stream(message, call_.server());
  } else if (on_message) {
    on_message(*message);
  }
}

absl::Status NearServer::ClosedWith() const {
  return call_.finished_.value_or(absl::OkStatus());
}

}  // namespace

// --- The host -----------------------------------------------------------------------------------

std::shared_ptr<StreamCore> NearHost::Open(
    const std::string& path,
    const Message* response,
    const ChannelOptions& options,
    const std::function<void(const std::shared_ptr<StreamCore>&)>& setup,
    const std::vector<std::pair<std::string, std::string>>& metadata) {
  const auto method = methods_.find(path);
  if (method == methods_.end() || !method->second->stream) {
    return nullptr;
  }
  auto call = std::make_shared<NearCall>(*this, *method->second, *response, options, metadata);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return nullptr;
    }
    calls_[call.get()] = call;
  }
  std::shared_ptr<StreamCore> client = call->client();
  setup(client);
  call->Begin();
  return client;
}

void NearHost::Remove(const NearCall* call) {
  std::shared_ptr<NearCall> last;
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call);
  last = std::move(found->second);
  calls_.erase(found);
  none_.notify_all();
}

void NearHost::Close(int64_t deadline_ns) {
  std::vector<std::shared_ptr<NearCall>> late;
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    const int64_t left_ns = std::max<int64_t>(0, deadline_ns - MonotonicNanos());
    none_.wait_for(lock, std::chrono::nanoseconds(left_ns), [this] { return calls_.empty(); });
    for (const auto& [raw, call] : calls_) {
      late.push_back(call);
    }
  }
  for (const std::shared_ptr<NearCall>& call : late) {
    call->Break(absl::UnavailableError("the server has stopped"));
  }
  late.clear();
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return calls_.empty(); });
}

}  // namespace tw::rpc
