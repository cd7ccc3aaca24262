// tidy: analytics file, QuestDB columns are DOUBLE; exact figures stay in the recordings
#include "services/sink-ticks/tick_rows.h"

#include "libs/core/decimal.h"

namespace tw::sink_ticks {
namespace {

namespace v1 = tradewind::v1;

std::string_view SideName(v1::Side side) {
  switch (side) {
    case v1::SIDE_BUY: return "BUY";
    case v1::SIDE_SELL: return "SELL";
    default: return "";  // the source does not say: null
  }
}

// The venue's time; of events that have none, the time we got them.
Timestamp EventTime(const v1::FeedEvent& event) {
  return {event.venue_time_ns() != 0 ? event.venue_time_ns() : event.receive_time_ns()};
}

}  // namespace

absl::Status TickRows::Add(const v1::FeedEvent& event) {
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: return AddTrade(event);
    case v1::FeedEvent::kQuote: return AddQuote(event);
    case v1::FeedEvent::kBook: return AddBook(event);
    case v1::FeedEvent::kBar: return event.bar().closed() ? AddBar(event) : absl::OkStatus();
    case v1::FeedEvent::kGap: return AddGap(event);
    default: return absl::OkStatus();  // state of others' views: no history is kept of it
  }
}

absl::Status TickRows::Add(const MissedEvents& missed) {
  rows_.Table("gaps")
      .Symbol("venue", "*")
      .Symbol("symbol", "*")
      .Symbol("reason", missed.reason)
      .Int("from_seq", static_cast<int64_t>(missed.from));
  if (missed.to != 0) {
    rows_.Int("to_seq", static_cast<int64_t>(missed.to));
  }
  return rows_.At(missed.since);
}

void TickRows::Begin(std::string_view table, const v1::FeedEvent& event) {
  rows_.Table(table).Symbol("venue", event.venue()).Symbol("symbol", event.symbol());
}

absl::Status TickRows::AddTrade(const v1::FeedEvent& event) {
  Begin("trades", event);
  rows_.Symbol("side", SideName(event.trade().aggressor()))
      .Int("source_seq", static_cast<int64_t>(event.source_seq()))
      .DecimalE8("price", event.trade().price_e8())
      .DecimalE8("quantity", event.trade().quantity_e8())
      .Time("receive_time", {event.receive_time_ns()});
  return rows_.At(EventTime(event));
}

absl::Status TickRows::AddQuote(const v1::FeedEvent& event) {
  const v1::QuoteTick& quote = event.quote();
  Begin("quotes", event);
  rows_.Int("source_seq", static_cast<int64_t>(event.source_seq()));
  if (quote.bid_e8() != 0) {
    rows_.DecimalE8("bid", quote.bid_e8()).DecimalE8("bid_size", quote.bid_size_e8());
  }
  if (quote.ask_e8() != 0) {
    rows_.DecimalE8("ask", quote.ask_e8()).DecimalE8("ask_size", quote.ask_size_e8());
  }
  rows_.Time("receive_time", {event.receive_time_ns()});
  return rows_.At(EventTime(event));
}

absl::Status TickRows::AddBook(const v1::FeedEvent& event) {
  const v1::BookSnapshot& book = event.book();
  Begin("book_snapshots", event);
  rows_.Int("source_seq", static_cast<int64_t>(event.source_seq()));
  if (!book.bids().empty()) {
    rows_.DecimalE8("best_bid", book.bids(0).price_e8());
  }
  if (!book.asks().empty()) {
    rows_.DecimalE8("best_ask", book.asks(0).price_e8());
  }
  AddSide("bids", book.bids());
  AddSide("asks", book.asks());
  return rows_.At(EventTime(event));
}

// Two rows of equal length: prices, then sizes.
void TickRows::AddSide(std::string_view name,
                       const google::protobuf::RepeatedPtrField<v1::Level>& levels) {
  const auto count = static_cast<size_t>(levels.size());
  scratch_.resize(2 * count);
  for (size_t i = 0; i < count; ++i) {
    const v1::Level& level = levels[static_cast<int>(i)];
    scratch_[i] = ToDouble(level.price_e8());
    scratch_[count + i] = ToDouble(level.size_e8());
  }
  rows_.Array2d(name, scratch_, 2, static_cast<uint32_t>(count));
}

absl::Status TickRows::AddBar(const v1::FeedEvent& event) {
  const v1::BarTick& bar = event.bar();
  Begin("bars", event);
  rows_.Symbol("interval", bar.interval())
      .DecimalE8("open", bar.open_e8())
      .DecimalE8("high", bar.high_e8())
      .DecimalE8("low", bar.low_e8())
      .DecimalE8("close", bar.close_e8())
      .DecimalE8("volume", bar.volume_e8())
      .Int("trades", bar.trades());
  return rows_.At({bar.start_ns()});
}

absl::Status TickRows::AddGap(const v1::FeedEvent& event) {
  Begin("gaps", event);
  rows_.Symbol("reason", event.gap().reason())
      .Int("from_seq", static_cast<int64_t>(event.gap().from_seq()));
  if (event.gap().to_seq() != 0) {  // else it is not known how many
    rows_.Int("to_seq", static_cast<int64_t>(event.gap().to_seq()));
  }
  return rows_.At(EventTime(event));
}

}  // namespace tw::sink_ticks
