// Cell: an order or a price level, one cache line; CellPool: where they live.
//
// A level and its orders form a ring through `prev` and `next`: the level's next is the order that
// trades first, its prev the last one, and an empty level points to itself. So taking an order out
// of its queue is two stores and no question where in the queue it was.
//
// Cells are named by 32-bit slots. Free ones go round by a list, the last freed first, as its line
// is the warmest. The pool grows when it must; slots stay valid, references do not. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/book/types.h"

namespace tw::book {

inline constexpr uint32_t kNil = 0xFFFFFFFF;  // no cell

// A price as a key of its own side: the higher, the earlier it trades.
constexpr int64_t KeyOf(Side side, int64_t price) {
  return side == Side::kBuy ? price : -price;
}
constexpr int64_t PriceOf(Side side, int64_t key) {
  return side == Side::kBuy ? key : -key;
}

struct alignas(64) Cell {
  uint32_t prev = kNil;
  uint32_t next = kNil;   // also the link of the free list
  uint32_t level = kNil;  // of an order: its level; of a level: how many orders it has
  Side side = Side::kUnspecified;
  OrderKind kind = OrderKind::kLimit;
  SelfTrade self_trade = SelfTrade::kAllow;
  bool held = false;    // a stop that waits
  int64_t key = 0;      // the price, as its side's ladder has it
  int64_t leaves = 0;   // shown; of a level: of all its orders
  int64_t hidden = 0;   // likewise
  int64_t display = 0;  // of an iceberg: lots shown at a time; of others zero
  uint64_t id = 0;
  uint64_t owner = 0;
};
static_assert(sizeof(Cell) == 64);

class CellPool {
 public:
  explicit CellPool(uint32_t expected) : cells_(expected) {}

  Cell& operator[](uint32_t slot) { return cells_[slot]; }
  const Cell& operator[](uint32_t slot) const { return cells_[slot]; }

  // A cell whose fields are whatever they were.
  uint32_t Take() {
    if (free_ != kNil) {
      const uint32_t slot = free_;
      free_ = cells_[slot].next;
      return slot;
    }
    if (used_ == cells_.size()) [[unlikely]] {
      cells_.resize(cells_.size() * 2 + 16);
    }
    return used_++;
  }
  void Give(uint32_t slot) {
    cells_[slot].next = free_;
    free_ = slot;
  }

 private:
  std::vector<Cell> cells_;
  uint32_t used_ = 0;
  uint32_t free_ = kNil;
};

}  // namespace tw::book
