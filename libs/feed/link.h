// Link: keeps one bidirectional stream to a peer open for as long as it lives, with back-off. What
// was sent on a stream that is lost counts as not sent: the peer is asked again on the next one
// (hello).
//
// Send from any thread. on_message and on_lost run on gRPC's threads, one at a time, also across
// reconnects.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "libs/feed/subscriber.h"
#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"

namespace tw::feed {

template <typename Out, typename In>
class Link {
 public:
  struct Options {
    std::shared_ptr<rpc::Channel> channel;
    std::string method;
    // The first message of each stream. May be empty: none is sent.
    std::function<Out()> hello;
    std::function<void(const In&)> on_message;
    // The stream is over; it is opened again. May be empty.
    std::function<void(const absl::Status&)> on_lost;
  };

  // `timers` outlives the link.
  Link(TimerThread& timers, Options options)
      : state_(std::make_shared<State>(timers, std::move(options))) {}
  ~Link() { Stop(); }

  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void Start() { Open(state_); }

  // False: there is no stream now, or too much waits on it.
  bool Send(const Out& message) {
    rpc::Stream<Out, In> stream;
    {
      const std::lock_guard lock(state_->mutex);
      stream = state_->stream;
    }
    return stream && stream.Write(message);
  }

  // Ends the stream, if there is one, and opens another.
  void Restart() {
    rpc::Stream<Out, In> stream;
    {
      const std::lock_guard lock(state_->mutex);
      stream = state_->stream;
    }
    if (stream) {
      stream.Cancel();
    }
  }

  // After this no callback runs. Idempotent; not from a callback.
  void Stop() {
    std::unique_lock lock(state_->mutex);
    if (state_->stopped) {
      return;
    }
    state_->stopped = true;
    const rpc::Stream<Out, In> stream = state_->stream;
    lock.unlock();
    if (stream) {
      stream.Cancel();
    }
    lock.lock();
    state_->closed.wait(lock, [&] { return !state_->open; });
  }

 private:
  struct State {
    State(TimerThread& t, Options o) : timers(t), options(std::move(o)) {}

    TimerThread& timers;
    const Options options;
    std::mutex mutex;
    std::condition_variable closed;
    rpc::Stream<Out, In> stream;
    bool open = false;
    bool stopped = false;
    Duration backoff = kBackoffFirst;
  };
  using StatePtr = std::shared_ptr<State>;

  static void Open(const StatePtr& state) {
    {
      const std::lock_guard lock(state->mutex);
      if (state->stopped) {
        return;
      }
      state->open = true;
    }
    const auto stream = state->options.channel->template Open<Out, In>(
        state->options.method, [&state](const rpc::Stream<Out, In>& s) {
          s.OnMessage([state](const In& message) {
            {
              const std::lock_guard lock(state->mutex);
              state->backoff = kBackoffFirst;
              if (state->stopped) {
                return;
              }
            }
            state->options.on_message(message);
          });
          s.OnClosed([state](const absl::Status& status) { OnClosed(state, status); });
          if (state->options.hello) {
            s.Write(state->options.hello());
          }
          // Before the stream begins: it may be over, and another one open, when Open returns.
          const std::lock_guard lock(state->mutex);
          state->stream = s;
        });
    const std::lock_guard lock(state->mutex);
    if (state->stopped) {
      stream.Cancel();
    }
  }

  static void OnClosed(const StatePtr& state, const absl::Status& status) {
    bool stopped = false;
    {
      const std::lock_guard lock(state->mutex);
      stopped = state->stopped;
      state->stream.Reset();
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

  const StatePtr state_;
};

}  // namespace tw::feed
