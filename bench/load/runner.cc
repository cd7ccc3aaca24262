#include "bench/load/runner.h"

#include <sys/prctl.h>
#include <time.h>

#include <chrono>

#include "libs/base/clock.h"

namespace tw::load {
namespace {

constexpr size_t kBatchMax = 256;
constexpr std::chrono::milliseconds kPoll(100);
constexpr int64_t kRetryNanos = 200'000;

// Never past a tenth of a second at a time, so that a stop is seen.
void SleepUntil(int64_t monotonic_ns) {
  timespec until{};
  until.tv_sec = monotonic_ns / 1'000'000'000;
  until.tv_nsec = monotonic_ns % 1'000'000'000;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

std::string ReasonName(v1::RejectReason reason) {
  constexpr std::string_view kPrefix = "REJECT_REASON_";
  const std::string name = v1::RejectReason_Name(reason);
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : std::to_string(reason);
}

}  // namespace

Outcome Judge(Kind kind, const v1::TradeAnswer& answer) {
  Outcome outcome;
  outcome.kind = kind;
  const bool change = kind == Kind::kCancel || kind == Kind::kReplace;
  if (!answer.has_order()) {
    outcome.reason = answer.error().code();
    outcome.verdict =
        change && outcome.reason == "FAILED_PRECONDITION" ? Verdict::kTooLate : Verdict::kError;
    return outcome;
  }
  const v1::Order& order = answer.order();
  if (order.reject_reason() != v1::REJECT_REASON_NONE ||
      order.status() == v1::ORDER_STATUS_REJECTED) {
    outcome.verdict = Verdict::kRejected;
    outcome.reason = ReasonName(order.reject_reason());
  } else if (kind == Kind::kCancel && (order.status() == v1::ORDER_STATUS_FILLED ||
                                       order.status() == v1::ORDER_STATUS_EXPIRED)) {
    outcome.verdict = Verdict::kTooLate;
  } else {
    outcome.verdict = Verdict::kAccepted;
  }
  return outcome;
}

void Runner::Run() {
  prctl(PR_SET_TIMERSLACK, 1000);  // sleep to the microsecond
  if (options_.schedule.shape == Shape::kOneAtATime) {
    RunOneAtATime();
  } else {
    RunSchedule();
  }
  Drain();
}

void Runner::BeginMeasuring(int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  measuring_from_ns_ = now_ns;
}

// Now and then one of the first account's: their events are few enough to be read afterwards.
bool Runner::WantsTrace(const Plan& plan, bool measured) {
  if (options_.traces == 0 || options_.over != Over::kSession || !measured ||
      !IsNewOrder(plan.kind) || plan.command.submit().account() != AccountName(0)) {
    return false;
  }
  const int64_t now_ns = MonotonicNanos();
  if (now_ns < next_trace_ns_) {
    return false;
  }
  next_trace_ns_ = now_ns + 1'000'000'000 / options_.traces;
  return true;
}

// Adds the next command to the batch. False: there is no room for another one under way.
bool Runner::Collect(int64_t intended_ns, bool measured, std::vector<v1::TradeCommand>& batch) {
  Plan plan = planner_.Next(intended_ns);
  int64_t traced_ns = 0;
  if (WantsTrace(plan, measured)) {
    plan.command.mutable_trace();
    traced_ns = SystemClock().Now().ns;
  }
  const std::lock_guard lock(mutex_);
  const uint64_t id = ++last_id_;
  plan.command.set_request_id(id);
  in_flight_[id] = {plan.kind, measured, intended_ns, traced_ns, std::move(plan.order)};
  tally_.Sent(plan.kind, MonotonicNanos() - intended_ns, measured);
  batch.push_back(std::move(plan.command));
  return in_flight_.size() < static_cast<size_t>(options_.outstanding_max);
}

// Waits until fewer than `room` commands are under way; false: told to stop.
bool Runner::WaitForRoom(size_t room) {
  std::unique_lock lock(mutex_);
  while (in_flight_.size() >= room) {
    if (stop_.load()) {
      return false;
    }
    answered_.wait_for(lock, kPoll);
  }
  return !stop_.load();
}

bool Runner::SendBatch(const std::vector<v1::TradeCommand>& batch) {
  while (!link_.Send(batch)) {
    if (stop_.load()) {
      return false;
    }
    SleepUntil(MonotonicNanos() + kRetryNanos);
  }
  return true;
}

void Runner::RunSchedule() {
  Schedule schedule(options_.schedule);
  const int64_t start_ns = MonotonicNanos() + 10'000'000;
  const int64_t measured_ns = start_ns + options_.schedule.warmup.ns;
  planned_ns_ = options_.schedule.total.ns - options_.schedule.warmup.ns;
  std::optional<Duration> next = schedule.Next();
  bool measuring = false;
  int64_t count = 0;
  int64_t sent_ns = 0;
  std::vector<v1::TradeCommand> batch;
  while (next && count < options_.count_max) {
    const int64_t due_ns = std::max(start_ns + next->ns, sent_ns + options_.gather.ns);
    int64_t now_ns = MonotonicNanos();
    if (due_ns > now_ns) {
      SleepUntil(std::min(due_ns, now_ns + 100'000'000));
      now_ns = MonotonicNanos();
    }
    if (stop_.load()) {
      break;
    }
    if (!measuring && start_ns + next->ns >= measured_ns) {
      measuring = true;
      BeginMeasuring(measured_ns);
    }
    bool room = WaitForRoom(static_cast<size_t>(options_.outstanding_max));
    while (room && next && batch.size() < kBatchMax && count < options_.count_max &&
           start_ns + next->ns <= now_ns && (measuring || start_ns + next->ns < measured_ns)) {
      room = Collect(start_ns + next->ns, measuring, batch);
      next = schedule.Next();
      ++count;
    }
    sent_ns = now_ns;
    if (!batch.empty() && !SendBatch(batch)) {
      break;
    }
    batch.clear();
  }
}

// The next leaves when the one before is answered, on the thread that heard the answer, as a
// trading client would do it; what is measured is the time in between. This thread sends the first,
// and what could not be sent from there.
void Runner::RunOneAtATime() {
  const int64_t start_ns = MonotonicNanos();
  one_.measured_ns = start_ns + options_.schedule.warmup.ns;
  one_.end_ns = start_ns + options_.schedule.total.ns;
  planned_ns_ = one_.end_ns - one_.measured_ns;
  SetFollowing(true);
  while (TakeTurn()) {
    if (one_.unsent) {
      SleepUntil(MonotonicNanos() + kRetryNanos);
    }
    SendInTurn();
  }
  SetFollowing(false);
}

void Runner::SetFollowing(bool on) {
  const std::lock_guard lock(mutex_);
  one_.following = on;
}

// Waits until it is this thread that sends; false: no more is sent. An answer that does not come is
// waited for until the end.
bool Runner::TakeTurn() {
  std::unique_lock lock(mutex_);
  while (!stop_.load() && !one_.ended && (one_.taken || MonotonicNanos() < one_.end_ns)) {
    if (!one_.taken && (one_.unsent || in_flight_.empty())) {
      one_.taken = true;
      return true;
    }
    answered_.wait_for(lock, kPoll);
  }
  return false;
}

// Makes the next command the batch. False: that was the last.
bool Runner::PlanOne() {
  const int64_t now_ns = MonotonicNanos();
  if (one_.count >= options_.count_max || now_ns >= one_.end_ns || stop_.load()) {
    return false;
  }
  ++one_.count;
  if (!one_.measuring && now_ns >= one_.measured_ns) {
    one_.measuring = true;
    BeginMeasuring(now_ns);
  }
  one_.batch.clear();
  Collect(MonotonicNanos(), one_.measuring, one_.batch);
  return true;
}

// Sends the next one, and so on while answers come before the sending is over. REQUIRES: the turn
// is the caller's; then it is no longer.
void Runner::SendInTurn() {
  while (true) {
    const bool planned = one_.unsent || PlanOne();
    const bool sent = planned && link_.Send(one_.batch);
    const std::lock_guard lock(mutex_);
    one_.unsent = planned && !sent;
    one_.ended = !planned;
    if (sent && in_flight_.empty()) {
      continue;
    }
    one_.taken = false;
    if (!sent) {
      answered_.notify_one();
    }
    return;
  }
}

void Runner::Drain() {
  const int64_t deadline_ns = MonotonicNanos() + options_.drain_max.ns;
  std::unique_lock lock(mutex_);
  while ((one_.taken || !in_flight_.empty()) && MonotonicNanos() < deadline_ns) {
    answered_.wait_for(lock, kPoll);
  }
  uint64_t measured = 0;
  for (const auto& [id, in_flight] : in_flight_) {
    measured += in_flight.measured ? 1 : 0;
  }
  tally_.Unanswered(measured);
}

void Runner::Answered(const v1::TradeAnswer& answer, int64_t now_ns) {
  InFlight sent;
  bool follows = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = in_flight_.find(answer.request_id());
    if (found == in_flight_.end()) {
      return;  // not of this run
    }
    sent = std::move(found->second);
    in_flight_.erase(found);
    follows = one_.following && !one_.taken;
    one_.taken = one_.taken || follows;
    last_answer_ns_ = std::max(last_answer_ns_, now_ns);
    if (IsNewOrder(sent.kind)) {
      answer.has_order() ? answered_orders_.Add(answer.order()) : void(++without_order_);
    }
  }
  Outcome outcome = Judge(sent.kind, answer);
  outcome.latency_ns = now_ns - sent.intended_ns;
  outcome.measured = sent.measured;
  tally_.Answered(outcome);
  if (sent.traced_ns != 0 && outcome.verdict == Verdict::kAccepted) {
    // The wall clock's time of arrival: its distance to now is the monotonic one's.
    const int64_t received_ns = SystemClock().Now().ns - (MonotonicNanos() - now_ns);
    waterfall_.Answered(answer.order().order_id(), sent.traced_ns, answer.trace(), received_ns);
    const std::lock_guard lock(mutex_);
    const uint64_t sequence = answer.order().sequence();
    traced_from_ = traced_from_ == 0 ? sequence : std::min(traced_from_, sequence);
  }
  const bool rests = sent.kind == Kind::kPassive
                         ? outcome.verdict == Verdict::kAccepted
                         : sent.kind == Kind::kReplace && outcome.verdict != Verdict::kTooLate;
  if (rests) {
    if (answer.has_order()) {
      sent.order.order_id = answer.order().order_id();
    }
    sent.order.since_ns = now_ns;
    planner_.Rests(std::move(sent.order));
  }
  if (follows) {
    SendInTurn();
  } else {
    answered_.notify_one();
  }
}

Duration Runner::elapsed() const {
  const std::lock_guard lock(mutex_);
  if (measuring_from_ns_ == 0) {
    return {};
  }
  const int64_t to_last = last_answer_ns_ - measuring_from_ns_;
  return {stop_.load() ? to_last : std::max(planned_ns_, to_last)};
}

OrderSum Runner::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_orders_;
}

uint64_t Runner::unknown() const {
  const std::lock_guard lock(mutex_);
  return without_order_ + in_flight_.size();
}

uint64_t Runner::traced_from() const {
  const std::lock_guard lock(mutex_);
  return traced_from_;
}

size_t Runner::outstanding() const {
  const std::lock_guard lock(mutex_);
  return in_flight_.size();
}

uint64_t Runner::commands() const {
  const std::lock_guard lock(mutex_);
  return last_id_;
}

}  // namespace tw::load
