#include "libs/auth/throttle.h"

#include <gtest/gtest.h>

namespace tw::auth {
namespace {

constexpr Timestamp kNow{1'000'000'000'000};
constexpr Duration kSecond = Duration::Seconds(1);

class ThrottleTest : public ::testing::Test {
 protected:
  void Fail(int times, const std::string& name = "ann", const std::string& address = "10.0.0.1") {
    for (int i = 0; i < times; ++i) {
      throttle_.Failed(name, address, kNow);
    }
  }
  Duration Wait(const std::string& name, const std::string& address, Timestamp now = kNow) {
    return throttle_.Wait(name, address, now);
  }
  LoginThrottle throttle_;
};

TEST_F(ThrottleTest, TheFirstTriesAreFree) {
  Fail(4);
  EXPECT_EQ(Wait("ann", "10.0.0.1"), Duration{});
  Fail(1);
  EXPECT_EQ(Wait("ann", "10.0.0.1"), kSecond);
}

TEST_F(ThrottleTest, EachFurtherDoublesTheWaitUpToAMinute) {
  Fail(7);
  EXPECT_EQ(Wait("ann", "10.0.0.1"), kSecond * 4);
  EXPECT_EQ(Wait("ann", "10.0.0.1", kNow + kSecond * 3), kSecond);
  EXPECT_EQ(Wait("ann", "10.0.0.1", kNow + kSecond * 4), Duration{});
  Fail(100);
  EXPECT_EQ(Wait("ann", "10.0.0.1"), kSecond * 60);
}

TEST_F(ThrottleTest, CountsTheNameFromAnywhereAndTheAddressForAnyName) {
  Fail(5);
  EXPECT_EQ(Wait("ann", "10.9.9.9"), kSecond);
  EXPECT_EQ(Wait("bob", "10.0.0.1"), kSecond);
  EXPECT_EQ(Wait("bob", "10.9.9.9"), Duration{});
}

TEST_F(ThrottleTest, ForgetsAfterAQuarterOfAnHour) {
  Fail(50);
  EXPECT_EQ(Wait("ann", "10.0.0.1", kNow + kSecond * 901), Duration{});
  throttle_.Failed("ann", "10.0.0.1", kNow + kSecond * 901);
  EXPECT_EQ(Wait("ann", "10.0.0.1", kNow + kSecond * 901), Duration{});
}

TEST_F(ThrottleTest, ASuccessClearsTheNameButNotWhatTheAddressDidToOthers) {
  Fail(5, "bob");
  throttle_.Failed("ann", "10.0.0.1", kNow);
  throttle_.Succeeded("ann", "10.0.0.1");
  EXPECT_EQ(Wait("ann", "10.9.9.9"), Duration{});
  EXPECT_EQ(Wait("ann", "10.0.0.1"), kSecond) << "the address still guesses at bob";
}

TEST_F(ThrottleTest, ManyNamesTakeNoMoreThanTheirRoom) {
  LoginThrottle small({.free_tries = 1, .entries_max = 4});
  for (int i = 0; i < 100; ++i) {
    small.Failed("name" + std::to_string(i), "10.0.0.1", kNow + Duration::Millis(i));
  }
  EXPECT_EQ(small.Wait("name0", "10.1.1.1", kNow), Duration{});
  EXPECT_GT(small.Wait("name99", "10.1.1.1", kNow + Duration::Millis(99)), Duration{});
}

}  // namespace
}  // namespace tw::auth
