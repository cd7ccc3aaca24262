#include "libs/timer/timer.h"

#include <chrono>

#include "libs/base/clock.h"
#include "libs/base/thread_name.h"
#include "libs/log/scope.h"

namespace tw {

TimerThread::TimerThread() : thread_(log::ForThisService([this] { Run(); })) {}

TimerThread::~TimerThread() {
  Stop();
}

TimerThread::Id TimerThread::After(Duration delay, std::function<void()> f) {
  return Add(delay, Duration{}, std::move(f));
}

TimerThread::Id TimerThread::Every(Duration period, std::function<void()> f) {
  return Add(period, period, std::move(f));
}

TimerThread::Id TimerThread::Add(Duration delay, Duration period, std::function<void()> f) {
  const std::lock_guard lock(mutex_);
  if (stopped_) {
    return 0;
  }
  const Id id = next_++;
  const int64_t when = MonotonicNanos() + delay.ns;
  due_.emplace(std::make_pair(when, id), Entry{std::move(f), period.ns});
  when_.emplace(id, when);
  wake_.notify_one();
  return id;
}

void TimerThread::Cancel(Id id) {
  if (id == 0) {
    return;  // no timer's: none was started, or it was canceled before
  }
  std::unique_lock lock(mutex_);
  const auto it = when_.find(id);
  if (it != when_.end()) {
    due_.erase({it->second, id});
    when_.erase(it);
  }
  if (running_ == id) {
    running_cancelled_ = true;
    if (std::this_thread::get_id() != thread_.get_id()) {
      ran_.wait(lock, [&] { return running_ != id; });
    }
  }
}

void TimerThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    due_.clear();
    when_.clear();
    wake_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TimerThread::Run() {
  SetThreadName("timer");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (due_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const int64_t when = due_.begin()->first.first;
    const int64_t now = MonotonicNanos();
    if (when > now) {
      wake_.wait_for(lock, std::chrono::nanoseconds(when - now));
      continue;
    }
    const Id id = due_.begin()->first.second;
    Entry entry = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    when_.erase(id);
    running_ = id;
    running_cancelled_ = false;
    lock.unlock();
    entry.f();
    lock.lock();
    running_ = 0;
    ran_.notify_all();
    if (entry.period_ns > 0 && !running_cancelled_ && !stopped_) {
      const int64_t next = MonotonicNanos() + entry.period_ns;
      due_.emplace(std::make_pair(next, id), std::move(entry));
      when_.emplace(id, next);
    }
  }
}

}  // namespace tw
