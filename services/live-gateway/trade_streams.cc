#include "services/live-gateway/trade_streams.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/clock.h"
#include "libs/trace/orders.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kExecutionsPerMessage = 512;
constexpr size_t kTracesMax = 1024;  // orders whose time stamps wait for their first report

}  // namespace

// Sends executions in order, from the pump's thread and the venue's owner, one at a time.
class TradeStreams::Session {
 public:
  Session(Stream stream, const Venue& venue) : stream_(std::move(stream)), venue_(venue) {}

  // Before the session is known to pump and owner.
  void Begin(uint64_t after, uint64_t head) {
    next_ = after + 1;
    target_ = head;
  }

  // The pump's step: one message.
  stream::PumpResult Step() {
    const std::lock_guard lock(mutex_);
    return Send();
  }

  // The owner's: nothing, when the pump is at it or there is a backlog to be read first. True: all
  // there is has been sent.
  bool Push() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    return lock.owns_lock() && caught_up_ && Send() == stream::PumpResult::kCaughtUp;
  }

  // The order's first report takes its time stamps home.
  void Expect(const v1::PlaceChild& place) {
    const std::lock_guard lock(mutex_);
    if (traces_.size() < kTracesMax) {
      v1::OrderTrace& trace = traces_[place.child_id()];
      trace = place.order().trace();
      trace.set_venue_in_ns(SystemClock().Now().ns);
    }
  }

  const Stream& stream() const { return stream_; }
  void End() { over_ = true; }
  // Read and set by the stream's own callbacks, which run one at a time.
  bool resumed = false;
  std::atomic<uint64_t> pump_id{0};

 private:
  stream::PumpResult Send() {
    if (over_) {
      return stream::PumpResult::kClosed;
    }
    const stream::Page<v1::Execution> page = venue_.store().Read(next_, kExecutionsPerMessage);
    if (page.too_old) {
      stream_.Finish(absl::DataLossError("execution " + std::to_string(next_) +
                                         " cannot be read from the journal"));
      return stream::PumpResult::kClosed;
    }
    v1::VenueResponse message;
    for (const auto& execution : page.events) {
      *message.add_executions() = *execution;
    }
    if (!traces_.empty()) {
      AddTraces(message);
    }
    const uint64_t next = next_ + page.events.size();
    const bool caught_up = !caught_up_ && next > target_;
    if (page.events.empty() && !caught_up) {
      return stream::PumpResult::kCaughtUp;
    }
    message.set_caught_up(caught_up);
    if (!stream_.Write(message)) {
      return stream::PumpResult::kBlocked;  // the same page again once there is room
    }
    for (const v1::Execution& execution : message.executions()) {
      if (execution.has_trace()) {
        traces_.erase(execution.child_id());
      }
    }
    next_ = next;
    caught_up_ = caught_up_ || caught_up;
    return next_ <= page.head ? stream::PumpResult::kMore : stream::PumpResult::kCaughtUp;
  }

  // With the lock held.
  void AddTraces(v1::VenueResponse& message) {
    for (v1::Execution& execution : *message.mutable_executions()) {
      const auto found = traces_.find(execution.child_id());
      if (found != traces_.end()) {
        found->second.set_venue_out_ns(SystemClock().Now().ns);
        *execution.mutable_trace() = found->second;
      }
    }
  }

  const Stream stream_;
  const Venue& venue_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  uint64_t next_ = 1;
  uint64_t target_ = 0;  // the head when it resumed
  bool caught_up_ = false;
  absl::flat_hash_map<std::string, v1::OrderTrace> traces_;  // by child
};

size_t TradeStreams::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void TradeStreams::Publish() {
  std::vector<uint64_t> served;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, session] : sessions_) {
      if (session->Push()) {
        served.push_back(id);
      }
    }
  }
  pump_.Wake(served);  // for what was not pushed, and the drop copy
}

void TradeStreams::Serve(const Stream& stream) {
  if (!venue_.open()) {
    stream.Finish(absl::UnavailableError("recovering"));
    return;
  }
  auto session = std::make_shared<Session>(stream, venue_);
  stream.OnMessage(
      [this, session](const v1::VenueRequest& request) { OnMessage(session, request); });
  stream.OnWritable([this, session] { pump_.Unblock(session->pump_id); });
  stream.OnClosed([this, session](const absl::Status&) {
    session->End();
    if (session->resumed) {
      {
        const std::lock_guard lock(mutex_);
        sessions_.erase(session->pump_id);
      }
      pump_.Remove(session->pump_id);
    }
  });
}

void TradeStreams::OnMessage(const std::shared_ptr<Session>& session,
                             const v1::VenueRequest& request) {
  if (request.has_resume() == session->resumed) {
    session->stream().Finish(absl::InvalidArgumentError(
        session->resumed ? "resume: this stream has been resumed already"
                         : "resume: the first message must say where to resume"));
    return;
  }
  if (request.has_resume() && !Resume(session, request.resume().after_execution_sequence())) {
    return;
  }
  Take(session, request);
}

bool TradeStreams::Resume(const std::shared_ptr<Session>& session, uint64_t after) {
  const uint64_t head = venue_.store().head();
  if (after > head) {
    session->stream().Finish(
        absl::FailedPreconditionError("resume: the venue's journal ends at execution " +
                                      std::to_string(head) + ", before " + std::to_string(after)));
    return false;
  }
  session->Begin(after, head);
  session->resumed = true;
  session->pump_id = pump_.Add([session](bool) { return session->Step(); });
  const std::lock_guard lock(mutex_);
  sessions_[session->pump_id] = session;
  return true;
}

void TradeStreams::Take(const std::shared_ptr<Session>& session, const v1::VenueRequest& request) {
  const auto fail = [stream = session->stream()](const absl::Status& status) {
    stream.Finish(status);
  };
  TradeInput orders{{}, fail};
  TradeInput cancels{{}, fail};
  for (const v1::VenueCommand& command : request.commands()) {
    absl::StatusOr<Incoming> incoming = Decode(command);
    if (!incoming.ok()) {
      fail(incoming.status());
      return;
    }
    const v1::PlaceOrder& order = command.place().order();
    if (trace::Begin(OrderId::FromValue(order.order_id()), order.traceparent())) {
      trace::Note({"live-gateway", "order_arrived"}, OrderId::FromValue(order.order_id()),
                  {{"child_id", command.place().child_id()}});
    }
    if (command.has_place() && command.place().order().has_trace()) {
      session->Expect(command.place());
    }
    const bool cancel = std::holds_alternative<CancelOrder>(incoming->command);
    (cancel ? cancels : orders).commands.push_back(*std::move(incoming));
  }
  // Orders first: a cancel that is ahead of its order looks for it behind what was posted.
  const bool taken = (orders.commands.empty() || venue_.Post(std::move(orders))) &&
                     (cancels.commands.empty() || venue_.Post(std::move(cancels), Lane::kPriority));
  if (!taken) {
    fail(absl::ResourceExhaustedError("too many commands wait"));
  }
}

}  // namespace tw::live_gateway
