#include "services/sink-alt/seen.h"

#include <gtest/gtest.h>

namespace tw::sink_alt {
namespace {

constexpr Timestamp kStart{1'800'000'000'000'000'000};

ContentHash Hash(uint8_t n) {
  ContentHash hash{};
  hash[15] = n;
  return hash;
}

TEST(SeenTest, ForgetsByAge) {
  Seen seen(10, Duration::Seconds(60));
  seen.Insert(Hash(1), kStart);
  seen.Insert(Hash(2), kStart + Duration::Seconds(30));
  EXPECT_TRUE(seen.Contains(Hash(1), kStart + Duration::Seconds(60)));
  EXPECT_FALSE(seen.Contains(Hash(1), kStart + Duration::Seconds(61)));
  EXPECT_TRUE(seen.Contains(Hash(2), kStart + Duration::Seconds(61)));
  EXPECT_EQ(seen.size(), 1u);
}

TEST(SeenTest, ForgetsTheOldestWhenFull) {
  Seen seen(3, Duration::Seconds(60));
  for (uint8_t n = 1; n <= 5; ++n) {
    seen.Insert(Hash(n), kStart);
  }
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_FALSE(seen.Contains(Hash(2), kStart));
  EXPECT_TRUE(seen.Contains(Hash(3), kStart));
  EXPECT_TRUE(seen.Contains(Hash(5), kStart));
}

}  // namespace
}  // namespace tw::sink_alt
