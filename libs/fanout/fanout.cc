#include "libs/fanout/fanout.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/clock.h"
#include "libs/log/scope.h"

namespace tw::fanout {
namespace {

constexpr int kMessagesAStep = 256;  // then it is another subscriber's turn
// How often one without room is looked at again. Its news are merged meanwhile.
constexpr int64_t kBlockedNs = 5'000'000;
constexpr int64_t kNsAMs = 1'000'000;

}  // namespace

class Subscriber {
 public:
  Subscriber(Interest i, std::unique_ptr<Outlet> o, const FanoutOptions& options)
      : interest(std::move(i)),
        outlet(std::move(o)),
        waiting(options.trades_waiting_max, options.keys_waiting_max) {}

  const Interest interest;
  const std::unique_ptr<Outlet> outlet;
  std::atomic<bool> over{false};
  std::atomic<bool> left{false};
  std::atomic<bool> listed{false};  // among those that are ready or blocked

  std::mutex mutex;
  bool begun = false;
  bool snapshot_ends = false;  // an announcement is due after the last piece of it
  std::deque<UpdatePtr> snapshot;
  Conflator<UpdatePtr> waiting;

  // The fanout's thread alone.
  uint64_t sequence = 0;
  bool quiet = true;  // nothing was sent since the last announcements
};

Fanout::Fanout(const FanoutOptions& options)
    : options_(options), thread_(log::ForThisService([this] { Run(); })) {}

Fanout::~Fanout() {
  Stop();
}

absl::StatusOr<SubscriberPtr> Fanout::Make(Interest interest, std::unique_ptr<Outlet> outlet) {
  if (count_.fetch_add(1) >= options_.subscribers_max) {
    --count_;
    return absl::ResourceExhaustedError("too many market data streams are open");
  }
  return std::make_shared<Subscriber>(std::move(interest), std::move(outlet), options_);
}

void Fanout::Begin(Subscriber& subscriber, const std::vector<UpdatePtr>& snapshot) const {
  const std::lock_guard lock(subscriber.mutex);
  subscriber.begun = true;
  subscriber.snapshot_ends = true;
  subscriber.waiting.Clear();
  subscriber.snapshot.clear();
  for (const UpdatePtr& update : snapshot) {
    if (subscriber.interest.Wants(update->message())) {
      subscriber.snapshot.push_back(update);
    }
  }
}

void Fanout::Join(const SubscriberPtr& subscriber, const std::vector<UpdatePtr>& snapshot) {
  Begin(*subscriber, snapshot);
  const std::lock_guard lock(mutex_);
  if (!subscriber->left) {
    subscribers_.emplace(subscriber.get(), subscriber);
    MarkReady(subscriber);
    woken_ = true;
    wake_.notify_one();
  }
}

void Fanout::JoinLater(const SubscriberPtr& subscriber) {
  const std::lock_guard lock(mutex_);
  if (!subscriber->left) {
    subscribers_.emplace(subscriber.get(), subscriber);
  }
}

void Fanout::Leave(const SubscriberPtr& subscriber) {
  if (subscriber->left.exchange(true)) {
    return;
  }
  subscriber->over = true;
  --count_;
  const std::lock_guard lock(mutex_);
  subscribers_.erase(subscriber.get());
}

// With mutex_ held.
void Fanout::MarkReady(const SubscriberPtr& subscriber) {
  if (!subscriber->listed.exchange(true)) {
    ready_.push_back(subscriber);
  }
}

void Fanout::OnChange(const UpdatePtr& update) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, subscriber] : subscribers_) {
    if (!subscriber->interest.Wants(update->message())) {
      continue;
    }
    {
      const std::lock_guard waiting(subscriber->mutex);
      if (!subscriber->begun) {
        continue;
      }
      if (update->key().empty()) {
        subscriber->waiting.Append(update, update->merged());
      } else {
        subscriber->waiting.Offer(update->key(), update, update->merged());
      }
    }
    MarkReady(subscriber);
  }
}

void Fanout::Restate(const std::vector<UpdatePtr>& snapshot) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, subscriber] : subscribers_) {
    Begin(*subscriber, snapshot);
    MarkReady(subscriber);
  }
  woken_ = true;
  wake_.notify_one();
}

void Fanout::FailWaiting(const absl::Status& why) {
  std::vector<SubscriberPtr> failed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, subscriber] : subscribers_) {
      const std::lock_guard waiting(subscriber->mutex);
      if (!subscriber->begun) {
        failed.push_back(subscriber);
      }
    }
  }
  for (const SubscriberPtr& subscriber : failed) {
    subscriber->outlet->Fail(why);
  }
}

void Fanout::Wake() {
  const std::lock_guard lock(mutex_);
  if (!ready_.empty()) {
    woken_ = true;
    wake_.notify_one();
  }
}

void Fanout::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  subscribers_.clear();
  ready_.clear();
  blocked_.clear();
}

void Fanout::Run() {
  const int64_t period_ns = options_.announce_ms * kNsAMs;
  int64_t announce_ns = MonotonicNanos() + period_ns;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const int64_t now = MonotonicNanos();
    if (now >= announce_ns) {
      announce_ns = now + period_ns;
      std::vector<SubscriberPtr> all;
      all.reserve(subscribers_.size());
      for (const auto& [key, subscriber] : subscribers_) {
        all.push_back(subscriber);
      }
      lock.unlock();
      AnnounceAll(all);
      lock.lock();
      continue;
    }
    if (!woken_) {
      const int64_t next = blocked_.empty() ? announce_ns : std::min(announce_ns, now + kBlockedNs);
      wake_.wait_for(lock, std::chrono::nanoseconds(next - now),
                     [this] { return woken_ || stopped_; });
    }
    woken_ = false;
    RunReady(lock);
  }
}

// One step of everybody for whom something waits. The lock is not held while anything is sent.
void Fanout::RunReady(std::unique_lock<std::mutex>& lock) {
  std::vector<SubscriberPtr> now = std::exchange(ready_, {});
  for (SubscriberPtr& subscriber : std::exchange(blocked_, {})) {
    now.push_back(std::move(subscriber));
  }
  lock.unlock();
  std::vector<SubscriberPtr> blocked;
  std::vector<SubscriberPtr> again;
  for (SubscriberPtr& subscriber : now) {
    // From here on a change lists it anew; at worst it is looked at once in vain.
    subscriber->listed = false;
    const StepResult result = Step(*subscriber);
    if ((result == StepResult::kNoRoom || result == StepResult::kMore) &&
        !subscriber->listed.exchange(true)) {
      (result == StepResult::kNoRoom ? blocked : again).push_back(std::move(subscriber));
    }
  }
  lock.lock();
  blocked_.insert(blocked_.end(), blocked.begin(), blocked.end());
  ready_.insert(ready_.end(), again.begin(), again.end());
  woken_ = woken_ || !again.empty();
}

Fanout::StepResult Fanout::Step(Subscriber& subscriber) {
  for (int i = 0; i < kMessagesAStep; ++i) {
    if (subscriber.over) {
      return StepResult::kOver;
    }
    UpdatePtr update;
    uint64_t merged = 0;
    bool snapshot = false;
    bool ends = false;
    const bool room = subscriber.outlet->HasRoom();
    {
      const std::lock_guard lock(subscriber.mutex);
      const bool any = !subscriber.snapshot.empty() || subscriber.snapshot_ends ||
                       subscriber.waiting.waiting() > 0;
      if (!any || !room) {
        return any ? StepResult::kNoRoom : StepResult::kCaughtUp;
      }
      if (!subscriber.snapshot.empty()) {
        update = std::move(subscriber.snapshot.front());
        subscriber.snapshot.pop_front();
        snapshot = true;
      } else if (subscriber.snapshot_ends) {
        subscriber.snapshot_ends = false;
        ends = true;
      } else if (auto taken = subscriber.waiting.Take()) {
        update = std::move(taken->update);
        merged = taken->merged;
      }
    }
    subscriber.quiet = false;
    if (ends) {
      subscriber.outlet->Announce(subscriber.sequence);
      continue;
    }
    const uint64_t previous = subscriber.sequence;
    subscriber.sequence += 1 + merged;
    merged_ += merged;
    ++sent_;
    if (!subscriber.outlet->Send({.update = *update,
                                  .depth = subscriber.interest.depth,
                                  .snapshot = snapshot,
                                  .sequence = subscriber.sequence,
                                  .previous_sequence = previous,
                                  .merged = merged})) {
      subscriber.over = true;
    }
  }
  return StepResult::kMore;
}

void Fanout::AnnounceAll(const std::vector<SubscriberPtr>& all) {
  for (const SubscriberPtr& subscriber : all) {
    if (std::exchange(subscriber->quiet, true) && !subscriber->over &&
        subscriber->outlet->HasRoom()) {
      subscriber->outlet->Announce(subscriber->sequence);
    }
  }
}

}  // namespace tw::fanout
