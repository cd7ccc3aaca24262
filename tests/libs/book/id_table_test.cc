#include "libs/book/id_table.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

TEST(IdTableTest, AgreesWithAMapOverInsertsAndErases) {
  Prng prng(TestSeed(20260731));
  IdTable index(4);
  std::map<uint64_t, uint32_t> expected;
  std::vector<uint64_t> id_at(2000);
  std::vector<uint32_t> free_slots;
  for (uint32_t i = 0; i < id_at.size(); ++i) {
    free_slots.push_back(i);
  }
  const auto id_of = [&](uint32_t slot) { return id_at[slot]; };
  for (int step = 0; step < 200'000; ++step) {
    // Ids of two strides, so that runs of neighbours form and wrap.
    const uint64_t id = prng.Percent(50) ? prng.Below(3000) : prng.Below(3000) << 32;
    const auto it = expected.find(id);
    ASSERT_EQ(index.Find(id, id_of), it == expected.end() ? IdTable::kNone : it->second);
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

TEST(IdTableTest, TellsIdsOfOneHashApart) {
  // The index keeps 32 bits of hash; ids x and x ^ (x >> 32) style twins share them, so the full
  // id decides.
  std::vector<uint64_t> ids;
  for (uint64_t high = 0; high < 4; ++high) {
    ids.push_back((high << 32) | (5 ^ high));  // folds to low word 5 in each
  }
  IdTable index(8);
  const auto id_of = [&](uint32_t slot) { return ids[slot]; };
  for (uint32_t slot = 0; slot < ids.size(); ++slot) {
    index.Insert(ids[slot], slot);
  }
  for (uint32_t slot = 0; slot < ids.size(); ++slot) {
    EXPECT_EQ(index.Find(ids[slot], id_of), slot);
  }
}

}  // namespace
}  // namespace tw::book
