// Ladder: the price levels of one side, best first.
//
// Levels live in pages of 64 neighbouring prices with one occupancy word each, and a directory of
// the pages in use is kept sorted with the best page at its end. So the best level is one
// count-leading-zeros away, a cancel that knows its page touches only its level, and finding a
// level gallops from the best end, where nearly all orders arrive. Emptied pages go to a free list:
// nothing is allocated once the book has reached its breadth.
//
// Prices are held as keys, for which higher is better on either side (KeyOf): one code path serves
// both sides. Not thread-safe.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "libs/core/types.h"

namespace tw::book {

inline constexpr uint32_t kNil = 0xFFFFFFFF;  // no order, no page

// A price as a key of its own side: the higher, the earlier it trades.
constexpr int64_t KeyOf(Side side, int64_t price) {
  return side == Side::kBuy ? price : -price;
}
constexpr int64_t PriceOf(Side side, int64_t key) {
  return side == Side::kBuy ? key : -key;
}

// The queue of one price: order slots from head (trades first) to tail.
struct Level {
  int64_t quantity = 0;
  uint32_t head = kNil;
  uint32_t tail = kNil;
  uint32_t orders = 0;
};

class Ladder {
 public:
  bool empty() const { return directory_.empty(); }
  // REQUIRES: !empty(), for the three of them.
  int64_t best_key() const {
    const Entry& e = directory_.back();
    return e.number * kPageLevels + TopBit(pages_[e.page].occupied);
  }
  Level& best() {
    Page& page = pages_[directory_.back().page];
    return page.levels[static_cast<size_t>(TopBit(page.occupied))];
  }
  void DropBest() { Drop(directory_.back().page, best_key()); }

  // The page that holds the level of `key`, which is marked occupied; made where there was none.
  // Valid until that level is dropped.
  uint32_t Occupy(int64_t key);
  // The level of `key` in a page that Occupy returned for it.
  Level& At(uint32_t page, int64_t key) { return pages_[page].levels[SlotOf(key)]; }
  // Takes an empty level out. REQUIRES: no order is in it.
  void Drop(uint32_t page, int64_t key);
  // The level of `key`; null where nobody rests.
  const Level* Find(int64_t key) const;

  // visit(key, level) from the best level on, until it returns false or the levels end.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t i = directory_.size(); i-- > 0;) {
      const Page& page = pages_[directory_[i].page];
      uint64_t left = page.occupied;
      while (left != 0) {
        const int64_t slot = TopBit(left);
        left &= ~(uint64_t{1} << slot);
        if (!visit(directory_[i].number * kPageLevels + slot,
                   page.levels[static_cast<size_t>(slot)])) {
          return;
        }
      }
    }
  }

 private:
  static constexpr int64_t kPageLevels = 64;

  struct Page {
    uint64_t occupied = 0;  // bit n: levels[n] has orders
    std::array<Level, kPageLevels> levels;
  };
  struct Entry {
    int64_t number = 0;  // of the page: its lowest key / 64
    uint32_t page = 0;
  };

  static int64_t NumberOf(int64_t key) { return key >> 6; }  // rounds down below zero as well
  static size_t SlotOf(int64_t key) { return static_cast<size_t>(key & (kPageLevels - 1)); }
  static int64_t TopBit(uint64_t word) { return 63 - std::countl_zero(word); }

  // The position of the first entry whose number is not below `number`.
  size_t LowerBound(int64_t number) const;
  uint32_t TakePage();

  std::vector<Entry> directory_;  // ascending by number: the best page is the last
  std::vector<Page> pages_;
  std::vector<uint32_t> free_;
};

}  // namespace tw::book
