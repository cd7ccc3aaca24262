// FeedWriter: the feed's events into the sink, batch by batch, with the place in the feed beside
// them, so that what is lost is known and told.
//
// While the sink is full the feed waits: recorded data as long as it takes, live data for
// `patience`; then live batches are dropped, each stretch a row in `gaps` and an alarm, until the
// sink takes rows again. The callbacks of one MarketClient; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/sink/sink.h"
#include "services/sink-ticks/metrics.h"
#include "services/sink-ticks/tick_rows.h"

namespace tw::sink_ticks {

// The last event taken, kept with the spool as "<epoch>:<sequence>:<nanoseconds>".
struct FeedPosition {
  uint64_t epoch = 0;  // 0: never connected
  uint64_t sequence = 0;
  Timestamp time;  // when that event was received; of no event yet, when the feed was first seen

  std::string ToString() const;
  // "" is no position yet. DataLoss: not what ToString writes.
  static absl::StatusOr<FeedPosition> Parse(const std::string& text);

  friend bool operator==(const FeedPosition&, const FeedPosition&) = default;
};

class FeedWriter {
 public:
  static constexpr std::string_view kSource = "feed";

  // `resume`: where the stream goes on, from the durable position.
  FeedWriter(sink::Sink& sink,
             const Clock& clock,
             const TicksMetrics& metrics,
             Duration patience,
             const FeedPosition& resume);

  void OnEvent(const tradewind::v1::FeedEvent& event);
  // Events `from` to `to` of the feed never come; to = 0: not known how many.
  void OnGap(uint64_t from, uint64_t to);
  // All events up to here were handed over.
  void OnBatch(uint64_t epoch, uint64_t sequence);

 private:
  static constexpr size_t kGapsMax = 1'000;

  void Hand(const FeedPosition& position, bool end_of_batch);
  void Drop(const FeedPosition& position);
  void NoteGap(const MissedEvents& missed);
  void NoteFault(const absl::Status& why, const tradewind::v1::FeedEvent& event);

  sink::Sink& sink_;
  const Clock& clock_;
  const TicksMetrics& metrics_;
  const Duration patience_;

  TickRows rows_{ilp::Doubles::kBinary};
  size_t events_ = 0;      // in rows_
  bool recorded_ = false;  // any of them is recorded
  bool dropping_ = false;
  FeedPosition taken_;              // by the sink
  uint64_t last_sequence_ = 0;      // of the last event seen, taken or not
  Timestamp last_time_;             // and when it was received
  std::vector<MissedEvents> gaps_;  // not in the sink yet
};

}  // namespace tw::sink_ticks
