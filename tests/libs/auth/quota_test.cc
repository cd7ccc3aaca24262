#include "libs/auth/quota.h"

#include <gtest/gtest.h>

namespace tw::auth {
namespace {

constexpr Timestamp kNow{1'000'000'000'000};
constexpr Duration kWindow = Duration::Seconds(10);

Quotas Small() {
  return Quotas({.limit = 3, .window = kWindow, .names_max = 4});
}

TEST(QuotaTest, TakesUpToTheLimitAndSaysWhenItBeginsAnew) {
  Quotas quotas = Small();
  EXPECT_TRUE(quotas.Take("key a", 2, kNow));
  EXPECT_FALSE(quotas.Take("key a", 2, kNow)) << "all or nothing";
  EXPECT_TRUE(quotas.Take("key a", 1, kNow));
  EXPECT_FALSE(quotas.Take("key a", 1, kNow + kWindow - Duration{1}));
  const QuotaState state = quotas.Read("key a", kNow);
  EXPECT_EQ(state.limit, 3);
  EXPECT_EQ(state.used, 3);
  EXPECT_EQ(state.reset, kNow + kWindow);
  EXPECT_TRUE(quotas.Take("key a", 1, kNow + kWindow));
  EXPECT_EQ(quotas.Read("key a", kNow + kWindow).used, 1);
}

TEST(QuotaTest, EachNameHasItsOwn) {
  Quotas quotas = Small();
  EXPECT_TRUE(quotas.Take("key a", 3, kNow));
  EXPECT_TRUE(quotas.Take("account demo", 3, kNow));
  EXPECT_EQ(quotas.Read("key b", kNow).used, 0);
}

TEST(QuotaTest, WhatIsGivenBackCanBeTakenAgain) {
  Quotas quotas = Small();
  EXPECT_TRUE(quotas.Take("key a", 3, kNow));
  quotas.GiveBack("key a", 1, kNow);
  EXPECT_TRUE(quotas.Take("key a", 1, kNow));
  quotas.GiveBack("key a", 9, kNow + kWindow);
  EXPECT_EQ(quotas.Read("key a", kNow + kWindow).used, 0) << "another window";
}

TEST(QuotaTest, ALimitOfZeroIsNone) {
  Quotas quotas({.limit = 0});
  EXPECT_TRUE(quotas.Take("key a", 1'000'000, kNow));
}

TEST(QuotaTest, KeepsNoMoreNamesThanItsRoom) {
  Quotas quotas = Small();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(quotas.Take("key " + std::to_string(i), 1, kNow));
  }
}

}  // namespace
}  // namespace tw::auth
