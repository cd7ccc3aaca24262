#include "services/cli/recorder.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/feed/market_client.h"
#include "libs/timer/timer.h"

namespace tw::cli {
namespace {

namespace v1 = tradewind::v1;

constexpr Duration kFirstEventMax = Duration::Seconds(10);
constexpr Duration kFlushPeriod = Duration::Seconds(1);
constexpr const char* kAny = "*";

bool Among(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

// Between the feed's thread and the one that writes.
class Queue {
 public:
  explicit Queue(const RecorderOptions& options) : options_(options) {}

  void Add(const v1::FeedEvent& event) {
    if (event.recorded() || !Among(options_.symbols, event.symbol()) ||
        !Among(options_.venues, event.venue())) {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (events_.size() >= options_.queue_events) {
      dropped_ns_ = dropped_ns_ == 0 ? std::max<int64_t>(event.receive_time_ns(), 1) : dropped_ns_;
      return;
    }
    events_.push_back(event);
  }
  void AddGap(uint64_t from, uint64_t to, Timestamp now) {
    const std::lock_guard lock(mutex_);
    events_.push_back(Gap(from, to, "feed", now.ns));
  }
  void SetLost(bool lost) {
    const std::lock_guard lock(mutex_);
    lost_ = lost;
    heard_ = heard_ || !lost;
  }
  std::deque<v1::FeedEvent> Take() {
    const std::lock_guard lock(mutex_);
    if (dropped_ns_ != 0) {
      events_.push_back(Gap(0, 0, "recorder_too_slow", std::exchange(dropped_ns_, 0)));
    }
    return std::exchange(events_, {});
  }
  bool lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }
  bool heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  static v1::FeedEvent Gap(uint64_t from, uint64_t to, const char* reason, int64_t time_ns) {
    v1::FeedEvent event;
    event.set_venue(kAny);
    event.set_venue_time_ns(time_ns);
    event.set_receive_time_ns(time_ns);
    event.mutable_gap()->set_from_seq(from);
    event.mutable_gap()->set_to_seq(to);
    event.mutable_gap()->set_reason(reason);
    return event;
  }

  const RecorderOptions& options_;
  mutable std::mutex mutex_;
  std::deque<v1::FeedEvent> events_;
  int64_t dropped_ns_ = 0;  // since when there was no room; 0: there was
  bool lost_ = true;
  bool heard_ = false;
};

// Of the state for a new reader only books and quotes are played; the rest comes of them again.
void Count(const v1::FeedEvent& event, RecorderTotals& totals) {
  if (event.snapshot() && !event.has_book() && !event.has_order_book() && !event.has_quote()) {
    return;
  }
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: ++totals.trades; break;
    case v1::FeedEvent::kQuote: ++totals.quotes; break;
    case v1::FeedEvent::kBook:
    case v1::FeedEvent::kBookDelta:
    case v1::FeedEvent::kOrders:
    case v1::FeedEvent::kOrderBook: ++totals.books; break;
    case v1::FeedEvent::kGap: ++totals.gaps; break;
    default: break;
  }
}

// Writes what waits. True: the file has reached its size.
absl::StatusOr<bool> Drain(Queue& queue,
                           recording::Writer& writer,
                           const RecorderOptions& options,
                           RecorderTotals& totals) {
  for (const v1::FeedEvent& event : queue.Take()) {
    if (options.bytes_max > 0 && writer.bytes() >= options.bytes_max) {
      return true;
    }
    TW_RETURN_IF_ERROR(writer.Append(event));
    Count(event, totals);
  }
  totals.events = writer.events();
  totals.bytes = writer.bytes();
  totals.lost = queue.lost();
  return options.bytes_max > 0 && writer.bytes() >= options.bytes_max;
}

absl::Status Loop(Queue& queue,
                  recording::Writer& writer,
                  const RecorderOptions& options,
                  const std::function<bool()>& stop,
                  const std::function<void(const RecorderTotals&)>& on_progress,
                  RecorderTotals& totals) {
  const int64_t start_ns = MonotonicNanos();
  int64_t flushed_ns = start_ns;
  while (true) {
    const bool stopped = stop();
    const int64_t now_ns = MonotonicNanos();
    TW_ASSIGN_OR_RETURN(const bool full, Drain(queue, writer, options, totals));
    const bool timed_out = options.time_max.ns > 0 && now_ns - start_ns >= options.time_max.ns;
    if (now_ns - flushed_ns >= kFlushPeriod.ns) {
      flushed_ns = now_ns;
      TW_RETURN_IF_ERROR(writer.Flush());
      totals.bytes = writer.bytes();
      on_progress(totals);
    }
    if (!queue.heard() && now_ns - start_ns >= kFirstEventMax.ns) {
      return absl::UnavailableError("no market feed within ten seconds");
    }
    if (stopped || full || timed_out) {
      return absl::OkStatus();
    }
  }
}

}  // namespace

absl::StatusOr<RecorderTotals> Record(
    std::shared_ptr<rpc::Channel> peer,
    recording::Writer& writer,
    const RecorderOptions& options,
    const std::function<bool()>& stop,
    const std::function<void(const RecorderTotals&)>& on_progress) {
  Queue queue(options);
  SystemClock clock;
  TimerThread timers;
  feed::MarketOptions wanted;
  wanted.peer = std::move(peer);
  wanted.consumer = "recorder";
  wanted.on_event = [&](const v1::FeedEvent& event) { queue.Add(event); };
  wanted.on_batch = [&](const v1::FeedBatch&) { queue.SetLost(false); };
  wanted.on_gap = [&](uint64_t, uint64_t from, uint64_t to) {
    queue.AddGap(from, to, clock.Now());
  };
  wanted.on_lost = [&](const absl::Status&) { queue.SetLost(true); };
  feed::MarketClient client(timers, std::move(wanted));
  client.Start();
  RecorderTotals totals;
  const absl::Status looped = Loop(queue, writer, options, stop, on_progress, totals);
  client.Stop();
  const absl::Status closed = writer.Close();
  totals.bytes = writer.bytes();
  TW_RETURN_IF_ERROR(looped);
  TW_RETURN_IF_ERROR(closed);
  return totals;
}

}  // namespace tw::cli
