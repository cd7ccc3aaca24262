// Between the feed's messages and the cores' values. Any thread.
#pragma once

#include <optional>
#include <string>

#include "services/normalizer/bar_builder.h"
#include "services/normalizer/book_builder.h"
#include "services/normalizer/consolidator.h"
#include "services/normalizer/day_window.h"
#include "services/normalizer/order_book.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::normalizer {

// Where an event belongs, and its head in what is published about it.
struct Origin {
  std::string venue;
  std::string symbol;
  bool recorded = false;
};

// The event's times and number are those of `source`.
tradewind::v1::FeedEvent MakeEvent(const Origin& origin, const tradewind::v1::FeedEvent& source);

// Reasons of gaps in recorded data.
inline constexpr const char* kReplayBrokenOff = "replay_broken_off";
inline constexpr const char* kBarsIncomplete = "bars_incomplete";

struct Missing {
  uint64_t from = 0;
  uint64_t to = 0;  // 0: not known
  const char* reason = "";
};
tradewind::v1::FeedEvent MakeGap(const Origin& origin,
                                 const tradewind::v1::FeedEvent& source,
                                 const Missing& missing);

// Its number and times alone.
tradewind::v1::FeedEvent HeadOf(const tradewind::v1::FeedEvent& event);

// What no venue may send: a price or size out of range, an event time in the future of `now` by
// more than a minute (live only), no venue or symbol, texts that are too long. "" when it is sound.
std::string FaultOf(const tradewind::v1::FeedEvent& event, Timestamp now);

// REQUIRES, here and below: FaultOf is "".
Trade DecodeTrade(const tradewind::v1::FeedEvent& event);
Snapshot DecodeSnapshot(const tradewind::v1::BookSnapshot& book);
Delta DecodeDelta(const tradewind::v1::BookDelta& delta);
OrderSnapshot DecodeOrders(const tradewind::v1::OrderSnapshot& book);
OrderDelta DecodeOrders(const tradewind::v1::OrderDelta& delta);
Quote DecodeQuote(const tradewind::v1::QuoteTick& quote);
// nullopt: its interval is none.
std::optional<Interval> DecodeBar(const tradewind::v1::BarTick& tick, Bar& bar);

// The best `depth` levels of a side.
void EncodeBook(const BookBuilder& book, size_t depth, tradewind::v1::BookSnapshot& out);
void EncodeQuote(const Quote& quote, tradewind::v1::QuoteTick& out);
void EncodeConsolidated(const ConsolidatedQuote& quote, tradewind::v1::ConsolidatedQuote& out);
void EncodeBar(const std::string& interval,
               const Bar& bar,
               bool closed,
               tradewind::v1::BarTick& out);
void EncodeStatistics(const DayWindow& day, tradewind::v1::DayStatistics& out);

}  // namespace tw::normalizer
