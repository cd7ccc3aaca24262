#include "libs/sequencer/sequencer.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tw {
namespace {

// Records what the handlers saw: a command's number, or "|" for the end of a batch.
struct Trace {
  std::string text;
  void Command(int n) { text += std::to_string(n) + " "; }
  void BatchEnd() { text += "| "; }
};

TEST(SequencerTest, AnIdleSequencerWorksOnTheCallersThread) {
  std::thread::id command_thread;
  std::thread::id batch_thread;
  int handled = 0;
  Sequencer<int> sequencer(
      {},
      [&](int&& n) {
        handled = n;
        command_thread = std::this_thread::get_id();
      },
      [&] { batch_thread = std::this_thread::get_id(); });
  ASSERT_TRUE(sequencer.Post(7));
  EXPECT_EQ(handled, 7);
  EXPECT_EQ(command_thread, std::this_thread::get_id());
  EXPECT_EQ(batch_thread, std::this_thread::get_id());
}

TEST(SequencerTest, WhatIsGatheredIsOneBatch) {
  Trace trace;
  Sequencer<int> sequencer(
      {}, [&](int&& n) { trace.Command(n); }, [&] { trace.BatchEnd(); });
  {
    const Sequencer<int>::Gathering gathering(sequencer);
    ASSERT_TRUE(sequencer.Post(1));
    ASSERT_TRUE(sequencer.Post(2));
    std::thread([&] { ASSERT_TRUE(sequencer.Post(3)); }).join();
    ASSERT_TRUE(sequencer.Post(4, Lane::kPriority));
    const Sequencer<int>::Gathering inner(sequencer);  // does nothing: the state is owned
    EXPECT_EQ(trace.text, "");
    EXPECT_EQ(sequencer.queued(), 4u);
  }
  EXPECT_EQ(trace.text, "4 1 2 3 | ");
  { const Sequencer<int>::Gathering empty(sequencer); }
  EXPECT_EQ(trace.text, "4 1 2 3 | ");
  ASSERT_TRUE(sequencer.Post(5));  // idle again
  EXPECT_EQ(trace.text, "4 1 2 3 | 5 | ");
}

TEST(SequencerTest, APostFromAHandlerOnlyEnqueues) {
  Trace trace;
  Sequencer<int>* self = nullptr;
  Sequencer<int> sequencer(
      {},
      [&](int&& n) {
        if (n == 1) {
          EXPECT_TRUE(self->Post(2));
          EXPECT_TRUE(self->Post(3));
          EXPECT_EQ(self->queued(), 2u);
        }
        trace.Command(n);
      },
      [&] {
        if (trace.text == "1 2 3 ") {
          EXPECT_TRUE(self->Post(4));
        }
        trace.BatchEnd();
      });
  self = &sequencer;
  ASSERT_TRUE(sequencer.Post(1));
  EXPECT_EQ(trace.text, "1 2 3 | 4 | ");
}

TEST(SequencerTest, ABatchEndsAtItsLimit) {
  Trace trace;
  Sequencer<int>* self = nullptr;
  SequencerOptions options;
  options.batch_max = 3;
  Sequencer<int> sequencer(
      options,
      [&](int&& n) {
        for (int more = 1; n == 0 && more <= 6; ++more) {
          EXPECT_TRUE(self->Post(int{more}));
        }
        trace.Command(n);
      },
      [&] { trace.BatchEnd(); });
  self = &sequencer;
  ASSERT_TRUE(sequencer.Post(0));
  EXPECT_EQ(trace.text, "0 1 2 | 3 4 5 | 6 | ");
}

TEST(SequencerTest, PriorityIsPickedFirstEachTime) {
  Trace trace;
  Sequencer<int>* self = nullptr;
  Sequencer<int> sequencer(
      {},
      [&](int&& n) {
        if (n == 0) {
          EXPECT_TRUE(self->Post(1));
          EXPECT_TRUE(self->Post(2));
          EXPECT_TRUE(self->Post(100, Lane::kPriority));
          EXPECT_TRUE(self->Post(101, Lane::kPriority));
        }
        if (n == 1) {
          EXPECT_TRUE(self->Post(102, Lane::kPriority));
        }
        trace.Command(n);
      },
      [&] { trace.BatchEnd(); });
  self = &sequencer;
  ASSERT_TRUE(sequencer.Post(0));
  EXPECT_EQ(trace.text, "0 100 101 1 102 2 | ");
}

TEST(SequencerTest, EachLaneHasItsOwnLimit) {
  int handled = 0;
  Sequencer<int>* self = nullptr;
  SequencerOptions options;
  options.queue_max = 2;
  options.priority_queue_max = 1;
  Sequencer<int> sequencer(
      options,
      [&](int&& n) {
        ++handled;
        if (n == 0) {
          EXPECT_TRUE(self->Post(1));
          EXPECT_TRUE(self->Post(2));
          EXPECT_FALSE(self->Post(3));
          EXPECT_TRUE(self->Post(4, Lane::kPriority));
          EXPECT_FALSE(self->Post(5, Lane::kPriority));
        }
      },
      [] {});
  self = &sequencer;
  ASSERT_TRUE(sequencer.Post(0));
  EXPECT_EQ(handled, 4);
  EXPECT_TRUE(sequencer.Post(6));
}

TEST(SequencerTest, TakesCommandsThatOnlyMove) {
  int handled = 0;
  Sequencer<std::unique_ptr<int>> sequencer(
      {}, [&](std::unique_ptr<int>&& n) { handled = *n; }, [] {});
  ASSERT_TRUE(sequencer.Post(std::make_unique<int>(5)));
  EXPECT_EQ(handled, 5);
}

TEST(SequencerTest, ClosedRefuses) {
  int handled = 0;
  Sequencer<int> sequencer(
      {}, [&](int&&) { ++handled; }, [] {});
  ASSERT_TRUE(sequencer.Post(1));
  sequencer.Close();
  EXPECT_FALSE(sequencer.Post(2));
  EXPECT_FALSE(sequencer.Post(2, Lane::kPriority));
  EXPECT_EQ(handled, 1);
  sequencer.Close();
}

// A queue that never empties must not hold the poster: the sequencer's own thread takes over.
TEST(SequencerTest, HandsOverAfterItsShareOfBatches) {
  constexpr int kCommands = 1000;
  std::vector<std::thread::id> threads;
  Sequencer<int>* self = nullptr;
  SequencerOptions options;
  options.batch_max = 1;
  options.inline_batches_max = 5;
  Sequencer<int> sequencer(
      options,
      [&](int&& n) {
        threads.push_back(std::this_thread::get_id());
        if (n < kCommands) {
          EXPECT_TRUE(self->Post(n + 1));
        }
      },
      [] {});
  self = &sequencer;
  ASSERT_TRUE(sequencer.Post(1));
  sequencer.Drain();
  ASSERT_EQ(threads.size(), static_cast<size_t>(kCommands));
  for (size_t i = 0; i < threads.size(); ++i) {
    EXPECT_EQ(threads[i] == std::this_thread::get_id(), i < 5) << i;
  }
  // Idle again, the next poster does the work itself, and a second long run goes to the same
  // thread.
  threads.clear();
  ASSERT_TRUE(sequencer.Post(kCommands - 10));
  sequencer.Drain();
  ASSERT_EQ(threads.size(), 11u);
  EXPECT_EQ(threads[4], std::this_thread::get_id());
  EXPECT_NE(threads[5], std::this_thread::get_id());
}

TEST(SequencerTest, ABusyOwnerLeavesOthersFree) {
  std::promise<void> entered;
  std::promise<void> leave;
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  Sequencer<int> sequencer(
      {},
      [&](int&& n) {
        order.push_back(n);
        threads.push_back(std::this_thread::get_id());
        if (n == 1) {
          entered.set_value();
          leave.get_future().wait();
        }
      },
      [] {});
  std::thread owner([&] { EXPECT_TRUE(sequencer.Post(1)); });
  const std::thread::id owner_id = owner.get_id();
  entered.get_future().wait();
  EXPECT_TRUE(sequencer.Post(2));  // returns while the owner is held up
  EXPECT_TRUE(sequencer.Post(3, Lane::kPriority));
  EXPECT_EQ(sequencer.queued(), 2u);
  leave.set_value();
  sequencer.Drain();
  EXPECT_EQ(order, (std::vector<int>{1, 3, 2}));
  EXPECT_EQ(threads, std::vector<std::thread::id>(3, owner_id));
  owner.join();
}

SequencerOptions EndsElsewhere() {
  SequencerOptions options;
  options.ends_elsewhere = true;
  return options;
}

// The poster reads on while the sequencer's thread waits for the disk; what it reads is the next
// batch.
TEST(SequencerTest, AnEndThatWaitsIsLeftToAnotherThread) {
  Trace trace;
  std::promise<void> entered;
  std::promise<void> synced;
  std::vector<std::thread::id> handlers;
  std::vector<std::thread::id> ends;
  Sequencer<int> sequencer(
      EndsElsewhere(),
      [&](int&& n) {
        trace.Command(n);
        handlers.push_back(std::this_thread::get_id());
      },
      [&] {
        trace.BatchEnd();
        ends.push_back(std::this_thread::get_id());
        if (ends.size() == 1) {
          entered.set_value();
          synced.get_future().wait();
        }
      },
      [] { return true; });
  ASSERT_TRUE(sequencer.Post(1));  // returns before the end of its batch is over
  entered.get_future().wait();
  ASSERT_TRUE(sequencer.Post(2));
  ASSERT_TRUE(sequencer.Post(3));
  EXPECT_EQ(sequencer.queued(), 2u);
  synced.set_value();
  sequencer.Drain();
  EXPECT_EQ(trace.text, "1 | 2 3 | ");
  EXPECT_EQ(handlers[0], std::this_thread::get_id()) << "no hand-off before the command is handled";
  EXPECT_NE(ends[0], std::this_thread::get_id());
  EXPECT_EQ(handlers[1], ends[0]);
  EXPECT_EQ(ends[1], ends[0]);
  ASSERT_TRUE(sequencer.Post(4));
  sequencer.Close();  // waits for the end that was left
  EXPECT_EQ(trace.text, "1 | 2 3 | 4 | ");
  EXPECT_EQ(handlers[3], std::this_thread::get_id());
}

TEST(SequencerTest, AnEndThatDoesNotWaitStaysWhereItIs) {
  Trace trace;
  bool waits = false;
  Sequencer<int> sequencer(
      EndsElsewhere(), [&](int&& n) { trace.Command(n); }, [&] { trace.BatchEnd(); },
      [&] {
        trace.text += "? ";
        return waits;
      });
  ASSERT_TRUE(sequencer.Post(1));
  EXPECT_EQ(trace.text, "1 ? | ") << "the part that waits for nothing comes first";
  waits = true;
  ASSERT_TRUE(sequencer.Post(2));
  sequencer.Drain();
  EXPECT_EQ(trace.text, "1 ? | 2 ? | ");
}

class SequencerThreadsTest : public ::testing::TestWithParam<bool> {};

// Plain ints in the handlers: the thread sanitizer sees any two owners at once. With and without
// ends that are left to the sequencer's thread.
TEST_P(SequencerThreadsTest, ManyThreadsOneState) {
  constexpr int kThreads = 8;
  constexpr int kEach = 5000;
  struct Command {
    int thread;
    int n;
  };
  SequencerOptions options;
  options.batch_max = 16;
  options.inline_batches_max = 4;
  options.queue_max = 256;
  options.priority_queue_max = 64;
  options.ends_elsewhere = GetParam();
  int64_t handled = 0;
  int64_t in_batch = 0;
  int64_t batched = 0;
  bool inside = false;
  std::vector<int> last_normal(kThreads, -1);
  std::vector<int> last_priority(kThreads, -1);
  std::atomic<int64_t> accepted{0};
  std::atomic<int64_t> refused{0};
  {
    Sequencer<Command> sequencer(
        options,
        [&](Command&& c) {
          EXPECT_FALSE(inside);
          inside = true;
          int& last = (c.n % 5 == 0 ? last_priority : last_normal)[static_cast<size_t>(c.thread)];
          EXPECT_GT(c.n, last);  // each lane keeps each poster's order
          last = c.n;
          ++handled;
          ++in_batch;
          inside = false;
        },
        [&] {
          EXPECT_FALSE(inside);
          EXPECT_GT(in_batch, 0);
          EXPECT_LE(in_batch, 16);
          batched += in_batch;
          in_batch = 0;
        },
        [&] { return handled % 3 == 0; });
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int n = 0; n < kEach; ++n) {
          const Lane lane = n % 5 == 0 ? Lane::kPriority : Lane::kNormal;
          ++(sequencer.Post({t, n}, lane) ? accepted : refused);
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  EXPECT_EQ(handled, accepted.load());
  EXPECT_EQ(batched, accepted.load());
  EXPECT_EQ(accepted.load() + refused.load(), kThreads * kEach);
}

INSTANTIATE_TEST_SUITE_P(All, SequencerThreadsTest, ::testing::Bool());

// Posters race with Close: whatever was accepted has been handled when Close is over.
TEST(SequencerTest, CloseBesidePosters) {
  for (int round = 0; round < 50; ++round) {
    int64_t handled = 0;
    std::atomic<int64_t> accepted{0};
    SequencerOptions options;
    options.batch_max = 2;
    options.inline_batches_max = 1;
    options.ends_elsewhere = round % 2 == 1;
    Sequencer<int> sequencer(
        options, [&](int&&) { ++handled; }, [] {}, [] { return true; });
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        while (sequencer.Post(1)) {
          ++accepted;
        }
      });
    }
    while (accepted.load() < 20) {
      std::this_thread::yield();
    }
    sequencer.Close();
    const int64_t at_close = handled;
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(handled, accepted.load());
    EXPECT_EQ(handled, at_close);
  }
}

}  // namespace
}  // namespace tw
