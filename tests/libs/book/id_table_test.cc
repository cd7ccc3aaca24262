#include "libs/book/id_table.h"

#include <gtest/gtest.h>

#include <vector>

#include "libs/core/prng.h"
#include "tests/libs/book/agrees_with_map.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

TEST(IdTableTest, AgreesWithAMapOverInsertsAndErases) {
  Prng prng(TestSeed(20260731));
  IdTable index(4);
  // Ids of two strides, so that runs of neighbours form and wrap.
  testing::AgreesWithMap(index, 200'000, 2000, [&] {
    return prng.Percent(50) ? prng.Below(3000) : prng.Below(3000) << 32;
  });
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
