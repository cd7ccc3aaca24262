#include "services/live-gateway/feed.h"

#include <utility>

#include "libs/base/check.h"
#include "libs/convert/enums.h"

namespace tw::live_gateway {
namespace {

using Levels = google::protobuf::RepeatedPtrField<v1::Level>;

constexpr size_t kSnapshotLevels = 100'000;  // a side: all that our open orders can make

void AddLevels(const std::vector<BookLevel>& levels, Levels& out) {
  out.Reserve(static_cast<int>(levels.size()));
  for (const BookLevel& level : levels) {
    v1::Level& added = *out.Add();
    added.set_price_e8(level.price.e8());
    added.set_size_e8(level.size.e8());
  }
}

void EncodeTop(const TopOfBook& top, v1::QuoteTick& out) {
  out.set_bid_e8(top.bid.price.e8());
  out.set_bid_size_e8(top.bid.size.e8());
  out.set_ask_e8(top.ask.price.e8());
  out.set_ask_size_e8(top.ask.size.e8());
}

}  // namespace

v1::FeedEvent FeedEncoder::Next(const std::string& symbol, Timestamp venue_time, Timestamp now) {
  const std::optional<size_t> instrument = exchange_.IndexOf(symbol);
  TW_CHECK(instrument.has_value());
  v1::FeedEvent event;
  event.set_venue(venue_);
  event.set_symbol(symbol);
  event.set_source_seq(++last_[*instrument]);
  event.set_venue_time_ns(venue_time.ns);
  event.set_receive_time_ns(now.ns);
  return event;
}

void FeedEncoder::Add(const MarketEvent& event, Timestamp now, std::vector<v1::FeedEvent>& out) {
  if (const auto* trade = std::get_if<TradePrinted>(&event)) {
    v1::FeedEvent& added = out.emplace_back(Next(trade->symbol, trade->time, now));
    v1::TradeTick& tick = *added.mutable_trade();
    tick.set_price_e8(trade->price.e8());
    tick.set_quantity_e8(trade->quantity.e8());
    tick.set_aggressor(ToProto(trade->aggressor));
    return;
  }
  const auto& change = std::get<BookChanged>(event);
  v1::FeedEvent& added = out.emplace_back(Next(change.symbol, change.time, now));
  v1::BookDelta& delta = *added.mutable_book_delta();
  delta.set_first_update(change.update);
  delta.set_last_update(change.update);
  delta.set_previous_update(change.update - 1);
  AddLevels(change.bids, *delta.mutable_bids());
  AddLevels(change.asks, *delta.mutable_asks());
  if (change.top_changed) {
    v1::FeedEvent& quote = out.emplace_back(Next(change.symbol, change.time, now));
    EncodeTop(change.top, *quote.mutable_quote());
  }
}

// The book with the number given out last.
v1::FeedEvent FeedEncoder::Book(size_t instrument, Timestamp now) const {
  const BookSnapshot snapshot = exchange_.Snapshot(instrument, kSnapshotLevels);
  v1::FeedEvent event;
  event.set_venue(venue_);
  event.set_symbol(snapshot.symbol);
  event.set_source_seq(last_[instrument]);
  event.set_venue_time_ns(now.ns);
  event.set_receive_time_ns(now.ns);
  v1::BookSnapshot& book = *event.mutable_book();
  book.set_last_update(snapshot.update);
  AddLevels(snapshot.bids, *book.mutable_bids());
  AddLevels(snapshot.asks, *book.mutable_asks());
  return event;
}

void FeedEncoder::AddBooks(Timestamp now, std::vector<v1::FeedEvent>& out) {
  for (size_t i = 0; i < last_.size(); ++i) {
    ++last_[i];
    out.push_back(Book(i, now));
    v1::FeedEvent& quote =
        out.emplace_back(Next(exchange_.instruments().list()[i].symbol, now, now));
    EncodeTop(exchange_.Top(i), *quote.mutable_quote());
  }
}

std::vector<v1::FeedEvent> FeedEncoder::Snapshot(Timestamp now) const {
  std::vector<v1::FeedEvent> out;
  for (size_t i = 0; i < last_.size(); ++i) {
    out.push_back(Book(i, now));
  }
  return out;
}

}  // namespace tw::live_gateway
