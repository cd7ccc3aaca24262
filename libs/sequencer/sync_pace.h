// Where the sync at the end of a batch is done: where the batch was, which wakes nobody, or by the
// sequencer's thread, so that whoever brought the batch can read on (Sequencer's `end_waits`).
//
// Syncs that follow each other closely keep a reader from its sockets for most of the time; syncs
// that are far apart do not. So one is done in place when the disk has rested for a few times as
// long as a sync takes: with `rest` of 1 a reader waits for the disk for about half of its time at
// most, whatever the disk; with 2, for a third.
#pragma once

#include <cstdint>

namespace tw {

// Times are monotonic nanoseconds. For the owner of the state.
class SyncPace {
 public:
  // Zero: always in place.
  explicit SyncPace(double rest) : rest_(rest) {}

  void Synced(int64_t start_ns, int64_t end_ns) {
    const double took = static_cast<double>(end_ns - start_ns);
    took_ns_ = took_ns_ > 0 ? took_ns_ + (took - took_ns_) / kSmoothing : took;
    ended_ns_ = end_ns;
  }

  bool IsDense(int64_t now_ns) const {
    return static_cast<double>(now_ns - ended_ns_) < rest_ * took_ns_;
  }
  // When the last sync ended.
  int64_t ended_ns() const { return ended_ns_; }

 private:
  static constexpr double kSmoothing = 8;  // one slow sync in eight counts for itself

  const double rest_;
  double took_ns_ = 0;  // a moving average
  int64_t ended_ns_ = 0;
};

}  // namespace tw
