// Checks what a replay is asked to play and turns rows into events of the feed. Pure but for the
// messages; one per replay, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"

#include "absl/status/status.h"
#include "libs/base/time.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

namespace v1 = ::tradewind::v1;

class ReplayRows {
 public:
  // InvalidArgument naming the field: name and symbol are [A-Za-z0-9._-]{1,64}; without a symbol
  // each row must name its own.
  absl::Status Begin(const v1::ReplayStart& start);

  static constexpr size_t kMarketsMax = 1'000;  // venues and symbols of one replay

  // Rows of one request. InvalidArgument naming the row: numbers grow, times are set, a trade has a
  // price and a quantity, a quote at least one whole side, nothing is negative, an event is of a
  // kind that can be played and its names are names. What more its kind asks for is the
  // normalizer's to judge.
  absl::Status Check(const v1::ReplayRequest& request) const;

  // REQUIRES: checked.
  v1::FeedEvent Event(const v1::RecordedRow& row, Timestamp now);
  // One for each market that had rows; of a replay without any, one.
  std::vector<v1::FeedEvent> End(Timestamp now) const;
  // A gap for each market that had rows: there will be no end.
  std::vector<v1::FeedEvent> BrokenOff(Timestamp now) const;

  const std::string& venue() const { return venue_; }
  bool begun() const { return !venue_.empty(); }
  v1::ReplayProgress Progress(bool done) const;

 private:
  struct Totals {
    uint64_t trades = 0;
    uint64_t quotes = 0;
    uint64_t books = 0;
    uint64_t bars = 0;
    uint64_t others = 0;
    int64_t last_time_ns = 0;
  };
  using Market = std::pair<std::string, std::string>;  // venue, symbol

  Market MarketOf(const v1::RecordedRow& row) const;
  v1::FeedEvent Behind(const Market& market, const Totals& totals, Timestamp now) const;

  std::string venue_;
  std::string symbol_;
  uint64_t last_source_seq_ = 0;
  absl::btree_map<Market, Totals> markets_;
};

}  // namespace tw::live_gateway
