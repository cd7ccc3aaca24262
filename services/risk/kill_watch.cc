#include "services/risk/kill_watch.h"

#include <algorithm>
#include <utility>

#include "libs/base/clock.h"
#include "libs/log/log.h"

namespace tw::risk {

void KillWatch::OnEngaged(const KillSwitchChanged& change, int64_t asked_ns) {
  Watch watch;
  watch.asked_ns = asked_ns;
  KillReported& report = watch.report;
  report.generation = change.generation;
  report.scope = change.scope;
  report.name = change.name;
  report.reason = change.reason;
  report.by = change.by;
  report.drill = change.drill;
  report.engaged = change.time;
  report.cancels = change.cancel_open_orders;
  report.open_orders = desk_.Read([&](const State& state, const Alerts&) {
    return state.exposure.OpenOrdersOf(change.scope, change.name);
  });
  report.left_open = report.open_orders;
  std::vector<KillReported> complete;
  {
    const std::lock_guard lock(mutex_);
    if (running_.size() >= kRunningMax) {
      complete.push_back(running_.front().report);
      running_.erase(running_.begin());
    }
    running_.push_back(std::move(watch));
    count_ = running_.size();
  }
  Close(std::move(complete));
  OnBlocked(0);  // the gates may have been faster
}

template <typename Wanted>
std::vector<KillReported> KillWatch::Take(const Wanted& wanted) {
  const auto first = std::stable_partition(
      running_.begin(), running_.end(), [&](const Watch& watch) { return !wanted(watch.report); });
  std::vector<KillReported> taken;
  for (auto it = first; it != running_.end(); ++it) {
    taken.push_back(std::move(it->report));
  }
  running_.erase(first, running_.end());
  count_ = running_.size();
  return taken;
}

void KillWatch::OnReleased(LimitScope scope, const std::string& name) {
  std::vector<KillReported> complete;
  {
    const std::lock_guard lock(mutex_);
    complete = Take(
        [&](const KillReported& report) { return report.scope == scope && report.name == name; });
  }
  Close(std::move(complete));
}

void KillWatch::OnBlocked(uint64_t generation) {
  std::vector<KillReported> complete;
  {
    const std::lock_guard lock(mutex_);
    blocked_generation_ = std::max(blocked_generation_, generation);
    for (Watch& watch : running_) {
      if (!watch.report.blocked && watch.report.generation <= blocked_generation_) {
        watch.report.blocked = true;
        watch.report.blocked_after = Duration{MonotonicNanos() - watch.asked_ns};
      }
    }
    complete = TakeComplete();
  }
  Close(std::move(complete));
  Poll();
}

void KillWatch::Poll() {
  if (count_ == 0) {
    return;
  }
  std::vector<KillReported> complete;
  {
    const std::lock_guard lock(mutex_);
    for (Watch& watch : running_) {
      KillReported& report = watch.report;
      // Before the gates have it an order may still be on its way: nothing is confirmed yet.
      if (!report.blocked || !report.cancels || report.confirmed) {
        continue;
      }
      report.left_open = desk_.Read([&](const State& state, const Alerts&) {
        return state.exposure.OpenOrdersOf(report.scope, report.name);
      });
      if (report.left_open == 0) {
        report.confirmed = true;
        report.confirmed_after = Duration{MonotonicNanos() - watch.asked_ns};
      }
    }
    complete = TakeComplete();
  }
  Close(std::move(complete));
}

std::vector<KillReported> KillWatch::TakeComplete() {
  return Take([](const KillReported& report) {
    return report.blocked && (!report.cancels || report.confirmed);
  });
}

void KillWatch::Close(std::vector<KillReported> complete) {
  for (KillReported& report : complete) {
    report.time = desk_.clock().Now();
    log::Warn("kill_switch_report", {{"scope", std::string(Name(report.scope))},
                                     {"name", report.name},
                                     {"generation", report.generation},
                                     {"blocked_us", report.blocked_after.ns / 1'000},
                                     {"open_orders", report.open_orders},
                                     {"confirmed_us", report.confirmed_after.ns / 1'000},
                                     {"left_open", report.left_open},
                                     {"drill", report.drill}});
    keep_(std::move(report));
  }
}

std::vector<KillReported> KillWatch::Running() const {
  const std::lock_guard lock(mutex_);
  std::vector<KillReported> out;
  for (const Watch& watch : running_) {
    out.push_back(watch.report);
  }
  return out;
}

}  // namespace tw::risk
