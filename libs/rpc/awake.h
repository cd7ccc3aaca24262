// Awake: keeps processors from sleeping for a moment after each message. On a virtual machine a
// processor that has gone to sleep costs a wake-up of the host before it runs anything; one that
// spins at idle priority gives way at once. Bounded: when no message has come for `spin`, it sleeps
// until the next one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/base/time.h"

namespace tw::rpc {

class Awake {
 public:
  // One spinning thread a processor; none where `spin` is zero. One object at a time in a process.
  Awake(Duration spin, const std::vector<int>& cpus);
  ~Awake();
  Awake(const Awake&) = delete;
  Awake& operator=(const Awake&) = delete;

  // A message has come. Any thread; costs a load where nobody spins.
  static void Note() {
    if (enabled_.load(std::memory_order_relaxed)) {
      messages_.fetch_add(1, std::memory_order_seq_cst);
      if (asleep_.load(std::memory_order_seq_cst) != 0) {
        WakeAll();
      }
    }
  }

  // How many of the threads sleep.
  static int asleep() { return asleep_.load(); }

 private:
  static void WakeAll();
  void Run(int cpu);

  static inline std::atomic<bool> enabled_{false};
  static inline std::atomic<uint64_t> messages_{0};
  static inline std::atomic<int> asleep_{0};
  static inline std::mutex mutex_;
  static inline std::condition_variable wake_;

  const int64_t spin_ns_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace tw::rpc
