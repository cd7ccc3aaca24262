// Clock: the one seam to wall-clock time. Shells hold a Clock&; cores are handed `now`.
// Thread-safe.
#pragma once

#include <atomic>

#include "libs/base/time.h"

namespace tw {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
};

// The machine's real-time clock, held back so that it never runs backwards within this process
// (an NTP step backwards stands still until real time has caught up).
class SystemClock final : public Clock {
 public:
  Timestamp Now() const override;

 private:
  mutable std::atomic<int64_t> last_ns_{0};
};

// A clock that moves only when told to; for tests and simulation.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_ns_(start.ns) {}

  Timestamp Now() const override { return {now_ns_.load()}; }
  void Advance(Duration d) { now_ns_ += d.ns; }
  void Set(Timestamp t) { now_ns_ = t.ns; }

 private:
  std::atomic<int64_t> now_ns_;
};

// Nanoseconds on the monotonic clock: for measuring spans only.
int64_t MonotonicNanos();

}  // namespace tw
