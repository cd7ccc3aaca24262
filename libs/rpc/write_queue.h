// What waits to be written to one stream, bounded by messages and by bytes.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

namespace tw::rpc {

// Not thread-safe: the stream's lock is held.
template <typename Message>
class WriteQueue {
 public:
  // A message finds room while fewer than `messages_max` wait and those hold less than `bytes_max`.
  WriteQueue(size_t messages_max, size_t bytes_max)
      : messages_max_(messages_max), bytes_max_(bytes_max) {}

  // False: there is no room, and whoever asked is told when there is (TakeRelief).
  bool Push(Message message, size_t bytes) {
    if (messages_.size() >= messages_max_ || bytes_ >= bytes_max_) {
      starved_ = true;
      return false;
    }
    bytes_ += bytes;
    messages_.push_back({std::move(message), bytes});
    return true;
  }
  // The first one goes out.
  Message Take() {
    Message taken = std::move(messages_.front().message);
    Pop();
    return taken;
  }
  // The first one has gone out.
  void Pop() {
    bytes_ -= messages_.front().bytes;
    messages_.pop_front();
  }
  void Clear() {
    messages_.clear();
    bytes_ = 0;
  }
  // True, once, when half of it has become free after somebody found no room.
  bool TakeRelief() {
    if (!starved_ || messages_.size() > messages_max_ / 2 || bytes_ > bytes_max_ / 2) {
      return false;
    }
    starved_ = false;
    return true;
  }

  // Stays where it is until Pop.
  const Message& front() const { return messages_.front().message; }
  bool empty() const { return messages_.empty(); }
  size_t size() const { return messages_.size(); }

 private:
  struct Waiting {
    Message message;
    size_t bytes;
  };

  const size_t messages_max_;
  const size_t bytes_max_;
  std::deque<Waiting> messages_;
  size_t bytes_ = 0;
  bool starved_ = false;
};

}  // namespace tw::rpc
