// EventRing: where a book writes its events; memory of the caller's, of fixed size.
//
// The caller takes what is there, oldest first, and clears. A ring that is full in the middle of a
// command calls its `drain`, which must make room (Clear, or Release some); without one the ring
// doubles, which is the only time it allocates. Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "libs/base/check.h"
#include "libs/book/types.h"

namespace tw::book {

class EventRing {
 public:
  using Drain = void (*)(void* context, EventRing& ring);

  explicit EventRing(size_t capacity = 64, Drain drain = nullptr, void* context = nullptr)
      : events_(std::make_unique<Event[]>(std::bit_ceil(capacity))),
        mask_(std::bit_ceil(capacity) - 1),
        drain_(drain),
        context_(context) {}

  // The next event to write; every field is to be set.
  Event& Push() {
    if (head_ - tail_ > mask_) [[unlikely]] {
      MakeRoom();
    }
    return events_[head_++ & mask_];
  }

  size_t size() const { return head_ - tail_; }
  bool empty() const { return head_ == tail_; }
  size_t capacity() const { return mask_ + 1; }
  // REQUIRES: i < size(); zero is the oldest.
  const Event& operator[](size_t i) const { return events_[(tail_ + i) & mask_]; }
  // Forgets the oldest `count`. REQUIRES: count <= size().
  void Release(size_t count) { tail_ += count; }
  // Forgets all and starts over at the first line of the memory, which is the warmest.
  void Clear() { head_ = tail_ = 0; }

 private:
  [[gnu::noinline]] void MakeRoom() {
    if (drain_ != nullptr) {
      drain_(context_, *this);
      TW_CHECK(head_ - tail_ <= mask_);
      return;
    }
    auto larger = std::make_unique<Event[]>(capacity() * 2);
    const size_t count = size();
    for (size_t i = 0; i < count; ++i) {
      larger[i] = (*this)[i];
    }
    events_ = std::move(larger);
    mask_ = mask_ * 2 + 1;
    tail_ = 0;
    head_ = count;
  }

  std::unique_ptr<Event[]> events_;
  size_t mask_;
  size_t head_ = 0;  // the next to write
  size_t tail_ = 0;  // the oldest
  Drain drain_;
  void* context_;
};

}  // namespace tw::book
