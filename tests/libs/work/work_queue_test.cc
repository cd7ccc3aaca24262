#include "libs/work/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "libs/log/scope.h"

namespace tw {
namespace {

// A job that waits to be let go; `begun` says when it runs.
struct Gate {
  std::promise<void> begun;
  std::promise<void> open;

  WorkQueue::Job Job() {
    return {.run =
                [this] {
                  begun.set_value();
                  open.get_future().wait();
                },
            .refuse = [](const absl::Status& status) { ADD_FAILURE() << status; }};
  }
};

WorkQueue::Job Into(std::promise<std::string>& outcome, const std::string& text) {
  return {
      .run = [&outcome, text] { outcome.set_value(text); },
      .refuse = [&outcome](const absl::Status& status) { outcome.set_value(status.ToString()); }};
}

TEST(WorkQueueTest, RunsInTheOrderInWhichItCame) {
  WorkQueue queue({.name = "jobs"});
  std::promise<std::string> last;
  std::string order;
  for (const char c : std::string("abcdefgh")) {
    queue.Post({.run = [&order, c] { order += c; },
                .refuse = [](const absl::Status& status) { ADD_FAILURE() << status; }});
  }
  queue.Post(Into(last, "done"));
  EXPECT_EQ(last.get_future().get(), "done");
  EXPECT_EQ(order, "abcdefgh");
}

TEST(WorkQueueTest, OneThatBlocksStopsOnlyItsOwnThread) {
  WorkQueue queue({.name = "jobs", .threads = 2});
  Gate gate;
  std::promise<std::string> other;
  queue.Post(gate.Job());
  gate.begun.get_future().wait();
  queue.Post(Into(other, "ran"));
  EXPECT_EQ(other.get_future().get(), "ran");
  gate.open.set_value();
}

TEST(WorkQueueTest, RefusesBeyondItsBoundAtOnce) {
  WorkQueue queue({.name = "reads of the history", .waiting_max = 1});
  Gate gate;
  std::promise<std::string> waits;
  std::promise<std::string> refused;
  queue.Post(gate.Job());
  gate.begun.get_future().wait();
  queue.Post(Into(waits, "ran"));
  queue.Post(Into(refused, "ran"));
  EXPECT_EQ(refused.get_future().get(),
            "RESOURCE_EXHAUSTED: too many reads of the history wait, try again later");
  gate.open.set_value();
  EXPECT_EQ(waits.get_future().get(), "ran");
}

TEST(WorkQueueTest, AStopRefusesWhatWaitsAndLetsWhatRunsEnd) {
  WorkQueue queue({.name = "jobs"});
  Gate gate;
  std::promise<std::string> waits;
  std::promise<std::string> late;
  queue.Post(gate.Job());
  gate.begun.get_future().wait();
  queue.Post(Into(waits, "ran"));
  std::future<void> stopped = std::async(std::launch::async, [&queue] { queue.Stop(); });
  EXPECT_EQ(waits.get_future().get(), "UNAVAILABLE: the service is stopping");
  queue.Post(Into(late, "ran"));
  EXPECT_EQ(late.get_future().get(), "UNAVAILABLE: the service is stopping");
  gate.open.set_value();
  stopped.get();
  queue.Stop();  // a second one has nothing to do
}

TEST(WorkQueueTest, ItsThreadsWorkForTheServiceThatMadeIt) {
  std::unique_ptr<WorkQueue> queue;
  {
    const log::ServiceScope scope("oms");
    queue = std::make_unique<WorkQueue>(WorkQueue::Options{.name = "jobs"});
  }
  std::promise<std::string> name;
  queue->Post({.run = [&name] { name.set_value(log::CurrentService()); },
               .refuse = [](const absl::Status& status) { ADD_FAILURE() << status; }});
  EXPECT_EQ(name.get_future().get(), "oms");
}

}  // namespace
}  // namespace tw
