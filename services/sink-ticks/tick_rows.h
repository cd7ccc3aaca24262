// TickRows: market data events as rows of trades, quotes, book_snapshots, bars and gaps.
//
// A row depends on its event alone, so an event that comes again meets its own row. One thread;
// allocates nothing per row once its scratch has grown.
//
// tidy: analytics file, QuestDB columns are DOUBLE; exact figures stay in the recordings
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/time.h"
#include "libs/ilp/line_buffer.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::sink_ticks {

// Events of the feed itself that never came here: numbers of the feed, of every venue and symbol.
struct MissedEvents {
  uint64_t from = 0;
  uint64_t to = 0;  // 0: not known
  Timestamp since;  // when the last event before them was received
  std::string_view reason;
};

class TickRows {
 public:
  explicit TickRows(ilp::Doubles doubles = ilp::Doubles::kText) : rows_(doubles) {}

  // Adds the event's row where it has one. Not OK: a row that cannot be made, and why.
  absl::Status Add(const tradewind::v1::FeedEvent& event);
  // A row of `gaps` with venue and symbol "*".
  absl::Status Add(const MissedEvents& missed);

  void Clear() { rows_.Clear(); }
  const ilp::LineBuffer& rows() const { return rows_; }

 private:
  void Begin(std::string_view table, const tradewind::v1::FeedEvent& event);
  absl::Status AddTrade(const tradewind::v1::FeedEvent& event);
  absl::Status AddQuote(const tradewind::v1::FeedEvent& event);
  absl::Status AddBook(const tradewind::v1::FeedEvent& event);
  absl::Status AddBar(const tradewind::v1::FeedEvent& event);
  absl::Status AddGap(const tradewind::v1::FeedEvent& event);
  void AddSide(std::string_view name,
               const google::protobuf::RepeatedPtrField<tradewind::v1::Level>& levels);

  ilp::LineBuffer rows_;
  std::vector<double> scratch_;
};

}  // namespace tw::sink_ticks
