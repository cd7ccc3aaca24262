// Tally: what came of every command of the measured part of a run. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "bench/load/histogram.h"

namespace tw::load {

enum class Kind : uint8_t { kPassive, kMarketable, kCancel, kReplace, kCheck };
inline constexpr size_t kKinds = 5;
const char* KindName(Kind kind);
inline bool IsNewOrder(Kind kind) {
  return kind == Kind::kPassive || kind == Kind::kMarketable;
}

enum class Verdict : uint8_t {
  kAccepted,
  kRejected,  // an order or a replace that was refused with a reason
  kTooLate,   // a cancel or replace of an order that had finished or was changing: a lost race
  kError,     // nothing was done: malformed, overload, time-out, out of reach
};

struct Outcome {
  Kind kind = Kind::kPassive;
  Verdict verdict = Verdict::kError;
  std::string reason;      // the reject reason or error code; empty when accepted
  int64_t latency_ns = 0;  // from the intended time
  bool measured = false;   // false: warm-up, which counts nowhere
};

struct KindCount {
  uint64_t sent = 0;
  uint64_t answered = 0;
  uint64_t accepted = 0;
};

// One second of the run.
struct Second {
  uint64_t sent = 0;
  uint64_t answered = 0;
  uint64_t accepted = 0;
  int64_t p50_ns = 0;
  int64_t p99_ns = 0;
  int64_t max_ns = 0;
};

struct Totals {
  std::array<KindCount, kKinds> kinds;
  uint64_t too_late = 0;
  uint64_t errors = 0;
  uint64_t unanswered = 0;
  std::map<std::string, uint64_t> rejected;
  std::map<std::string, uint64_t> error_codes;
  Histogram orders;    // accepted new orders; risk checks that were answered
  Histogram cancels;   // accepted
  Histogram replaces;  // accepted
  Histogram lag;       // how late the harness itself sent
  std::vector<Second> seconds;

  uint64_t sent() const;
  uint64_t answered() const;
  uint64_t accepted() const;
  uint64_t orders_sent() const;
  uint64_t orders_accepted() const;
  double accepted_percent() const;  // of the new orders (or checks) sent
};

class Tally {
 public:
  void Sent(Kind kind, int64_t lag_ns, bool measured);
  void Answered(const Outcome& outcome);
  void Unanswered(uint64_t count);

  // Closes the second under way and answers it.
  Second EndSecond();

  Totals Get() const;

 private:
  mutable std::mutex mutex_;
  Totals totals_;
  Histogram second_latency_;
  Second second_;
};

}  // namespace tw::load
