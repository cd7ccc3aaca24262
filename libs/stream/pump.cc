#include "libs/stream/pump.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "libs/base/clock.h"
#include "libs/base/thread_name.h"
#include "libs/log/scope.h"

namespace tw::stream {
namespace {

// The first whole multiple of `step` after `now`.
int64_t NextMultiple(int64_t now, int64_t step) {
  return now - now % step + step;
}

}  // namespace

Pump::Pump(Duration period)
    : period_ns_(period.ns), thread_(log::ForThisService([this] { Run(); })) {}

Pump::~Pump() {
  Stop();
}

uint64_t Pump::Add(Step step, Duration pace) {
  const std::lock_guard lock(mutex_);
  const uint64_t id = ++last_id_;
  subscribers_[id].step = std::make_shared<Step>(std::move(step));
  subscribers_[id].pace_ns = pace.ns;
  woken_ = true;
  wake_.notify_one();
  return id;
}

void Pump::Remove(uint64_t id) {
  std::unique_lock lock(mutex_);
  subscribers_.erase(id);
  if (std::this_thread::get_id() != thread_.get_id()) {
    stepped_.wait(lock, [&] { return stepping_ != id; });
  }
}

// Whoever is within its pace is looked at when that is over, and whoever is blocked when there is
// room: no need to wake the thread now.
void Pump::Wake(const std::vector<uint64_t>& served) {
  const std::lock_guard lock(mutex_);
  const int64_t now = MonotonicNanos();
  bool ready = false;
  for (auto& [id, subscriber] : subscribers_) {
    if (std::find(served.begin(), served.end(), id) != served.end()) {
      continue;
    }
    subscriber.due = true;
    ready = ready || (!subscriber.blocked && subscriber.not_before_ns <= now);
  }
  if (ready) {
    woken_ = true;
    wake_.notify_one();
  }
}

void Pump::Unblock(uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto it = subscribers_.find(id);
  if (it == subscribers_.end()) {
    return;
  }
  it->second.blocked = false;
  it->second.due = true;
  it->second.unblocked = true;
  woken_ = true;
  wake_.notify_one();
}

void Pump::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  subscribers_.clear();
}

size_t Pump::subscribers() const {
  const std::lock_guard lock(mutex_);
  return subscribers_.size();
}

uint64_t Pump::rounds() const {
  const std::lock_guard lock(mutex_);
  return rounds_;
}

// One step of every subscriber that is due. Answers when the next one is.
int64_t Pump::RunRound(std::unique_lock<std::mutex>& lock, bool announce) {
  ++rounds_;
  const int64_t now = MonotonicNanos();
  std::vector<uint64_t> ids;
  for (const auto& [id, subscriber] : subscribers_) {
    const bool ready = !subscriber.blocked && subscriber.due && subscriber.not_before_ns <= now;
    if (announce || ready) {
      ids.push_back(id);
    }
  }
  for (const uint64_t id : ids) {
    RunStep(lock, id, announce);
  }
  return NextStepNanos();
}

void Pump::RunStep(std::unique_lock<std::mutex>& lock, uint64_t id, bool announce) {
  auto it = subscribers_.find(id);
  if (it == subscribers_.end()) {
    return;
  }
  const std::shared_ptr<Step> step = it->second.step;
  it->second.due = false;
  it->second.unblocked = false;
  stepping_ = id;
  lock.unlock();
  const PumpResult result = (*step)(announce);
  lock.lock();
  stepping_ = 0;
  stepped_.notify_all();
  it = subscribers_.find(id);
  if (it == subscribers_.end()) {
    return;
  }
  Subscriber& subscriber = it->second;
  if (result == PumpResult::kClosed) {
    subscribers_.erase(it);
    return;
  }
  // Room may have appeared while the step was finding the stream full.
  subscriber.blocked = result == PumpResult::kBlocked && !subscriber.unblocked;
  subscriber.due = subscriber.due || result == PumpResult::kMore;
  const bool paced = result == PumpResult::kCaughtUp && subscriber.pace_ns > 0;
  subscriber.not_before_ns = paced ? NextMultiple(MonotonicNanos(), subscriber.pace_ns) : 0;
}

// A pace that is not over yet counts even where nothing is due: Wake leaves it to this.
int64_t Pump::NextStepNanos() const {
  int64_t next = std::numeric_limits<int64_t>::max();
  for (const auto& [id, subscriber] : subscribers_) {
    if (!subscriber.blocked && (subscriber.due || subscriber.not_before_ns > MonotonicNanos())) {
      next = std::min(next, subscriber.not_before_ns);
    }
  }
  return next;
}

void Pump::Run() {
  SetThreadName("pump");
  std::unique_lock lock(mutex_);
  int64_t next_announcement = MonotonicNanos() + period_ns_;
  int64_t next_step = std::numeric_limits<int64_t>::max();
  while (!stopped_) {
    const int64_t now = MonotonicNanos();
    const int64_t next = std::min(next_step, next_announcement);
    if (!woken_ && now < next) {
      wake_.wait_for(lock, std::chrono::nanoseconds(next - now));
      continue;
    }
    woken_ = false;
    const bool announce = now >= next_announcement;
    if (announce) {
      next_announcement = now + period_ns_;
    }
    next_step = RunRound(lock, announce);
  }
}

}  // namespace tw::stream
