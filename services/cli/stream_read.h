// ReadStream: reads a server stream to the end one is after, on the calling thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "libs/rpc/channel.h"

namespace tw::cli {

// A stream of the platform announces its head each second; one that is silent this long is dead.
inline constexpr Duration kStreamSilence = Duration::Seconds(10);

// Hands each message to `on_batch`, on gRPC's threads, one at a time, until it returns false (OK),
// the stream ends (its status; OK is Unavailable, as these streams do not end by themselves) or is
// silent (DeadlineExceeded). No call of `on_batch` follows the return.
template <typename Request, typename Batch>
absl::Status ReadStream(rpc::Channel& channel,
                        const std::string& method,
                        const Request& request,
                        const std::function<bool(const Batch&)>& on_batch) {
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t messages = 0;
    bool enough = false;
    bool closed = false;
    absl::Status status;
  };
  auto state = std::make_shared<State>();
  auto stream = channel.Open<Request, Batch>(
      "tradewind.v1." + method, [&](const rpc::Stream<Request, Batch>& s) {
        s.OnMessage([state, &on_batch](const Batch& batch) {
          if (state->enough) {  // written by this callback alone
            return;
          }
          const bool more = on_batch(batch);
          const std::lock_guard lock(state->mutex);
          ++state->messages;
          state->enough = !more;
          state->changed.notify_all();
        });
        s.OnClosed([state](const absl::Status& status) {
          const std::lock_guard lock(state->mutex);
          state->closed = true;
          state->status = status;
          state->changed.notify_all();
        });
        s.Write(request);
        s.Finish();
      });
  std::unique_lock lock(state->mutex);
  bool silent = false;
  while (!state->enough && !state->closed && !silent) {
    const uint64_t before = state->messages;
    silent = !state->changed.wait_for(lock, std::chrono::nanoseconds(kStreamSilence.ns),
                                      [&] { return state->messages != before || state->closed; });
  }
  const bool closed_first = state->closed;
  lock.unlock();
  stream.Cancel();
  lock.lock();
  state->changed.wait(lock, [&] { return state->closed; });
  if (state->enough) {
    return absl::OkStatus();
  }
  if (silent && !closed_first) {
    return absl::DeadlineExceededError("the stream has said nothing for " +
                                       std::to_string(kStreamSilence.millis()) + " ms");
  }
  return state->status.ok() ? absl::UnavailableError("the stream was ended") : state->status;
}

}  // namespace tw::cli
