// Rows to messages and back: nothing of any kind is lost on the way.
#include "libs/recording/wire.h"

#include <gtest/gtest.h>

namespace tw::recording {
namespace {

using recorded::Row;
using recorded::RowKind;
namespace v1 = tradewind::v1;

Row Full(RowKind kind) {
  Row row;
  row.source_seq = 7;
  row.time = {1'000};
  row.receive_time = {2'000};
  row.symbol = "IBM";
  row.venue = "PAPER";
  row.kind = kind;
  const bool orders = kind == RowKind::kOrders || kind == RowKind::kOrderBook;
  const bool book = kind == RowKind::kBook || kind == RowKind::kDelta || orders;
  row.book.last_update = book ? 12 : 0;
  if (kind == RowKind::kDelta || kind == RowKind::kOrders) {
    row.book.first_update = 11;
    row.book.previous_update = 10;
  }
  if (book && !orders) {
    row.book.bids = {{Price::FromUnits(9), Quantity::FromUnits(1)}};
    row.book.asks = {{Price::FromUnits(10), Quantity()}};
  }
  if (kind == RowKind::kOrders) {
    row.book.orders = {{recorded::OrderAction::kExecute, Side::kUnspecified, "a", Price(),
                        Quantity::FromUnits(3)}};
  }
  if (kind == RowKind::kOrderBook) {
    row.book.orders = {
        {recorded::OrderAction::kAdd, Side::kBuy, "a", Price::FromUnits(9), Quantity::FromUnits(3)},
        {recorded::OrderAction::kAdd, Side::kSell, "b", Price::FromUnits(10),
         Quantity::FromUnits(4)}};
  }
  if (kind == RowKind::kTrade) {
    row.price = Price::FromUnits(5);
    row.quantity = Quantity::FromUnits(6);
    row.aggressor = Side::kSell;
  }
  if (kind == RowKind::kQuote) {
    row.bid = Price::FromUnits(5);
    row.bid_size = Quantity::FromUnits(6);
    row.ask = Price::FromUnits(7);
    row.ask_size = Quantity::FromUnits(8);
  }
  if (kind == RowKind::kStatus) {
    row.state.phase = recorded::Phase::kHalted;
    row.state.reason = "news";
  }
  if (kind == RowKind::kGap) {
    row.state.from_seq = 3;
    row.state.to_seq = 4;
    row.state.reason = "feed";
  }
  if (kind == RowKind::kBookState) {
    row.state.stale = true;
    row.state.reason = "gap";
  }
  return row;
}

TEST(WireTest, EveryKindComesBackAsItWas) {
  for (const RowKind kind :
       {RowKind::kTrade, RowKind::kQuote, RowKind::kBook, RowKind::kDelta, RowKind::kOrderBook,
        RowKind::kOrders, RowKind::kStatus, RowKind::kGap, RowKind::kBookState}) {
    const Row row = Full(kind);
    v1::RecordedRow wire;
    EncodeRow(row, wire);
    EXPECT_EQ(wire.source_seq(), 7u);
    ASSERT_TRUE(wire.has_event()) << static_cast<int>(kind);
    v1::FeedEvent event = wire.event();
    event.set_venue_time_ns(wire.time_ns());  // as live-gateway does
    Row back;
    ASSERT_TRUE(DecodeRow(event, back)) << static_cast<int>(kind);
    back.source_seq = row.source_seq;
    v1::RecordedRow again;
    EncodeRow(back, again);
    EXPECT_EQ(again.SerializeAsString(), wire.SerializeAsString()) << wire.ShortDebugString();
  }
}

TEST(WireTest, PlainTradesAndQuotesNeedNoEvent) {
  Row row = Full(RowKind::kQuote);
  row.symbol.clear();
  row.venue.clear();
  row.receive_time = {};
  v1::RecordedRow wire;
  EncodeRow(row, wire);
  EXPECT_FALSE(wire.has_event());
  EXPECT_EQ(wire.ask_size_e8(), 8 * kDecimalScale);
  row.kind = RowKind::kTrade;
  row.price = Price::FromUnits(5);
  v1::RecordedRow trade;
  EncodeRow(row, trade);
  EXPECT_TRUE(trade.is_trade());
}

TEST(WireTest, WhatComesOfOthersAgainIsNotPlayed) {
  Row row;
  v1::FeedEvent bar;
  bar.mutable_bar();
  v1::FeedEvent statistics;
  statistics.mutable_statistics();
  v1::FeedEvent state;
  state.mutable_book_state()->set_stale(true);
  state.set_snapshot(true);
  for (const v1::FeedEvent& event : {bar, statistics, state, v1::FeedEvent()}) {
    EXPECT_FALSE(DecodeRow(event, row)) << event.ShortDebugString();
  }
  v1::FeedEvent book;
  book.mutable_book()->set_last_update(1);
  book.set_snapshot(true);
  EXPECT_TRUE(DecodeRow(book, row));  // deltas rest on it
  v1::FeedEvent quote;
  quote.mutable_quote()->set_bid_e8(1);
  quote.set_snapshot(true);
  EXPECT_TRUE(DecodeRow(quote, row));  // what stood when the recording began
}

}  // namespace
}  // namespace tw::recording
