// Checks what a replay is asked to play and turns rows into events of the feed. Pure but for the
// messages; one per replay, one thread.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/base/time.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

namespace v1 = ::tradewind::v1;

class ReplayRows {
 public:
  // InvalidArgument naming the field: name and symbol are [A-Za-z0-9._-]{1,64}.
  absl::Status Begin(const v1::ReplayStart& start);

  // Rows of one request. InvalidArgument naming the row: numbers grow, times are set, a trade has a
  // price and a quantity, a quote at least one whole side, and nothing is negative.
  absl::Status Check(const v1::ReplayRequest& request) const;

  // REQUIRES: checked.
  v1::FeedEvent Event(const v1::RecordedRow& row, Timestamp now);
  v1::FeedEvent End(Timestamp now);

  const std::string& venue() const { return venue_; }
  bool begun() const { return !venue_.empty(); }
  v1::ReplayProgress Progress(bool done) const;

 private:
  v1::FeedEvent Base(uint64_t source_seq, int64_t time_ns, Timestamp now) const;

  std::string venue_;
  std::string symbol_;
  uint64_t last_source_seq_ = 0;
  int64_t last_time_ns_ = 0;
  uint64_t trades_ = 0;
  uint64_t quotes_ = 0;
};

}  // namespace tw::live_gateway
