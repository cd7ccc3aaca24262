#include "libs/timer/timer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace tw {
namespace {

void WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(TimerThreadTest, RunsInOrderOfTheirTime) {
  TimerThread timers;
  std::mutex mutex;
  std::vector<int> order;
  const auto note = [&](int n) {
    return [&, n] {
      const std::lock_guard lock(mutex);
      order.push_back(n);
    };
  };
  timers.After(Duration::Millis(30), note(3));
  timers.After(Duration::Millis(10), note(1));
  timers.After(Duration::Millis(20), note(2));
  WaitFor([&] {
    const std::lock_guard lock(mutex);
    return order.size() == 3;
  });
  timers.Stop();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(TimerThreadTest, RepeatsUntilCancelled) {
  TimerThread timers;
  std::atomic<int> runs{0};
  const auto id = timers.Every(Duration::Millis(1), [&] { ++runs; });
  WaitFor([&] { return runs >= 3; });
  EXPECT_GE(runs.load(), 3);
  timers.Cancel(id);
  const int then = runs;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(runs.load(), then);
}

TEST(TimerThreadTest, ATimerMayCancelItself) {
  TimerThread timers;
  std::atomic<int> runs{0};
  std::atomic<TimerThread::Id> id{0};
  id = timers.Every(Duration::Millis(5), [&] {
    ++runs;
    timers.Cancel(id);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  EXPECT_EQ(runs.load(), 1);
}

TEST(TimerThreadTest, ALaterOneIsNotForgottenForEarlierOnes) {
  TimerThread timers;
  std::atomic<bool> late{false};
  std::atomic<int> early{0};
  timers.After(Duration::Millis(60), [&] { late = true; });
  for (int i = 0; i < 20; ++i) {
    timers.After(Duration::Millis(1), [&] { ++early; });
    timers.Cancel(timers.After(Duration::Micros(100), [] {}));
    WaitFor([&] { return early == i + 1; });
  }
  EXPECT_EQ(early, 20);
  timers.After(Duration{}, [&] { ++early; });  // due at once
  WaitFor([&] { return early == 21 && late; });
  EXPECT_EQ(early, 21);
  EXPECT_TRUE(late);
}

TEST(TimerThreadTest, NoTimerIsCancelledAtOnce) {
  TimerThread timers;
  timers.Cancel(0);  // of a member that never started one
}

TEST(TimerThreadTest, NothingRunsAfterStop) {
  TimerThread timers;
  std::atomic<int> runs{0};
  timers.After(Duration::Millis(5), [&] { ++runs; });
  timers.Stop();
  EXPECT_EQ(timers.After(Duration{}, [&] { ++runs; }), 0U);
  std::this_thread::sleep_for(std::chrono::milliseconds(15));
  EXPECT_EQ(runs.load(), 0);
}

}  // namespace
}  // namespace tw
