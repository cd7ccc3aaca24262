// Serve: ties a numbered source, a Pump and one gRPC stream together.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "libs/rpc/call.h"
#include "libs/stream/numbered_log.h"
#include "libs/stream/pace.h"
#include "libs/stream/pump.h"

namespace tw::stream {

// What one message holds at most, unless a single event is larger: well below what a client takes.
inline constexpr size_t kBatchBytesMax = 2 << 20;
// A message that was larger is let go instead of filled again.
inline constexpr size_t kBatchKeptBytes = 256 << 10;

template <typename Event, typename Batch>
struct ServeOptions {
  uint64_t from = 1;       // first event wanted
  size_t batch_max = 512;  // events in one message
  // Where events come from; reads on the pump's thread.
  std::function<Page<Event>(uint64_t from, size_t max)> read;
  // Puts epoch, head and so on into the message; `previous` is the last number sent before it on
  // this stream, what was filtered out not among them.
  std::function<void(uint64_t head, uint64_t previous, Batch& batch)> head;
  // Adds an event. False: filtered out.
  std::function<bool(const Event&, Batch& batch)> add;
  // The least time between two messages to a reader that has caught up (Pump::Add).
  Duration pace{};
  // After a batch was handed to the stream: the next number needed. May be empty.
  std::function<void(uint64_t next)> moved;
  // When the stream is over. May be empty.
  std::function<void()> closed;
};

// What one reader has got so far.
template <typename Event, typename Batch>
struct Serving {
  // Sends what it is due, at most one message.
  template <typename Stream>
  PumpResult Step(const Stream& stream, bool announce) {
    if (over) {
      return PumpResult::kClosed;
    }
    const Page<Event> page = options.read(next, options.batch_max);
    if (page.too_old) {
      stream.Finish(absl::OutOfRangeError("sequence " + std::to_string(next) +
                                          " is no longer kept; the oldest is " +
                                          std::to_string(page.oldest)));
      return PumpResult::kClosed;
    }
    if (page.events.empty() && !announce) {
      return PumpResult::kCaughtUp;
    }
    batch.Clear();
    options.head(page.head, previous, batch);
    const auto [number, last] = Fill(page);
    const bool written = (last == previous && !announce) || stream.Write(batch);
    if (static_cast<size_t>(batch.GetCachedSize()) > kBatchKeptBytes) {
      batch = Batch();
    }
    if (!written) {
      return PumpResult::kBlocked;  // the same page again once there is room; a closed stream is
                                    // removed
    }
    next = number;
    previous = last;
    if (options.moved) {
      options.moved(next);
    }
    return next <= page.head ? PumpResult::kMore : PumpResult::kCaughtUp;
  }

  // As much of the page as one message holds: the number after it, and the last one that is in it.
  std::pair<uint64_t, uint64_t> Fill(const Page<Event>& page) {
    uint64_t number = next;
    uint64_t last = previous;
    size_t bytes = 0;
    for (const auto& event : page.events) {
      bytes += event->ByteSizeLong();
      if (bytes > kBatchBytesMax && number != next) {
        break;  // the rest goes into the next message
      }
      if (options.add(*event, batch)) {
        last = number;
      }
      ++number;
    }
    return {number, last};
  }

  ServeOptions<Event, Batch> options;
  Batch batch;  // the message made last: its memory is used again
  uint64_t next = 0;
  uint64_t previous = 0;
  std::atomic<uint64_t> id{0};
  std::atomic<bool> over{false};
};

// What the request behind `stream` asks for (pace.h). Nothing: it asks for too much, and the stream
// has been finished with INVALID_ARGUMENT.
template <typename Stream>
std::optional<Duration> PaceOrFinish(const Stream& stream, uint32_t pace_ms, Duration usual) {
  const absl::StatusOr<Duration> pace = PaceOf(pace_ms, usual);
  if (!pace.ok()) {
    stream.Finish(pace.status());
    return std::nullopt;
  }
  return *pace;
}

// Serves `stream` until it closes. REQUIRES: called from the handler that got the stream; the pump
// outlives it.
template <typename Event, typename Batch, typename Request>
void Serve(Pump& pump,
           const rpc::Stream<Batch, Request>& stream,
           ServeOptions<Event, Batch> options) {
  auto state = std::make_shared<Serving<Event, Batch>>();
  state->next = options.from == 0 ? 1 : options.from;
  state->previous = state->next - 1;
  state->options = std::move(options);
  // Either callback may come before Add has returned the id: the pump then looks again at the next
  // announcement.
  stream.OnWritable([&pump, state] { pump.Unblock(state->id); });
  stream.OnClosed([&pump, state](const absl::Status&) {
    state->over = true;
    pump.Remove(state->id);
    if (state->options.closed) {
      state->options.closed();
    }
  });
  const Duration pace = state->options.pace;
  state->id =
      pump.Add([state, stream](bool announce) { return state->Step(stream, announce); }, pace);
}

}  // namespace tw::stream
