#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/stream/numbered_log.h"
#include "libs/stream/pump.h"

namespace tw::stream {
namespace {

void WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 5000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(NumberedLogTest, NumbersFromOneWithoutHoles) {
  NumberedLog<int> log(10);
  EXPECT_EQ(log.Append(7), 1U);
  EXPECT_EQ(log.Append(8), 2U);
  const auto page = log.Read(1, 10);
  ASSERT_EQ(page.events.size(), 2U);
  EXPECT_EQ(*page.events[1], 8);
  EXPECT_EQ(page.head, 2U);
  EXPECT_TRUE(log.Read(3, 10).events.empty());
  EXPECT_FALSE(log.Read(3, 10).too_old);
}

TEST(NumberedLogTest, SaysTooOldAndNamesTheOldest) {
  NumberedLog<int> log(3);
  for (int i = 1; i <= 5; ++i) {
    log.Append(i);
  }
  const auto page = log.Read(2, 10);
  EXPECT_TRUE(page.too_old);
  EXPECT_EQ(page.oldest, 3U);
  EXPECT_EQ(*log.Read(3, 1).events.front(), 3);
}

TEST(NumberedLogTest, GoesOnAfterAnEarlierHead) {
  NumberedLog<int> log(3, 100);
  EXPECT_TRUE(log.Read(100, 1).too_old);
  EXPECT_FALSE(log.Read(101, 1).too_old);
  EXPECT_EQ(log.Append(1), 101U);
}

TEST(NumberedLogTest, APatientWriterWaitsForTheSlowestPlace) {
  NumberedLog<int> log(2);
  const uint64_t place = log.AddPlace(1);
  log.Append(1);
  log.Append(2);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    log.Append(3, Duration::Seconds(10));
    done = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(done);
  log.MovePlace(place, 2);
  writer.join();
  EXPECT_TRUE(done);
  EXPECT_FALSE(log.Read(2, 1).too_old);
  log.Append(4);  // an impatient one does not wait
  EXPECT_TRUE(log.Read(2, 1).too_old);
}

TEST(NumberedLogTest, RoomIsWhatCanBeAppendedWithoutDroppingWhatAPlaceNeeds) {
  NumberedLog<int> log(10);
  for (int i = 0; i < 8; ++i) {
    log.Append(i);
  }
  EXPECT_TRUE(log.WaitForRoom(9, Duration{}));  // nobody needs anything
  const uint64_t place = log.AddPlace(1);
  EXPECT_TRUE(log.WaitForRoom(2, Duration{}));
  EXPECT_FALSE(log.WaitForRoom(3, Duration{}));
  log.MovePlace(place, 3);
  EXPECT_TRUE(log.WaitForRoom(4, Duration{}));
  EXPECT_FALSE(log.WaitForRoom(5, Duration::Millis(1)));
  for (int i = 0; i < 4; ++i) {
    log.Append(i);
  }
  EXPECT_FALSE(log.Read(3, 1).too_old);
  std::thread reader([&] { log.RemovePlace(place); });
  EXPECT_TRUE(log.WaitForRoom(5, Duration::Seconds(5)));
  reader.join();
}

TEST(PumpTest, EverySubscriberGetsEverythingAtItsOwnPace) {
  NumberedLog<int> log(100'000);
  Pump pump;
  std::atomic<uint64_t> fast{0};
  std::atomic<uint64_t> slow{0};
  const auto reader = [&](std::atomic<uint64_t>& count, bool block) {
    return [&log, &count, block, calls = 0](bool) mutable {
      if (block && ++calls % 2 == 0) {
        return PumpResult::kBlocked;
      }
      const auto page = log.Read(count + 1, 64);
      count += page.events.size();
      return count < page.head ? PumpResult::kMore : PumpResult::kCaughtUp;
    };
  };
  pump.Add(reader(fast, false));
  const uint64_t slow_id = pump.Add(reader(slow, true));
  std::atomic<bool> stop{false};
  std::thread unblocker([&] {
    while (!stop) {
      pump.Unblock(slow_id);
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    log.Append(i);
    pump.Wake();
  }
  WaitFor([&] { return fast == 20'000 && slow == 20'000; });
  stop = true;
  unblocker.join();
  EXPECT_EQ(fast.load(), 20'000U);
  EXPECT_EQ(slow.load(), 20'000U);
}

TEST(PumpTest, AnUnblockDuringTheStepIsKept) {
  Pump pump(Duration::Seconds(100));
  std::atomic<int> calls{0};
  std::atomic<uint64_t> id{0};
  id = pump.Add([&](bool) {
    if (++calls == 1) {
      while (id == 0) {
        std::this_thread::yield();
      }
      pump.Unblock(id);  // room appeared while the step was finding the stream full
      return PumpResult::kBlocked;
    }
    return PumpResult::kCaughtUp;
  });
  WaitFor([&] { return calls == 2; });
  EXPECT_EQ(calls.load(), 2);
}

TEST(PumpTest, AnnouncesWhenIdle) {
  Pump pump(Duration::Millis(5));
  std::atomic<int> announced{0};
  pump.Add([&](bool announce) {
    announced += announce ? 1 : 0;
    return PumpResult::kCaughtUp;
  });
  WaitFor([&] { return announced >= 3; });
  EXPECT_GE(announced.load(), 3);
}

TEST(PumpTest, ARemovedStepNeverRunsAgain) {
  Pump pump(Duration::Millis(1));
  std::atomic<int> calls{0};
  const uint64_t id = pump.Add([&](bool) {
    ++calls;
    return PumpResult::kMore;
  });
  WaitFor([&] { return calls > 0; });
  pump.Remove(id);
  const int then = calls;
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(calls.load(), then);
}

TEST(PumpTest, APacedSubscriberGetsWhatGatheredMeanwhileAndLosesNothing) {
  Pump pump(Duration::Seconds(60));
  std::atomic<int> source{0};
  std::atomic<int> seen{0};
  std::atomic<int> steps{0};
  pump.Add(
      [&](bool) {
        ++steps;
        seen = source.load();
        return PumpResult::kCaughtUp;
      },
      Duration::Millis(50));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) {
    ++source;
    pump.Wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto took = std::chrono::steady_clock::now() - start;
  WaitFor([&] { return seen == 200; });  // the last one is not left for the announcement
  EXPECT_EQ(seen, 200);
  // One at once, one for each pace that began, one for the rest.
  EXPECT_LE(steps, took / std::chrono::milliseconds(50) + 3);
}

TEST(PumpTest, APacedSubscriberThatHasMoreIsNotHeldBack) {
  Pump pump(Duration::Seconds(60));
  std::atomic<int> steps{0};
  pump.Add([&](bool) { return ++steps < 100 ? PumpResult::kMore : PumpResult::kCaughtUp; },
           Duration::Seconds(10));
  WaitFor([&] { return steps == 100; });
  EXPECT_EQ(steps, 100);
}

TEST(PumpTest, WhoWasServedByOthersIsNotWoken) {
  Pump pump(Duration::Seconds(60));
  std::atomic<int> pushed{0};
  std::atomic<int> other{0};
  const uint64_t served = pump.Add([&](bool) { return ++pushed, PumpResult::kCaughtUp; });
  pump.Add([&](bool) { return ++other, PumpResult::kCaughtUp; });
  WaitFor([&] { return pushed > 0 && other > 0; });
  const int before = pushed;
  for (int i = 1; i <= 20; ++i) {
    const int then = other;
    pump.Wake({served});
    WaitFor([&] { return other > then; });
  }
  EXPECT_EQ(pushed, before);
  pump.Wake();
  WaitFor([&] { return pushed > before; });
  EXPECT_EQ(pushed, before + 1);
}

// Each order woke oms's pump for a writer of history that waited for its database.
TEST(PumpTest, ABlockedSubscriberCostsNoWaking) {
  std::atomic<int> steps{0};
  Pump pump(Duration::Seconds(100));
  const uint64_t id = pump.Add([&](bool) {
    ++steps;
    return PumpResult::kBlocked;
  });
  while (steps == 0 || pump.rounds() == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const uint64_t before = pump.rounds();
  for (int i = 0; i < 50; ++i) {
    pump.Wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(pump.rounds(), before);
  EXPECT_EQ(steps, 1);
  pump.Unblock(id);
  while (steps < 2) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(PumpTest, AfterAPauseAPacedSubscriberIsServedAtOnce) {
  Pump pump(Duration::Seconds(60));
  std::atomic<int> steps{0};
  pump.Add(
      [&](bool) {
        ++steps;
        return PumpResult::kCaughtUp;
      },
      Duration::Millis(20));
  WaitFor([&] { return steps == 1; });
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  pump.Wake();
  WaitFor([&] { return steps == 2; });
  EXPECT_EQ(steps, 2);
}

}  // namespace
}  // namespace tw::stream
