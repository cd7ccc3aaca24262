#include "libs/rpc/awake.h"

#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <functional>
#include <thread>

namespace tw::rpc {
namespace {

bool WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

double CpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

TEST(AwakeTest, SleepsWhenNoMessageComesAndWakesWithTheNext) {
  const Awake awake(Duration::Millis(20), {0});
  ASSERT_TRUE(WaitFor([] { return Awake::asleep() == 1; }));
  const double before = CpuSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LT(CpuSeconds() - before, 0.05);  // asleep is asleep
  Awake::Note();
  ASSERT_TRUE(WaitFor([] { return Awake::asleep() == 0; }));
  ASSERT_TRUE(WaitFor([] { return Awake::asleep() == 1; }));  // and again
}

TEST(AwakeTest, MessagesKeepItAwake) {
  const Awake awake(Duration::Millis(500), {0});
  for (int i = 0; i < 20; ++i) {
    Awake::Note();
    EXPECT_EQ(Awake::asleep(), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST(AwakeTest, ZeroIsOff) {
  const Awake awake(Duration(), {0});
  Awake::Note();
  EXPECT_EQ(Awake::asleep(), 0);
}

}  // namespace
}  // namespace tw::rpc
