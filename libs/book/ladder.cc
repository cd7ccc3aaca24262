#include "libs/book/ladder.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tw::book {

Ladder::Ladder(uint32_t window)
    : slots_(std::bit_ceil(std::clamp<uint32_t>(window, 64, kWindowMax)), kNil),
      leaves_(slots_.size() / 64),
      branches_((leaves_.size() + 63) / 64),
      breadth_(slots_.size()) {}

int64_t Ladder::TopBelowWord(uint64_t leaf) const {
  uint64_t branch = leaf >> 6;
  uint64_t word = branches_[branch] & (Bit(leaf) - 1);
  if (word == 0) {
    const uint64_t left = root_ & (Bit(branch) - 1);
    if (left == 0) {
      return -1;
    }
    branch = static_cast<uint64_t>(TopBit(left));
    word = branches_[branch];
  }
  const uint64_t found = branch * 64 + static_cast<uint64_t>(TopBit(word));
  return static_cast<int64_t>(found * 64) + TopBit(leaves_[found]);
}

uint32_t Ladder::FindFar(int64_t key) const {
  if (far_.empty()) {
    return kNil;
  }
  const auto it = far_.find(key);
  return it == far_.end() ? kNil : it->second;
}

void Ladder::InsertOutside(int64_t key, uint32_t level) {
  const auto half = static_cast<int64_t>(slots_.size() / 2);
  if (best_ == kNoKey || key > best_) {
    MoveTo(key);
  } else if (best_ - key < half) {
    MoveTo(best_);
  } else {
    far_.emplace(key, level);
    return;
  }
  Mark(static_cast<uint64_t>(key - low_), level);
  best_ = std::max(best_, key);
}

void Ladder::MoveTo(int64_t key) {
  std::vector<std::pair<int64_t, uint32_t>> levels;
  ForEach([&](int64_t at, uint32_t level) {
    if (at - low_ < 0) {
      return false;
    }
    levels.emplace_back(at, level);
    return true;
  });
  for (const auto& [at, level] : levels) {
    Unmark(static_cast<uint64_t>(at - low_));
  }
  const auto breadth = static_cast<int64_t>(slots_.size());
  low_ = key - breadth / 4 * 3;
  for (const auto& [at, level] : levels) {
    if (at >= low_) {
      Mark(static_cast<uint64_t>(at - low_), level);
    } else {
      far_.emplace(at, level);
    }
  }
  while (!far_.empty() && far_.rbegin()->first >= low_) {
    const auto last = std::prev(far_.end());
    Mark(static_cast<uint64_t>(last->first - low_), last->second);
    best_ = std::max(best_, last->first);
    far_.erase(last);
  }
}

}  // namespace tw::book
