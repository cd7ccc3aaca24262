// The queues of the book: what every command does, inlined into each of them. Private to libs/book.
#pragma once

#include <algorithm>
#include <cstdint>

#include "libs/book/book.h"

namespace tw::book {

inline void Book::Split(Cell& order, int64_t leaves) {
  order.leaves = order.display == 0 ? leaves : std::min(order.display, leaves);
  order.hidden = leaves - order.leaves;
}

// What a cell keeps of an order wherever it waits.
inline void Book::Describe(Cell& cell, const NewOrder& order) {
  cell.side = order.side;
  cell.kind = order.kind;
  cell.self_trade = order.self_trade;
  cell.id = order.id;
  cell.owner = order.owner;
}

inline void Book::Rest(const NewOrder& order, int64_t key, int64_t leaves) {
  const uint32_t slot = cells_.Take();
  Cell& cell = cells_[slot];
  Describe(cell, order);
  cell.held = false;
  cell.key = key;
  cell.display = order.display;
  Split(cell, leaves);
  ids_.Insert(order.id, slot);
  Link(slot);
}

inline uint32_t Book::AddLevel(Ladder& side, int64_t key) {
  const uint32_t slot = cells_.Take();
  Cell& level = cells_[slot];
  level.prev = slot;
  level.next = slot;
  level.level = 0;
  level.key = key;
  level.leaves = 0;
  level.hidden = 0;
  side.Insert(key, slot);
  return slot;
}

inline void Book::Link(uint32_t slot) {
  const int64_t key = cells_[slot].key;
  Ladder& side = LadderOf(cells_[slot]);
  uint32_t at = side.Find(key);
  if (at == kNil) {
    at = AddLevel(side, key);
  }
  Cell& level = cells_[at];
  Cell& order = cells_[slot];
  const uint32_t last = level.prev;
  order.level = at;
  order.prev = last;
  order.next = at;
  cells_[last].next = slot;
  level.prev = slot;
  ++level.level;
  level.leaves += order.leaves;
  level.hidden += order.hidden;
}

inline void Book::Unlink(uint32_t slot) {
  const Cell& order = cells_[slot];
  const uint32_t at = order.level;
  Cell& level = cells_[at];
  cells_[order.prev].next = order.next;
  cells_[order.next].prev = order.prev;
  level.leaves -= order.leaves;
  level.hidden -= order.hidden;
  if (--level.level == 0) {
    DropLevel(LadderOf(order), at);
  }
}

inline void Book::DropLevel(Ladder& side, uint32_t level) {
  side.Erase(cells_[level].key);
  cells_.Give(level);
}

inline void Book::Forget(uint32_t slot) {
  ids_.Erase(cells_[slot].id, slot);
  cells_.Give(slot);
}

inline void Book::Shrink(Cell& order, int64_t quantity) {
  Cell& level = cells_[order.level];
  const int64_t hidden = std::min(quantity, order.hidden);
  order.hidden -= hidden;
  level.hidden -= hidden;
  order.leaves -= quantity - hidden;
  level.leaves -= quantity - hidden;
}

}  // namespace tw::book
