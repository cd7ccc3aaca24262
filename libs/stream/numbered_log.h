// NumberedLog: the newest events of a stream, numbered from 1 without holes, kept in memory up to a
// bound. Writers append, any number of readers page through it at their own pace. Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "libs/base/time.h"

namespace tw::stream {

template <typename Event>
struct Page {
  std::vector<std::shared_ptr<const Event>> events;  // from the first one asked for, without holes
  uint64_t head = 0;                                 // newest in the stream
  uint64_t oldest = 0;   // oldest that can still be read; 0 when there is none
  bool too_old = false;  // the first one asked for is no longer kept here
};

template <typename Event>
class NumberedLog {
 public:
  // Keeps at most `capacity` events. The first event appended gets `head` + 1.
  explicit NumberedLog(size_t capacity, uint64_t head = 0) : capacity_(capacity), head_(head) {}

  // The event's number. Drops the oldest event when full, except that it waits up to `patience` for
  // readers that hold a place (below) to move on first.
  uint64_t Append(Event event, Duration patience = Duration{}) {
    std::unique_lock lock(mutex_);
    if (patience.ns > 0) {
      moved_.wait_for(lock, std::chrono::nanoseconds(patience.ns), [&] { return HasRoom(1); });
    }
    ++head_;
    if constexpr (requires { event.set_sequence(uint64_t{}); }) {
      event.set_sequence(head_);
    }
    events_.push_back(std::make_shared<const Event>(std::move(event)));
    while (events_.size() > capacity_) {
      events_.pop_front();
    }
    return head_;
  }

  Page<Event> Read(uint64_t from, size_t max) const {
    const std::lock_guard lock(mutex_);
    Page<Event> page;
    page.head = head_;
    const uint64_t first = head_ - events_.size() + 1;
    page.oldest = events_.empty() ? 0 : first;
    if (from < first) {
      page.too_old = true;
      return page;
    }
    if (from > head_) {
      return page;
    }
    const size_t begin = static_cast<size_t>(from - first);
    const size_t end = std::min(events_.size(), begin + max);
    page.events.assign(events_.begin() + static_cast<std::ptrdiff_t>(begin),
                       events_.begin() + static_cast<std::ptrdiff_t>(end));
    return page;
  }

  uint64_t head() const {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  // Waits until `events` more would not drop what a place (below) still needs: for a writer of
  // many, who leaves the rest of the log to writers that do not wait. False: not within `patience`.
  bool WaitForRoom(size_t events, Duration patience) const {
    std::unique_lock lock(mutex_);
    return moved_.wait_for(lock, std::chrono::nanoseconds(patience.ns),
                           [&] { return HasRoom(events); });
  }

  // A place: the next number that a reader still needs. A patient Append waits for the slowest one.
  uint64_t AddPlace(uint64_t next) {
    const std::lock_guard lock(mutex_);
    places_.emplace(++last_place_, next);
    return last_place_;
  }
  void MovePlace(uint64_t place, uint64_t next) {
    const std::lock_guard lock(mutex_);
    const auto it = places_.find(place);
    if (it != places_.end()) {
      it->second = next;
      moved_.notify_all();
    }
  }
  void RemovePlace(uint64_t place) {
    const std::lock_guard lock(mutex_);
    places_.erase(place);
    moved_.notify_all();
  }

 private:
  // With the lock held: would `events` pushes not drop what a place still needs?
  bool HasRoom(size_t events) const {
    if (events_.size() + events <= capacity_) {
      return true;
    }
    const uint64_t dropped = head_ + events - capacity_;  // the last one that would be
    return std::all_of(places_.begin(), places_.end(),
                       [&](const auto& place) { return place.second > dropped; });
  }

  const size_t capacity_;
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  std::deque<std::shared_ptr<const Event>> events_;
  uint64_t head_;
  std::map<uint64_t, uint64_t> places_;
  uint64_t last_place_ = 0;
};

}  // namespace tw::stream
