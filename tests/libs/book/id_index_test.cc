#include "libs/book/id_index.h"

#include <gtest/gtest.h>

#include "libs/core/prng.h"
#include "tests/libs/book/agrees_with_map.h"
#include "tests/seed.h"

namespace tw::book {
namespace {

// Rising ids, old ones that stay until the window has gone round, and ids from anywhere.
TEST(IdIndexTest, AgreesWithAMap) {
  Prng prng(TestSeed(5));
  IdIndex index(64);
  uint64_t last = 0;
  testing::AgreesWithMap(index, 100'000, 500, [&] {
    return prng.Percent(40)   ? ++last
           : prng.Percent(90) ? last - prng.Below(200)
                              : prng.Below(300) << 32;
  });
}

}  // namespace
}  // namespace tw::book
