#include "libs/timer/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/thread_name.h"
#include "libs/log/scope.h"

namespace tw {

namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kAtOnce = 1;  // long past on the monotonic clock

int OpenTimer() {
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  TW_CHECK(fd >= 0);
  return fd;
}

}  // namespace

TimerThread::TimerThread()
    : timer_fd_(OpenTimer()), thread_(log::ForThisService([this] { Run(); })) {}

TimerThread::~TimerThread() {
  Stop();
  close(timer_fd_);
}

// With the lock held. A time that is past makes the thread look at once.
void TimerThread::Arm(int64_t when) {
  if (when == armed_) {
    return;
  }
  armed_ = when;
  itimerspec at{};
  at.it_value.tv_sec = when / kNanosPerSecond;
  at.it_value.tv_nsec = when % kNanosPerSecond;
  TW_CHECK(timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &at, nullptr) == 0);
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
  if (due_.begin()->first.second == id) {
    Arm(when);
  }
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
    Arm(kAtOnce);
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TimerThread::Run() {
  SetThreadName("timer");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const int64_t when = due_.empty() ? 0 : due_.begin()->first.first;
    if (when == 0 || when > MonotonicNanos()) {
      Arm(when);
      lock.unlock();
      uint64_t expirations = 0;
      TW_CHECK(read(timer_fd_, &expirations, sizeof(expirations)) > 0 || errno == EINTR);
      lock.lock();
      armed_ = 0;
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
