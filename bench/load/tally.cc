#include "bench/load/tally.h"

namespace tw::load {

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kPassive: return "passive";
    case Kind::kMarketable: return "marketable";
    case Kind::kCancel: return "cancel";
    case Kind::kReplace: return "replace";
    case Kind::kCheck: return "check";
  }
  return "";
}

uint64_t Totals::sent() const {
  uint64_t sum = 0;
  for (const KindCount& kind : kinds) {
    sum += kind.sent;
  }
  return sum;
}

uint64_t Totals::answered() const {
  uint64_t sum = 0;
  for (const KindCount& kind : kinds) {
    sum += kind.answered;
  }
  return sum;
}

uint64_t Totals::accepted() const {
  uint64_t sum = 0;
  for (const KindCount& kind : kinds) {
    sum += kind.accepted;
  }
  return sum;
}

uint64_t Totals::orders_sent() const {
  return kinds[static_cast<size_t>(Kind::kPassive)].sent +
         kinds[static_cast<size_t>(Kind::kMarketable)].sent;
}

uint64_t Totals::orders_accepted() const {
  return kinds[static_cast<size_t>(Kind::kPassive)].accepted +
         kinds[static_cast<size_t>(Kind::kMarketable)].accepted;
}

double Totals::accepted_percent() const {
  const KindCount& checks = kinds[static_cast<size_t>(Kind::kCheck)];
  const uint64_t of = orders_sent() + checks.sent;
  return of == 0 ? 0
                 : 100.0 * static_cast<double>(orders_accepted() + checks.accepted) /
                       static_cast<double>(of);
}

void Tally::Sent(Kind kind, int64_t lag_ns, bool measured) {
  if (!measured) {
    return;
  }
  const std::lock_guard lock(mutex_);
  ++totals_.kinds[static_cast<size_t>(kind)].sent;
  ++second_.sent;
  totals_.lag.Record(lag_ns);
}

void Tally::Answered(const Outcome& outcome) {
  if (!outcome.measured) {
    return;
  }
  const std::lock_guard lock(mutex_);
  KindCount& kind = totals_.kinds[static_cast<size_t>(outcome.kind)];
  ++kind.answered;
  ++second_.answered;
  switch (outcome.verdict) {
    case Verdict::kAccepted: break;
    case Verdict::kRejected: ++totals_.rejected[outcome.reason]; return;
    case Verdict::kTooLate: ++totals_.too_late; return;
    case Verdict::kError:
      ++totals_.errors;
      ++totals_.error_codes[outcome.reason];
      return;
  }
  ++kind.accepted;
  ++second_.accepted;
  if (outcome.kind == Kind::kCancel) {
    totals_.cancels.Record(outcome.latency_ns);
  } else if (outcome.kind == Kind::kReplace) {
    totals_.replaces.Record(outcome.latency_ns);
  } else {
    totals_.orders.Record(outcome.latency_ns);
    second_latency_.Record(outcome.latency_ns);
  }
}

void Tally::Unanswered(uint64_t count) {
  const std::lock_guard lock(mutex_);
  totals_.unanswered += count;
}

Second Tally::EndSecond() {
  const std::lock_guard lock(mutex_);
  second_.p50_ns = second_latency_.Percentile(50).ns;
  second_.p99_ns = second_latency_.Percentile(99).ns;
  second_.max_ns = second_latency_.max().ns;
  const Second done = second_;
  if (done.sent + done.answered > 0) {
    totals_.seconds.push_back(done);
  }
  second_ = Second();
  second_latency_.Clear();
  return done;
}

Totals Tally::Get() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace tw::load
