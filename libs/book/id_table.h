// IdTable: order id -> slot of the order pool. Open addressing with linear probing and backward
// shift on erase, so there are no tombstones and a table that has reached its size never allocates
// again. An entry is eight bytes (32 bits of hash, 32 of slot): a look-up is one cache line here
// and one at the order, where the full id is compared.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace tw::book {

class IdTable {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFF;

  explicit IdTable(uint32_t expected);

  // The slot of `id`, or kNone. `id_of(slot)` tells the id that lives in a slot.
  template <typename IdOf>
  uint32_t Find(uint64_t id, IdOf id_of) const {
    const uint32_t tag = Tag(id);
    for (uint32_t i = Home(tag);; i = (i + 1) & mask_) {
      const Entry& e = entries_[i];
      if (e.slot == kNone) {
        return kNone;
      }
      if (e.tag == tag && id_of(e.slot) == id) {
        return e.slot;
      }
    }
  }

  // REQUIRES: `id` is not in the index.
  void Insert(uint64_t id, uint32_t slot);
  // REQUIRES: `id` is in the index at `slot`.
  void Erase(uint64_t id, uint32_t slot);

  uint32_t size() const { return size_; }

 private:
  struct Entry {
    uint32_t tag = 0;
    uint32_t slot = kNone;
  };

  // The upper half of a multiplicative hash; its leading bits are the home position.
  static uint32_t Tag(uint64_t id) {
    id ^= id >> 32;
    return static_cast<uint32_t>((id * 0x9E3779B97F4A7C15ULL) >> 32);
  }
  uint32_t Home(uint32_t tag) const { return tag >> shift_; }
  void Place(Entry entry);
  void Grow();

  std::vector<Entry> entries_;  // a power of two, at most half full
  uint32_t mask_ = 0;
  uint32_t shift_ = 0;
  uint32_t size_ = 0;
};

}  // namespace tw::book
