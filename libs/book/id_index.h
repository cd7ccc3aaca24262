// IdIndex: order id -> slot of the order pool.
//
// Callers tend to hand out dense, rising ids, so the index is an array of slots addressed by the
// low bits of the id: neighbouring ids share cache lines, and nothing is hashed or moved. The order
// itself holds its id and tells whether the slot is the one looked for. An id whose place is taken
// by an older order goes into a hash table behind; any ids at all are therefore right, dense ones
// are fast. Not thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "libs/book/id_table.h"

namespace tw::book {

class IdIndex {
 public:
  static constexpr uint32_t kNone = IdTable::kNone;

  // `window`: ids this far apart never meet; a power of two is taken.
  explicit IdIndex(uint32_t window)
      : places_(std::bit_ceil(window < 16 ? 16 : window), kNone),
        mask_(places_.size() - 1),
        table_(16) {}

  // The slot of `id`, or kNone. `id_of(slot)` tells the id that lives in a slot.
  template <typename IdOf>
  uint32_t Find(uint64_t id, IdOf id_of) const {
    const uint32_t slot = places_[id & mask_];
    if (slot != kNone && id_of(slot) == id) {
      return slot;
    }
    return table_.size() == 0 ? kNone : table_.Find(id, id_of);
  }

  // REQUIRES: `id` is not in the index.
  void Insert(uint64_t id, uint32_t slot) {
    uint32_t& place = places_[id & mask_];
    if (place == kNone) {
      place = slot;
    } else {
      table_.Insert(id, slot);
    }
    ++size_;
  }
  // REQUIRES: `id` is in the index at `slot`.
  void Erase(uint64_t id, uint32_t slot) {
    uint32_t& place = places_[id & mask_];
    if (place == slot) {
      place = kNone;
    } else {
      table_.Erase(id, slot);
    }
    --size_;
  }

  uint32_t size() const { return size_; }

 private:
  std::vector<uint32_t> places_;
  uint64_t mask_;
  uint32_t size_ = 0;
  IdTable table_;
};

}  // namespace tw::book
