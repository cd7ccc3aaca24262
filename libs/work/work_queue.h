// WorkQueue: work that blocks, such as reads of a database, done in the order in which it came by a
// few threads of its own, behind a bound.
//
//   WorkQueue reads({.name = "reads of the history", .waiting_max = 64, .threads = 2});
//   reads.Post({.run = [=] { done(Ask(query)); },
//               .refuse = [=](const absl::Status& status) { done(status); }});
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace tw {

class WorkQueue {
 public:
  struct Options {
    std::string name;  // of what is waited for, in the plural; for messages
    size_t waiting_max = 64;
    size_t threads = 1;
  };
  // Exactly one of the two is called, once. Neither may throw.
  struct Job {
    std::function<void()> run;  // on a thread of the queue; may block
    std::function<void(const absl::Status&)> refuse;
  };

  // The threads log for the service that makes the queue.
  explicit WorkQueue(Options options);
  ~WorkQueue() { Stop(); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Any thread. Refused on it at once: ResourceExhausted when `waiting_max` wait, Unavailable once
  // stopped.
  void Post(Job job);

  // Refuses what waits (Unavailable, on this thread), lets what runs end, joins the threads.
  // Idempotent. Not from a job.
  void Stop();

 private:
  void Run();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tw
