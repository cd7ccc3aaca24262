#include "libs/base/clock.h"

#include <ctime>

namespace tw {
namespace {

int64_t Read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return static_cast<int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

Timestamp SystemClock::Now() const {
  const int64_t real = Read(CLOCK_REALTIME);
  int64_t last = last_ns_.load(std::memory_order_relaxed);
  while (real > last && !last_ns_.compare_exchange_weak(last, real, std::memory_order_relaxed)) {
  }
  return {real > last ? real : last};
}

int64_t MonotonicNanos() {
  return Read(CLOCK_MONOTONIC);
}

}  // namespace tw
