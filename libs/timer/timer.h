// TimerThread: runs small functions later, on one thread of its own. For retries, announcements and
// sweeps; a function that blocks delays every other. The thread wakes when something is due, not
// when something is added: it sleeps on a timerfd, which whoever adds sets.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "libs/base/time.h"

namespace tw {

class TimerThread {
 public:
  TimerThread();
  ~TimerThread();  // Stop()

  TimerThread(const TimerThread&) = delete;
  TimerThread& operator=(const TimerThread&) = delete;

  using Id = uint64_t;

  // Once, `delay` from now. After Stop nothing runs any more and the Id is 0.
  Id After(Duration delay, std::function<void()> f);
  // Each `period`, first one period from now; a late run is not made up for.
  Id Every(Duration period, std::function<void()> f);
  // It will not run again. When called from another thread, it is not running either once this
  // returns.
  void Cancel(Id id);

  // Drops what is waiting and joins the thread. Idempotent. Not from a timer's function.
  void Stop();

 private:
  struct Entry {
    std::function<void()> f;
    int64_t period_ns;  // 0: once
  };

  Id Add(Duration delay, Duration period, std::function<void()> f);
  void Arm(int64_t when);
  void Run();

  const int timer_fd_;
  std::mutex mutex_;
  std::condition_variable ran_;
  std::map<std::pair<int64_t, Id>, Entry> due_;  // by monotonic time
  std::map<Id, int64_t> when_;
  int64_t armed_ = 0;  // when timer_fd_ is readable next; 0: never
  Id next_ = 1;
  Id running_ = 0;
  bool running_cancelled_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tw
