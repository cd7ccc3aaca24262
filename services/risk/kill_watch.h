// KillWatch: what each throw of the kill switch leads to, and how fast: when oms and live-gateway
// have it, so that no order can leave, and when the last cancel was confirmed. A report that is
// complete goes into the journal; one under way is lost with the process.
//
// Times run from the request on, by the monotonic clock. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "services/risk/controls.h"
#include "services/risk/desk.h"

namespace tw::risk {

class KillWatch {
 public:
  static constexpr size_t kRunningMax = 64;  // the oldest is closed as it is

  // `keep` takes complete reports. `desk` outlives this.
  KillWatch(const Desk& desk, std::function<void(KillReported)> keep)
      : desk_(desk), keep_(std::move(keep)) {}

  // A switch that is on disk. `asked_ns`: MonotonicNanos() when the request came.
  void OnEngaged(const KillSwitchChanged& change, int64_t asked_ns);
  // Released: what is still under way is closed as it is.
  void OnReleased(LimitScope scope, const std::string& name);
  // Both gates refuse what was approved before this generation.
  void OnBlocked(uint64_t generation);
  // Looks whether the last open order has gone. After each batch of the ledger.
  void Poll();

  // Those under way.
  std::vector<KillReported> Running() const;

 private:
  struct Watch {
    KillReported report;
    int64_t asked_ns = 0;
  };

  // REQUIRES: mutex_ is held, in both.
  template <typename Wanted>
  std::vector<KillReported> Take(const Wanted& wanted);
  std::vector<KillReported> TakeComplete();
  void Close(std::vector<KillReported> complete);

  const Desk& desk_;
  const std::function<void(KillReported)> keep_;
  mutable std::mutex mutex_;
  std::vector<Watch> running_;
  uint64_t blocked_generation_ = 0;
  std::atomic<size_t> count_{0};
};

}  // namespace tw::risk
