// The walk that both indexes of ids are held against a std::map with.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace tw::book::testing {

// Takes `steps` ids of `next_id`: one that is in `index` is erased, one that is not is inserted
// while one of `slots` slots is free. After each step `index` says what the map says.
template <typename Index>
void AgreesWithMap(Index& index,
                   int steps,
                   size_t slots,
                   const std::function<uint64_t()>& next_id) {
  std::map<uint64_t, uint32_t> expected;
  std::vector<uint64_t> id_at(slots);
  std::vector<uint32_t> free_slots;
  for (uint32_t i = 0; i < slots; ++i) {
    free_slots.push_back(i);
  }
  const auto id_of = [&](uint32_t slot) { return id_at[slot]; };
  for (int step = 0; step < steps; ++step) {
    const uint64_t id = next_id();
    const auto it = expected.find(id);
    ASSERT_EQ(index.Find(id, id_of), it == expected.end() ? Index::kNone : it->second);
    if (it != expected.end()) {
      index.Erase(id, it->second);
      free_slots.push_back(it->second);
      expected.erase(it);
    } else if (!free_slots.empty()) {
      const uint32_t slot = free_slots.back();
      free_slots.pop_back();
      id_at[slot] = id;
      index.Insert(id, slot);
      expected[id] = slot;
    }
    ASSERT_EQ(index.size(), expected.size());
  }
}

}  // namespace tw::book::testing
