// Between the feed's messages and the cores' values. Any thread.
#pragma once

#include <optional>
#include <string>

#include "services/normalizer/bar_builder.h"
#include "services/normalizer/book_builder.h"
#include "services/normalizer/day_window.h"
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

// What no venue may send: a price or size out of range, an event time in the future of `now` by
// more than a minute (live only), no venue or symbol, texts that are too long. "" when it is sound.
std::string FaultOf(const tradewind::v1::FeedEvent& event, Timestamp now);

// REQUIRES, here and below: FaultOf is "".
Trade DecodeTrade(const tradewind::v1::FeedEvent& event);
Snapshot DecodeSnapshot(const tradewind::v1::BookSnapshot& book);
Delta DecodeDelta(const tradewind::v1::BookDelta& delta);

// The best `depth` levels of a side.
void EncodeBook(const BookBuilder& book, size_t depth, tradewind::v1::BookSnapshot& out);
// The best level of each side.
void EncodeTop(const BookBuilder& book, tradewind::v1::QuoteTick& out);
void EncodeBar(size_t interval, const Bar& bar, bool closed, tradewind::v1::BarTick& out);
void EncodeStatistics(const DayWindow& day, tradewind::v1::DayStatistics& out);

}  // namespace tw::normalizer
