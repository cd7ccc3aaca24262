// Fanout: one stream of updates to many subscribers. Each goes at its own pace: what a slow one
// cannot take is merged (conflator.h) and counted, and none waits for another.
//
//   source, under its lock:  fanout.OnChange(update); ...  then fanout.Wake()
//   a subscriber:            auto s = fanout.Make(interest, outlet); source, under its lock:
//                            fanout.Join(s, the state as of now); at the end fanout.Leave(s)
//
// Messages are numbered from 1 per subscriber: `sequence` grows by one more than was merged. After
// a snapshot, and each second without news, an announcement goes out. One thread sends to all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/fanout/conflator.h"
#include "libs/fanout/update.h"

namespace tw::fanout {

// One message to one subscriber.
struct Delivery {
  const Update& update;
  int depth = 0;
  bool snapshot = false;
  uint64_t sequence = 0;
  uint64_t previous_sequence = 0;
  uint64_t merged = 0;
};

// Where a subscriber's messages go. Send and Announce on the fanout's thread alone; none of them
// blocks.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual bool HasRoom() const = 0;
  // False: the outlet is over, nothing more is sent.
  virtual bool Send(const Delivery& delivery) = 0;
  virtual void Announce(uint64_t sequence) = 0;
  // The source is away and this subscriber has had nothing yet. Any thread.
  virtual void Fail(const absl::Status& why) = 0;
};

struct FanoutOptions {
  size_t subscribers_max = 256;
  size_t trades_waiting_max = 1'000;  // per subscriber
  size_t keys_waiting_max = 4'096;
  int64_t announce_ms = 1'000;
};

class Subscriber;
using SubscriberPtr = std::shared_ptr<Subscriber>;

// Any thread.
class Fanout {
 public:
  explicit Fanout(const FanoutOptions& options);
  ~Fanout();  // Stop()
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  // ResourceExhausted: too many. Counts until Leave.
  absl::StatusOr<SubscriberPtr> Make(Interest interest, std::unique_ptr<Outlet> outlet);
  // From here on it gets every change, after `snapshot` (what of it it wants).
  void Join(const SubscriberPtr& subscriber, const std::vector<UpdatePtr>& snapshot);
  // The same before the source's state is known: it comes with Restate.
  void JoinLater(const SubscriberPtr& subscriber);
  // Nothing is sent to it any more. Idempotent.
  void Leave(const SubscriberPtr& subscriber);

  // Quick: a source calls it under its lock.
  void OnChange(const UpdatePtr& update);
  // The source's state is known anew: a snapshot for everybody, in the place of what waits.
  void Restate(const std::vector<UpdatePtr>& snapshot);
  // Those who have not begun are told why.
  void FailWaiting(const absl::Status& why);
  // Lets out what OnChange has brought; once after a batch.
  void Wake();
  void Stop();

  size_t subscribers() const { return count_.load(); }
  uint64_t merged() const { return merged_.load(); }  // or dropped, of all that was sent
  uint64_t sent() const { return sent_.load(); }

 private:
  enum class StepResult { kCaughtUp, kNoRoom, kMore, kOver };

  void Run();
  void RunReady(std::unique_lock<std::mutex>& lock);
  StepResult Step(Subscriber& subscriber);
  void AnnounceAll(const std::vector<SubscriberPtr>& all);
  void MarkReady(const SubscriberPtr& subscriber);
  void Begin(Subscriber& subscriber, const std::vector<UpdatePtr>& snapshot) const;

  const FanoutOptions options_;
  std::atomic<size_t> count_{0};
  std::atomic<uint64_t> merged_{0};
  std::atomic<uint64_t> sent_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<const Subscriber*, SubscriberPtr> subscribers_;
  std::vector<SubscriberPtr> ready_;    // something waits for them
  std::vector<SubscriberPtr> blocked_;  // and they had no room
  bool woken_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tw::fanout
