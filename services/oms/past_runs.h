// The runs of old events that were read from the journal last. A reader that is far behind asks for
// a few hundred events at a time, and a group of the journal can only be read and checked whole:
// so a run is read once for all of them, and for all other readers that are as far behind.
// Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "libs/stream/numbered_log.h"
#include "services/oms/convert.h"

namespace tw::oms {

class PastRuns {
 public:
  static constexpr size_t kRuns = 8;
  // Of one run, as it is read; a record that is larger is a run by itself.
  static constexpr uint64_t kRecords = 8192;
  static constexpr uint64_t kBytes = 4 << 20;

  // Consecutive events.
  using Run = std::vector<std::shared_ptr<const PackedEvent>>;

  // Adds the events from `from` on that a run holds, `max` together at most. False: none holds it.
  bool Take(uint64_t from, size_t max, stream::Page<PackedEvent>& page) {
    const std::lock_guard lock(mutex_);
    for (Kept& kept : kept_) {
      if (kept.run.empty() || from < kept.run.front()->sequence ||
          from > kept.run.back()->sequence) {
        continue;
      }
      kept.used = ++uses_;
      for (auto it =
               kept.run.begin() + static_cast<std::ptrdiff_t>(from - kept.run.front()->sequence);
           it != kept.run.end() && page.events.size() < max; ++it) {
        page.events.push_back(*it);
      }
      return true;
    }
    return false;
  }

  // In place of the one that was not used for the longest time.
  void Keep(Run run) {
    const std::lock_guard lock(mutex_);
    Kept* oldest = kept_.data();
    for (Kept& kept : kept_) {
      if (kept.used < oldest->used) {
        oldest = &kept;
      }
    }
    *oldest = {std::move(run), ++uses_};
  }

 private:
  struct Kept {
    Run run;
    uint64_t used = 0;
  };

  std::mutex mutex_;
  std::array<Kept, kRuns> kept_;
  uint64_t uses_ = 0;
};

}  // namespace tw::oms
