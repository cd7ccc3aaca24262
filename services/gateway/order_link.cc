#include "services/gateway/order_link.h"

#include "libs/base/clock.h"
#include "libs/base/field_error.h"
#include "libs/log/log.h"
#include "libs/trace/orders.h"

namespace tw::gateway {
namespace {

constexpr size_t kBatchMax = 512;  // commands in one message
constexpr size_t kBatchBytesMax = 1 << 20;
// One caller's oversized command must not cost the stream that all share.
constexpr size_t kCommandBytesMax = 16 << 10;
constexpr Duration kTick = Duration::Millis(50);
constexpr Duration kAskEvery = Duration::Seconds(1);
constexpr char kAskAfter[] =
    "; the order may exist: ask by account and client_order_id before sending it again";

// A command that carries nothing: oms answers it with an error, which tells that it is there.
v1::TradeSessionRequest Ask() {
  v1::TradeSessionRequest ask;
  ask.add_commands()->set_request_id(0);
  return ask;
}

absl::StatusCode CodeOf(const std::string& name) {
  for (int i = 1; i <= 16; ++i) {
    const auto code = static_cast<absl::StatusCode>(i);
    if (absl::StatusCodeToString(code) == name) {
      return code;
    }
  }
  return absl::StatusCode::kUnknown;
}

absl::StatusOr<v1::Order> ResultOf(const v1::TradeAnswer& answer) {
  if (answer.has_order()) {
    return answer.order();
  }
  absl::Status status(CodeOf(answer.error().code()), answer.error().message());
  if (!answer.error().field().empty()) {
    status.SetPayload(kFieldPayload, absl::Cord(answer.error().field()));
  }
  return status;
}

// Only with its answer has an order the id that its stages go by.
void Trace(const std::string& traceparent, const v1::TradeAnswer& answer, Duration took) {
  const OrderId id = OrderId::Parse(answer.order().order_id()).value_or(OrderId());
  if (!trace::Begin(id, traceparent)) {
    return;
  }
  const Timestamp now = SystemClock().Now();
  trace::Note({"gateway", "order_received", now - took}, id);
  trace::Note({"gateway", "order_answered", now}, id,
              {{"status", v1::OrderStatus_Name(answer.order().status()).substr(13)},
               {"duplicate", answer.order().duplicate()},
               {"took_us", took.ns / 1'000}});
}

absl::Status Unsent() {
  return absl::UnavailableError("oms is out of reach; nothing was sent to it");
}

}  // namespace

OrderLink::OrderLink(TimerThread& timers, Options options, const GatewayMetrics& metrics)
    : timers_(timers),
      options_(std::move(options)),
      metrics_(metrics),
      admission_(options_.tracing),
      link_(timers,
            {.channel = options_.oms,
             .method = "tradewind.v1.OrderService/TradeSession",
             .hello =
                 [this] {
                   heard_ns_ = MonotonicNanos();
                   return Ask();
                 },
             .on_message = [this](const Response& response) { OnMessage(response); },
             .on_lost = [this](const absl::Status& status) { OnLost(status); }}) {}

void OrderLink::Start() {
  tick_ = timers_.Every(kTick, [this] { Tick(); });
  link_.Start();
}

void OrderLink::Stop() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return;
    }
    stopped_ = true;
    up_ = false;
    for (auto& [id, waiting] : waiting_) {
      answers.emplace_back(
          std::move(waiting.done),
          absl::UnavailableError(std::string("the gateway is stopping") + kAskAfter));
    }
    waiting_.clear();
    queue_.clear();
  }
  timers_.Cancel(tick_);
  link_.Stop();
  for (Answer& answer : answers) {
    answer.first(std::move(answer.second));
  }
}

void OrderLink::Submit(const v1::SubmitOrderRequest& request,
                       Duration time_left,
                       Done<v1::Order> done) {
  v1::TradeCommand command;
  *command.mutable_submit() = request;
  command.mutable_submit()->set_traceparent(
      admission_.Admit(request.traceparent(), MonotonicNanos()));
  Post(std::move(command), !request.client_order_id().empty(), time_left, std::move(done));
}

void OrderLink::Cancel(const v1::CancelOrderRequest& request,
                       Duration time_left,
                       Done<v1::Order> done) {
  v1::TradeCommand command;
  *command.mutable_cancel() = request;
  Post(std::move(command), true, time_left, std::move(done));
}

// A replace is never repeated: another one may have come in between.
void OrderLink::Replace(const v1::ReplaceOrderRequest& request,
                        Duration time_left,
                        Done<v1::Order> done) {
  v1::TradeCommand command;
  *command.mutable_replace() = request;
  Post(std::move(command), false, time_left, std::move(done));
}

size_t OrderLink::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void OrderLink::Post(v1::TradeCommand command,
                     bool repeatable,
                     Duration time_left,
                     Done<v1::Order> done) {
  const Duration timeout = std::min(time_left, kCallMax);
  if (command.ByteSizeLong() > kCommandBytesMax) {
    done(absl::InvalidArgumentError("the request is longer than 16 KiB"));
    return;
  }
  const absl::Status refused = Enqueue(command, repeatable, timeout, done);
  if (!refused.ok()) {
    done(refused);
    return;
  }
  Flush();
}

// Takes command and done unless it refuses them.
absl::Status OrderLink::Enqueue(v1::TradeCommand& command,
                                bool repeatable,
                                Duration timeout,
                                Done<v1::Order>& done) {
  const std::lock_guard lock(mutex_);
  const size_t room = options_.waiting_max * (command.has_cancel() ? 2 : 1);
  if (stopped_) {
    return absl::UnavailableError("the gateway is stopping; nothing was sent to oms");
  }
  if (timeout <= Duration{}) {
    return absl::DeadlineExceededError("the deadline was over; nothing was sent to oms");
  }
  if (waiting_.size() >= room) {
    return absl::ResourceExhaustedError("too many order commands wait for oms");
  }
  const uint64_t id = ++last_id_;
  command.set_request_id(id);
  Waiting& waiting = waiting_[id];
  waiting.command = std::move(command);
  waiting.done = std::move(done);
  waiting.start_ns = MonotonicNanos();
  waiting.deadline_ns = waiting.start_ns + timeout.ns;
  waiting.repeatable = repeatable;
  queue_.push_back(id);
  return absl::OkStatus();
}

// Whoever finds nobody sending sends, and goes on with what others leave meanwhile.
void OrderLink::Flush() {
  while (true) {
    Batch batch;
    {
      const std::lock_guard lock(mutex_);
      if (flushing_ || !up_ || queue_.empty()) {
        return;
      }
      batch = TakeBatch();
      flushing_ = true;
    }
    const bool sent = batch.ids.empty() || link_.Send(batch.message);
    if (sent && !batch.ids.empty()) {
      metrics_.CommandsSent(batch.ids.size());
    }
    const std::lock_guard lock(mutex_);
    flushing_ = false;
    if (!sent) {
      PutBack(batch);
      return;  // too much waits on the stream, or it is lost: the next tick tries again
    }
  }
}

OrderLink::Batch OrderLink::TakeBatch() {
  Batch batch;
  batch.stream = stream_;
  size_t bytes = 0;
  while (!queue_.empty() && batch.ids.size() < kBatchMax && bytes < kBatchBytesMax) {
    const uint64_t id = queue_.front();
    queue_.pop_front();
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) {
      continue;  // its time ran out
    }
    bytes += found->second.command.ByteSizeLong();
    *batch.message.add_commands() = found->second.command;
    found->second.sent = true;
    batch.ids.push_back(id);
  }
  return batch;
}

// Nothing of the batch left this process. When the stream was lost meanwhile, OnLost has dealt with
// it.
void OrderLink::PutBack(const Batch& batch) {
  if (batch.stream != stream_) {
    return;
  }
  for (auto id = batch.ids.rbegin(); id != batch.ids.rend(); ++id) {
    const auto found = waiting_.find(*id);
    if (found != waiting_.end()) {
      found->second.sent = false;
      queue_.push_front(*id);
    }
  }
}

void OrderLink::OnMessage(const Response& response) {
  const int64_t now_ns = MonotonicNanos();
  heard_ns_ = now_ns;
  std::vector<Answer> answers;
  bool came_up = false;
  {
    const std::lock_guard lock(mutex_);
    came_up = !stopped_ && !up_.exchange(true);
    for (const v1::TradeAnswer& answer : response.answers()) {
      const auto found = waiting_.find(answer.request_id());
      if (found == waiting_.end()) {
        continue;  // the answer to Ask, or too late
      }
      const Duration took{now_ns - found->second.start_ns};
      metrics_.OrderAnswered(took);
      if (!found->second.command.submit().traceparent().empty()) {
        Trace(found->second.command.submit().traceparent(), answer, took);
      }
      answers.emplace_back(std::move(found->second.done), ResultOf(answer));
      waiting_.erase(found);
    }
  }
  for (Answer& answer : answers) {
    answer.first(std::move(answer.second));
  }
  if (came_up) {
    log::Info("oms_connected");
    if (options_.on_up) {
      options_.on_up();
    }
    Flush();
  }
}

void OrderLink::OnLost(const absl::Status& status) {
  metrics_.LinkLost();
  std::vector<Answer> answers;
  std::vector<uint64_t> again;
  bool was_up = false;
  {
    const std::lock_guard lock(mutex_);
    was_up = up_.exchange(false);
    ++stream_;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      Waiting& waiting = it->second;
      absl::Status outcome;
      if (waiting.sent && waiting.repeatable && !waiting.repeated) {
        waiting.sent = false;
        waiting.repeated = true;
        again.push_back(it->first);
        metrics_.CommandRepeated();
      } else if (waiting.sent) {
        metrics_.OutcomeUnknown();
        outcome = absl::UnavailableError(
            std::string("the connection to oms was lost before its answer") + kAskAfter);
      } else if (!was_up && !waiting.repeated) {
        outcome = Unsent();
      }
      if (outcome.ok()) {
        ++it;
      } else {
        answers.emplace_back(std::move(waiting.done), std::move(outcome));
        waiting_.erase(it++);
      }
    }
    std::sort(again.begin(), again.end());
    queue_.insert(queue_.begin(), again.begin(), again.end());
  }
  if (was_up) {
    log::Warn("oms_lost", {{"error", std::string(status.message())}});
  }
  for (Answer& answer : answers) {
    answer.first(std::move(answer.second));
  }
}

std::vector<OrderLink::Answer> OrderLink::Expired(int64_t now_ns) {
  std::vector<Answer> answers;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    Waiting& waiting = it->second;
    if (waiting.deadline_ns > now_ns) {
      ++it;
      continue;
    }
    absl::Status outcome = Unsent();
    if (waiting.sent || waiting.repeated) {
      metrics_.OutcomeUnknown();
      outcome = absl::DeadlineExceededError(std::string("no answer from oms in time") + kAskAfter);
    }
    answers.emplace_back(std::move(waiting.done), std::move(outcome));
    waiting_.erase(it++);
  }
  return answers;
}

void OrderLink::Tick() {
  const int64_t now_ns = MonotonicNanos();
  std::vector<Answer> answers;
  bool ask = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return;
    }
    answers = Expired(now_ns);
    ask = now_ns - asked_ns_ >= kAskEvery.ns;
    asked_ns_ = ask ? now_ns : asked_ns_;
  }
  for (Answer& answer : answers) {
    answer.first(std::move(answer.second));
  }
  if (ask) {
    link_.Send(Ask());
  }
  if (now_ns - heard_ns_.load() > options_.silence_max.ns) {
    heard_ns_ = now_ns;
    link_.Restart();
  }
  Flush();
}

}  // namespace tw::gateway
