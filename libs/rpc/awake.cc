#include "libs/rpc/awake.h"

#include <pthread.h>
#include <sched.h>

#include "libs/base/check.h"
#include "libs/base/clock.h"

namespace tw::rpc {
namespace {

constexpr int kTurnsBetweenLooks = 64;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Gives way to every thread of ordinary priority that wants this processor.
void BecomeIdle(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
  const sched_param none{};
  pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
}

}  // namespace

Awake::Awake(Duration spin, const std::vector<int>& cpus) : spin_ns_(spin.ns) {
  if (spin_ns_ <= 0) {
    return;
  }
  TW_CHECK(!enabled_.exchange(true));
  for (const int cpu : cpus) {
    threads_.emplace_back([this, cpu] { Run(cpu); });
  }
}

Awake::~Awake() {
  if (threads_.empty()) {
    return;
  }
  stop_ = true;
  WakeAll();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  enabled_ = false;
}

void Awake::WakeAll() {
  const std::lock_guard lock(mutex_);
  wake_.notify_all();
}

void Awake::Run(int cpu) {
  BecomeIdle(cpu);
  uint64_t seen = messages_.load();
  int64_t until_ns = MonotonicNanos() + spin_ns_;
  while (!stop_.load(std::memory_order_relaxed)) {
    for (int i = 0; i < kTurnsBetweenLooks; ++i) {
      Pause();
    }
    const int64_t now_ns = MonotonicNanos();
    const uint64_t messages = messages_.load(std::memory_order_relaxed);
    if (messages != seen) {
      seen = messages;
      until_ns = now_ns + spin_ns_;
    } else if (now_ns >= until_ns) {
      std::unique_lock lock(mutex_);
      ++asleep_;  // whoever counts a message from here on wakes us
      wake_.wait(lock, [&] { return stop_.load() || messages_.load() != seen; });
      --asleep_;
    }
  }
}

}  // namespace tw::rpc
