// Subscriber: keeps one server stream of a peer open for as long as it lives, resuming where it
// stopped. Reconnects with back-off; a stream that says nothing for five seconds (heads are
// announced each second) is opened again.
//
// on_batch runs on gRPC's threads, one call at a time, also across reconnects.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"

namespace tw::feed {

inline constexpr Duration kSilenceMax = Duration::Seconds(5);
inline constexpr Duration kBackoffFirst = Duration::Millis(50);
inline constexpr Duration kBackoffMax = Duration::Seconds(1);

template <typename Request, typename Batch>
class Subscriber {
 public:
  struct Options {
    std::shared_ptr<rpc::Channel> channel;
    std::string method;  // "tradewind.v1.OrderLedgerService/StreamLedger"
    // The request for the place where to go on; called at each opening.
    std::function<Request()> request;
    // False: the batch does not fit (a gap); the stream is opened again.
    std::function<bool(const Batch&)> on_batch;
    // Each time a stream has ended: why. May be empty.
    std::function<void(const absl::Status&)> on_lost;
  };

  // `timers` outlives the subscriber.
  Subscriber(TimerThread& timers, Options options)
      : state_(std::make_shared<State>(timers, std::move(options))) {}
  ~Subscriber() { Stop(); }

  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  void Start() {
    Open(state_);
    state_->watch = state_->timers.Every(Duration::Seconds(1), [state = state_] { Watch(state); });
  }

  // After this no callback runs. Idempotent; not from a callback.
  void Stop() {
    std::unique_lock lock(state_->mutex);
    if (state_->stopped) {
      return;
    }
    state_->stopped = true;
    const rpc::Stream<Request, Batch> stream = state_->stream;
    lock.unlock();
    if (state_->watch != 0) {
      state_->timers.Cancel(state_->watch);
    }
    if (stream) {
      stream.Cancel();
    }
    lock.lock();
    state_->closed.wait(lock, [&] { return !state_->open; });
  }

  // A message has come on the stream that is open now.
  bool connected() const { return state_->connected.load(); }

 private:
  struct State {
    State(TimerThread& t, Options o) : timers(t), options(std::move(o)) {}

    TimerThread& timers;
    const Options options;
    TimerThread::Id watch = 0;
    std::mutex mutex;
    std::condition_variable closed;
    rpc::Stream<Request, Batch> stream;
    bool open = false;
    bool stopped = false;
    Duration backoff = kBackoffFirst;
    std::atomic<bool> connected{false};
    std::atomic<bool> handling{false};  // on_batch runs: it is we who are slow, not the peer
    std::atomic<int64_t> last_message_ns{0};
  };
  using StatePtr = std::shared_ptr<State>;

  static void Open(const StatePtr& state) {
    {
      const std::lock_guard lock(state->mutex);
      if (state->stopped) {
        return;
      }
      state->open = true;
      state->last_message_ns = MonotonicNanos();
    }
    auto stream = state->options.channel->template Open<Request, Batch>(
        state->options.method, [&state](const rpc::Stream<Request, Batch>& s) {
          s.OnMessage([state, s](const Batch& batch) { OnBatch(state, s, batch); });
          s.OnClosed([state](const absl::Status& status) { OnClosed(state, status); });
          s.Write(state->options.request());
          s.Finish();
        });
    const std::lock_guard lock(state->mutex);
    if (state->open) {
      state->stream = stream;
    }
    if (state->stopped) {
      stream.Cancel();
    }
  }

  static void OnBatch(const StatePtr& state,
                      const rpc::Stream<Request, Batch>& stream,
                      const Batch& batch) {
    {
      const std::lock_guard lock(state->mutex);
      if (state->stopped) {
        return;
      }
      state->backoff = kBackoffFirst;
    }
    state->handling = true;
    const bool fits = state->options.on_batch(batch);
    state->last_message_ns = MonotonicNanos();
    state->handling = false;
    if (fits) {
      state->connected = true;
    } else {
      stream.Cancel();
    }
  }

  static void OnClosed(const StatePtr& state, const absl::Status& status) {
    state->connected = false;
    bool stopped = false;
    {
      const std::lock_guard lock(state->mutex);
      stopped = state->stopped;
    }
    if (!stopped && state->options.on_lost) {
      state->options.on_lost(status);
    }
    const std::lock_guard lock(state->mutex);
    state->open = false;
    state->stream.Reset();
    state->closed.notify_all();
    if (!state->stopped) {
      state->timers.After(state->backoff, [state] { Open(state); });
      state->backoff = std::min(state->backoff * 2, kBackoffMax);
    }
  }

  static void Watch(const StatePtr& state) {
    const std::lock_guard lock(state->mutex);
    if (state->open && state->stream && !state->handling &&
        MonotonicNanos() - state->last_message_ns > kSilenceMax.ns) {
      state->last_message_ns = MonotonicNanos();
      state->stream.Cancel();
    }
  }

  const StatePtr state_;
};

}  // namespace tw::feed
