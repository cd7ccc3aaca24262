#include "libs/book/id_index.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

// Rising ids, old ones that stay until the window has gone round, and ids from anywhere.
TEST(IdIndexTest, AgreesWithAMap) {
  Prng prng(TestSeed(5));
  IdIndex index(64);
  std::map<uint64_t, uint32_t> expected;
  std::vector<uint64_t> id_at(500);
  std::vector<uint32_t> free_slots;
  for (uint32_t i = 0; i < id_at.size(); ++i) {
    free_slots.push_back(i);
  }
  const auto id_of = [&](uint32_t slot) { return id_at[slot]; };
  uint64_t last = 0;
  for (int step = 0; step < 100'000; ++step) {
    const uint64_t id = prng.Percent(40)   ? ++last
                        : prng.Percent(90) ? last - prng.Below(200)
                                           : prng.Below(300) << 32;
    const auto it = expected.find(id);
    ASSERT_EQ(index.Find(id, id_of), it == expected.end() ? IdIndex::kNone : it->second);
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

}  // namespace
}  // namespace tw::book
