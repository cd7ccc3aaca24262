// Pump: moves events from a numbered source to its subscribers, on one thread of its own, so that
// the owner of the state never waits for a consumer. Each subscriber goes at its own pace; a slow
// one stops until its stream has room.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/base/time.h"

namespace tw::stream {

enum class PumpResult {
  kCaughtUp,  // nothing more for now
  kMore,      // call again soon
  kBlocked,   // the stream is full: call again after Unblock, or with the next announcement
  kClosed,    // never call again
};

class Pump {
 public:
  // `announce` is true once each `period`: tell the head even when there is nothing new.
  using Step = std::function<PumpResult(bool announce)>;

  explicit Pump(Duration period = Duration::Seconds(1));
  ~Pump();  // Stop()

  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // After a step that caught up, the next one comes no sooner than the next whole multiple of
  // `pace` on the monotonic clock: a busy source then sends batches instead of single events, paced
  // subscribers are served at one waking, and what comes after a pause still goes out at once.
  uint64_t Add(Step step, Duration pace = Duration{});
  // The step will not run again, and once this returns it is not running (unless called from the
  // step itself).
  void Remove(uint64_t id);
  // There is something new, but not for those who have been `served` meanwhile.
  void Wake(const std::vector<uint64_t>& served = {});
  // The subscriber's stream has room again.
  void Unblock(uint64_t id);
  void Stop();
  size_t subscribers() const;
  uint64_t rounds() const;  // how often the thread has looked for who is due

 private:
  struct Subscriber {
    std::shared_ptr<Step> step;
    int64_t pace_ns = 0;
    int64_t not_before_ns = 0;
    bool blocked = false;
    bool due = true;
    bool unblocked = false;  // while its step was running
  };

  void Run();
  int64_t RunRound(std::unique_lock<std::mutex>& lock, bool announce);
  void RunStep(std::unique_lock<std::mutex>& lock, uint64_t id, bool announce);
  int64_t NextStepNanos() const;

  const int64_t period_ns_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable stepped_;
  std::map<uint64_t, Subscriber> subscribers_;
  uint64_t last_id_ = 0;
  uint64_t stepping_ = 0;
  uint64_t rounds_ = 0;
  bool stopped_ = false;
  bool woken_ = false;
  std::thread thread_;
};

}  // namespace tw::stream
