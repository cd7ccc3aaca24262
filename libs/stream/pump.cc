#include "libs/stream/pump.h"

#include <chrono>
#include <vector>

#include "libs/base/clock.h"

namespace tw::stream {

Pump::Pump(Duration period) : period_ns_(period.ns), thread_([this] { Run(); }) {}

Pump::~Pump() {
  Stop();
}

uint64_t Pump::Add(Step step) {
  const std::lock_guard lock(mutex_);
  const uint64_t id = ++last_id_;
  subscribers_[id].step = std::make_shared<Step>(std::move(step));
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

void Pump::Wake() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, subscriber] : subscribers_) {
    subscriber.due = true;
  }
  woken_ = true;
  wake_.notify_one();
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

// One step of every subscriber that is due. True when one of them has more.
bool Pump::RunRound(std::unique_lock<std::mutex>& lock, bool announce) {
  std::vector<uint64_t> ids;
  for (const auto& [id, subscriber] : subscribers_) {
    if (announce || (!subscriber.blocked && subscriber.due)) {
      ids.push_back(id);
    }
  }
  bool more = false;
  for (const uint64_t id : ids) {
    auto it = subscribers_.find(id);
    if (it == subscribers_.end()) {
      continue;
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
      continue;
    }
    if (result == PumpResult::kClosed) {
      subscribers_.erase(it);
      continue;
    }
    // Room may have appeared while the step was finding the stream full.
    it->second.blocked = result == PumpResult::kBlocked && !it->second.unblocked;
    it->second.due = it->second.due || result == PumpResult::kMore;
    more = more || (!it->second.blocked && it->second.due);
  }
  return more;
}

void Pump::Run() {
  std::unique_lock lock(mutex_);
  int64_t next_announcement = MonotonicNanos() + period_ns_;
  bool more = false;
  while (!stopped_) {
    const int64_t now = MonotonicNanos();
    if (!more && !woken_ && now < next_announcement) {
      wake_.wait_for(lock, std::chrono::nanoseconds(next_announcement - now));
      continue;
    }
    woken_ = false;
    const bool announce = now >= next_announcement;
    if (announce) {
      next_announcement = now + period_ns_;
    }
    more = RunRound(lock, announce);
  }
}

}  // namespace tw::stream
