// One owner of a state at a time, behind a bounded queue with two lanes.
//
// Whoever posts to an idle sequencer becomes the owner and works on the calling thread: no hand-off
// on the quiet path. Who finds it busy only leaves the command behind. The end of a batch (the
// queue is empty, or batch_max commands were handled) has a handler of its own: the place for one
// sync and for the answers.
//
// Threads: Post from anywhere, handlers included (that only enqueues). The handlers never run on
// two threads at once, and each run sees all that earlier ones did. Nobody may be captive for ever:
// after inline_batches_max batches with work still waiting, the owner hands over to a thread of the
// sequencer, which goes on until the queue is empty.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/thread_name.h"
#include "libs/log/scope.h"

namespace tw {

enum class Lane {
  kNormal,
  kPriority,  // picked first, each time
};

struct SequencerOptions {
  size_t queue_max = 65536;  // commands waiting, per lane
  size_t priority_queue_max = 65536;
  size_t batch_max = 1024;         // commands, at least 1
  size_t inline_batches_max = 64;  // batches on a caller's thread, at least 1
  bool ends_elsewhere = false;     // a batch's end that waits is left to the sequencer's thread

  // For commands that come from the one thread which reads all streams: it may own the state for
  // one batch, and never waits for a disk.
  static SequencerOptions ForReaders() {
    SequencerOptions options;
    options.inline_batches_max = 1;
    options.ends_elsewhere = true;
    return options;
  }
};

template <typename Command>
class Sequencer {
 public:
  // `end_waits`: the first part of a batch's end, which waits for nothing; whether the rest does.
  // Runs only with ends_elsewhere, and before on_batch_end. May be empty.
  Sequencer(SequencerOptions options,
            std::function<void(Command&&)> on_command,
            std::function<void()> on_batch_end,
            std::function<bool()> end_waits = nullptr)
      : options_(options),
        on_command_(std::move(on_command)),
        on_batch_end_(std::move(on_batch_end)),
        end_waits_(std::move(end_waits)) {
    TW_CHECK(options_.batch_max > 0 && options_.inline_batches_max > 0);
  }
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;
  ~Sequencer() { Close(); }

  // False: that lane is full or the sequencer is closed; the command is gone and nothing has
  // happened. True: it will be handled, perhaps has been already.
  bool Post(Command command, Lane lane = Lane::kNormal);

  // While one lives, commands posted to an idle sequencer wait, whoever posts them; when it goes
  // they are handled as one batch, on its thread. Does nothing where the state is owned already, so
  // it is no promise. For a caller with several commands at once: keep it short.
  class Gathering {
   public:
    explicit Gathering(Sequencer& sequencer)
        : sequencer_(sequencer.TakeIfIdle() ? &sequencer : nullptr) {}
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    ~Gathering() {
      if (sequencer_ != nullptr && !sequencer_->LetGoOrHandOver(/*may_hand_over=*/false)) {
        sequencer_->Own(/*on_callers_thread=*/true);
      }
    }

   private:
    Sequencer* const sequencer_;
  };

  // Waits until the queue is empty and nobody owns the state. Not from inside a handler. With
  // others still posting it may take as long as they keep it busy.
  void Drain();

  // Refuses further commands, drains, stops the sequencer's thread. Calling it again does nothing.
  void Close();

  size_t queued() const {
    const std::lock_guard lock(mutex_);
    return normal_.size() + priority_.size();
  }

 private:
  bool TakeIfIdle();
  void Own(bool on_callers_thread);
  void HandleBatch();
  void HandOver(bool end_left);
  std::optional<Command> Pick();
  bool LetGoOrHandOver(bool may_hand_over);
  void WorkAsHelper();

  const SequencerOptions options_;
  const std::function<void(Command&&)> on_command_;
  const std::function<void()> on_batch_end_;
  const std::function<bool()> end_waits_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::condition_variable helper_wake_;
  // Under mutex_:
  std::deque<Command> normal_;
  std::deque<Command> priority_;
  bool owned_ = false;
  std::thread::id owner_;  // meaningful while owned_
  bool closed_ = false;
  bool helper_wanted_ = false;
  bool end_left_ = false;  // the helper's first work is the end of a batch
  bool helper_stop_ = false;
  std::thread helper_;  // started at the first hand-over
};

template <typename Command>
bool Sequencer<Command>::Post(Command command, Lane lane) {
  {
    const std::lock_guard lock(mutex_);
    const bool priority = lane == Lane::kPriority;
    std::deque<Command>& queue = priority ? priority_ : normal_;
    if (closed_ || queue.size() >= (priority ? options_.priority_queue_max : options_.queue_max)) {
      return false;
    }
    queue.push_back(std::move(command));
    if (owned_) {
      return true;
    }
    owned_ = true;
    owner_ = std::this_thread::get_id();
  }
  Own(/*on_callers_thread=*/true);
  return true;
}

template <typename Command>
bool Sequencer<Command>::TakeIfIdle() {
  const std::lock_guard lock(mutex_);
  if (owned_) {
    return false;
  }
  owned_ = true;
  owner_ = std::this_thread::get_id();
  return true;
}

template <typename Command>
void Sequencer<Command>::HandleBatch() {
  for (size_t handled = 0; handled < options_.batch_max; ++handled) {
    std::optional<Command> command = Pick();
    if (!command) {
      return;
    }
    on_command_(*std::move(command));
  }
}

template <typename Command>
void Sequencer<Command>::Own(bool on_callers_thread) {
  for (size_t batches = 1;; ++batches) {
    HandleBatch();
    if (on_callers_thread && options_.ends_elsewhere && end_waits_ && end_waits_()) {
      HandOver(/*end_left=*/true);
      return;
    }
    on_batch_end_();
    if (LetGoOrHandOver(on_callers_thread && batches >= options_.inline_batches_max)) {
      return;
    }
  }
}

template <typename Command>
std::optional<Command> Sequencer<Command>::Pick() {
  const std::lock_guard lock(mutex_);
  std::deque<Command>& queue = priority_.empty() ? normal_ : priority_;
  if (queue.empty()) {
    return std::nullopt;
  }
  std::optional<Command> command(std::move(queue.front()));
  queue.pop_front();
  return command;
}

// True: the caller is not the owner any more.
template <typename Command>
bool Sequencer<Command>::LetGoOrHandOver(bool may_hand_over) {
  {
    const std::lock_guard lock(mutex_);
    if (normal_.empty() && priority_.empty()) {
      owned_ = false;
      idle_.notify_all();
      return true;
    }
  }
  if (may_hand_over) {
    HandOver(/*end_left=*/false);
  }
  return may_hand_over;
}

// The state stays owned: by the helper, from now on. REQUIRES: the caller owns it.
template <typename Command>
void Sequencer<Command>::HandOver(bool end_left) {
  const std::lock_guard lock(mutex_);
  end_left_ = end_left;
  helper_wanted_ = true;
  owner_ = std::thread::id();
  if (!helper_.joinable()) {
    helper_ = std::thread(log::ForThisService([this] { WorkAsHelper(); }));
  }
  helper_wake_.notify_one();  // under the lock: this may be gone once the helper has let go
}

template <typename Command>
void Sequencer<Command>::WorkAsHelper() {
  SetThreadName("sequencer");
  while (true) {
    bool end_left = false;
    {
      std::unique_lock lock(mutex_);
      helper_wake_.wait(lock, [this] { return helper_wanted_ || helper_stop_; });
      if (!helper_wanted_) {
        return;
      }
      helper_wanted_ = false;
      end_left = end_left_;
      owner_ = std::this_thread::get_id();
    }
    if (end_left) {
      on_batch_end_();
      if (LetGoOrHandOver(/*may_hand_over=*/false)) {
        continue;
      }
    }
    Own(/*on_callers_thread=*/false);
  }
}

template <typename Command>
void Sequencer<Command>::Drain() {
  std::unique_lock lock(mutex_);
  TW_CHECK(!owned_ || owner_ != std::this_thread::get_id());
  idle_.wait(lock, [this] { return !owned_; });
}

template <typename Command>
void Sequencer<Command>::Close() {
  std::thread helper;
  {
    std::unique_lock lock(mutex_);
    TW_CHECK(!owned_ || owner_ != std::this_thread::get_id());
    closed_ = true;
    idle_.wait(lock, [this] { return !owned_; });
    helper_stop_ = true;
    helper_wake_.notify_one();
    helper = std::move(helper_);
  }
  if (helper.joinable()) {
    helper.join();
  }
}

}  // namespace tw
