#include "libs/book/id_table.h"

#include <bit>

#include "libs/base/check.h"

namespace tw::book {

IdTable::IdTable(uint32_t expected) {
  const uint32_t size = std::bit_ceil(expected < 8 ? 16 : expected * 2);
  entries_.resize(size);
  mask_ = size - 1;
  shift_ = 32 - static_cast<uint32_t>(std::countr_zero(size));
}

void IdTable::Place(Entry entry) {
  uint32_t i = Home(entry.tag);
  while (entries_[i].slot != kNone) {
    i = (i + 1) & mask_;
  }
  entries_[i] = entry;
}

void IdTable::Insert(uint64_t id, uint32_t slot) {
  if (size_t{size_} * 2 + 2 > entries_.size()) {
    Grow();
  }
  Place({Tag(id), slot});
  ++size_;
}

void IdTable::Erase(uint64_t id, uint32_t slot) {
  uint32_t hole = Home(Tag(id));
  while (entries_[hole].slot != slot) {
    TW_CHECK(entries_[hole].slot != kNone);
    hole = (hole + 1) & mask_;
  }
  // Whatever follows in the same run moves up, unless it would land before its home position.
  for (uint32_t i = (hole + 1) & mask_; entries_[i].slot != kNone; i = (i + 1) & mask_) {
    const uint32_t home = Home(entries_[i].tag);
    if (((i - home) & mask_) >= ((i - hole) & mask_)) {
      entries_[hole] = entries_[i];
      hole = i;
    }
  }
  entries_[hole] = Entry{};
  --size_;
}

void IdTable::Grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  mask_ = static_cast<uint32_t>(entries_.size()) - 1;
  --shift_;
  for (const Entry& e : old) {
    if (e.slot != kNone) {
      Place(e);
    }
  }
}

}  // namespace tw::book
