// Ladder: the price levels of one side, best first: key -> the slot of its level.
//
// Keys near the touch live in a window: an array of slots indexed by key, with three storeys of
// occupancy bits above it, so that finding a level is one load and the next best one is at most
// three words away. Keys below the window wait in a sorted map. When the market leaves the window
// it moves, by a quarter of its breadth at least, so that a move costs nothing per tick.
//
// Prices are held as keys, for which higher is better on either side (KeyOf): one code path serves
// both sides. Nothing is allocated unless a level lies below the window. Not thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/book/cells.h"

namespace tw::book {

inline constexpr int64_t kNoKey = std::numeric_limits<int64_t>::min();  // below every key

class Ladder {
 public:
  static constexpr uint32_t kWindowMax = 64 * 64 * 64;

  // `window`: keys; a power of two from 64 to kWindowMax is taken.
  explicit Ladder(uint32_t window);

  // kNoKey where there is none.
  int64_t best_key() const { return best_; }
  bool empty() const { return best_ == kNoKey; }
  // REQUIRES: !empty().
  uint32_t best() const { return slots_[static_cast<size_t>(best_ - low_)]; }

  // The level of `key`, or kNil.
  uint32_t Find(int64_t key) const {
    const auto at = static_cast<uint64_t>(key) - static_cast<uint64_t>(low_);
    return at < breadth_ ? slots_[at] : FindFar(key);
  }
  // REQUIRES: no level of that key is there.
  void Insert(int64_t key, uint32_t level) {
    const auto at = static_cast<uint64_t>(key) - static_cast<uint64_t>(low_);
    if (at < breadth_) [[likely]] {
      Mark(at, level);
      best_ = key > best_ ? key : best_;
    } else {
      InsertOutside(key, level);
    }
  }
  // REQUIRES: the level of that key is there.
  void Erase(int64_t key) {
    const auto at = static_cast<uint64_t>(key) - static_cast<uint64_t>(low_);
    if (at >= breadth_) [[unlikely]] {
      far_.erase(key);
      return;
    }
    Unmark(at);
    if (key == best_) {
      FindBestBelow(at);
    }
  }

  // visit(key, level) from the best level on, until it returns false or the levels end.
  template <typename Visit>
  void ForEach(Visit visit) const {
    if (empty()) {
      return;
    }
    for (auto at = static_cast<int64_t>(best_ - low_); at >= 0;
         at = TopBelow(static_cast<uint64_t>(at))) {
      if (!visit(low_ + at, slots_[static_cast<size_t>(at)])) {
        return;
      }
    }
    for (auto it = far_.rbegin(); it != far_.rend(); ++it) {
      if (!visit(it->first, it->second)) {
        return;
      }
    }
  }

  size_t far_levels() const { return far_.size(); }

 private:
  static int64_t TopBit(uint64_t word) { return 63 - std::countl_zero(word); }
  static uint64_t Bit(uint64_t at) { return uint64_t{1} << (at & 63); }

  void Mark(uint64_t at, uint32_t level) {
    slots_[at] = level;
    leaves_[at >> 6] |= Bit(at);
    branches_[at >> 12] |= Bit(at >> 6);
    root_ |= Bit(at >> 12);
  }
  void Unmark(uint64_t at) {
    slots_[at] = kNil;
    if ((leaves_[at >> 6] &= ~Bit(at)) == 0 && (branches_[at >> 12] &= ~Bit(at >> 6)) == 0) {
      root_ &= ~Bit(at >> 12);
    }
  }
  // The highest occupied place below `at`, or -1.
  int64_t TopBelow(uint64_t at) const {
    if (const uint64_t word = leaves_[at >> 6] & (Bit(at) - 1)) {
      return static_cast<int64_t>(at & ~uint64_t{63}) + TopBit(word);
    }
    return TopBelowWord(at >> 6);
  }
  int64_t TopBelowWord(uint64_t leaf) const;
  void FindBestBelow(uint64_t at) {
    const int64_t next = TopBelow(at);
    best_ = next >= 0 ? low_ + next : kNoKey;
    if (next < 0 && !far_.empty()) [[unlikely]] {
      MoveTo(far_.rbegin()->first);
    }
  }

  uint32_t FindFar(int64_t key) const;
  void InsertOutside(int64_t key, uint32_t level);
  // Places the window so that `key`, the best one or better, is at three quarters of it.
  void MoveTo(int64_t key);

  std::vector<uint32_t> slots_;             // kNil where nobody rests
  std::vector<uint64_t> leaves_;            // bit n: slots_[n] is taken
  std::vector<uint64_t> branches_;          // bit n: leaves_[n] is not zero
  uint64_t breadth_;                        // of slots_
  uint64_t root_ = 0;                       // bit n: branches_[n] is not zero
  int64_t low_ = 0;                         // the key of slots_[0]
  int64_t best_ = kNoKey;                   // in the window, whenever there is any level
  absl::btree_map<int64_t, uint32_t> far_;  // below the window
};

}  // namespace tw::book
