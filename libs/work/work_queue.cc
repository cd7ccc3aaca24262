#include "libs/work/work_queue.h"

#include <utility>

#include "libs/log/scope.h"

namespace tw {
namespace {

absl::Status Stopping() {
  return absl::UnavailableError("the service is stopping");
}

}  // namespace

WorkQueue::WorkQueue(Options options) : options_(std::move(options)) {
  threads_.reserve(options_.threads);
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back(log::ForThisService([this] { Run(); }));
  }
}

void WorkQueue::Post(Job job) {
  absl::Status refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      refused = Stopping();
    } else if (waiting_.size() >= options_.waiting_max) {
      refused =
          absl::ResourceExhaustedError("too many " + options_.name + " wait, try again later");
    } else {
      waiting_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  job.refuse(refused);
}

void WorkQueue::Stop() {
  std::deque<Job> left;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    left.swap(waiting_);
  }
  wake_.notify_all();
  for (const Job& job : left) {
    job.refuse(Stopping());
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

void WorkQueue::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) {
      return;
    }
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job.run();
    lock.lock();
  }
}

}  // namespace tw
