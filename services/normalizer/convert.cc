#include "services/normalizer/convert.h"

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

using WireLevels = google::protobuf::RepeatedPtrField<v1::Level>;

constexpr size_t kVenueMax = 256;  // bytes
constexpr size_t kSymbolMax = 64;
constexpr Duration kFutureMax = Duration::Seconds(60);

bool Sound(const WireLevels& levels) {
  for (const v1::Level& level : levels) {
    if (level.price_e8() <= 0 || level.size_e8() < 0) {
      return false;
    }
  }
  return true;
}

bool SoundBody(const v1::FeedEvent& event) {
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade:
      return event.trade().price_e8() > 0 && event.trade().quantity_e8() > 0;
    case v1::FeedEvent::kQuote: {
      const v1::QuoteTick& q = event.quote();
      return q.bid_e8() >= 0 && q.ask_e8() >= 0 && q.bid_size_e8() >= 0 && q.ask_size_e8() >= 0;
    }
    case v1::FeedEvent::kBookDelta:
      return Sound(event.book_delta().bids()) && Sound(event.book_delta().asks()) &&
             event.book_delta().first_update() <= event.book_delta().last_update();
    case v1::FeedEvent::kBook: return Sound(event.book().bids()) && Sound(event.book().asks());
    case v1::FeedEvent::BODY_NOT_SET: return false;
    default: return true;
  }
}

std::vector<Level> Decode(const WireLevels& levels) {
  std::vector<Level> out;
  out.reserve(static_cast<size_t>(levels.size()));
  for (const v1::Level& level : levels) {
    out.push_back({Price::FromE8(level.price_e8()), Quantity::FromE8(level.size_e8())});
  }
  return out;
}

void Encode(const std::vector<Level>& levels, WireLevels& out) {
  out.Reserve(static_cast<int>(levels.size()));
  for (const Level& level : levels) {
    v1::Level& added = *out.Add();
    added.set_price_e8(level.price.e8());
    added.set_size_e8(level.size.e8());
  }
}

}  // namespace

v1::FeedEvent MakeEvent(const Origin& origin, const v1::FeedEvent& source) {
  v1::FeedEvent event;
  event.set_venue(origin.venue);
  event.set_symbol(origin.symbol);
  event.set_recorded(origin.recorded);
  event.set_source_seq(source.source_seq());
  event.set_venue_time_ns(source.venue_time_ns());
  event.set_receive_time_ns(source.receive_time_ns());
  return event;
}

std::string FaultOf(const v1::FeedEvent& event, Timestamp now) {
  const bool about_venue = event.has_replay_end() || event.has_gap();
  if (event.venue().empty() || event.venue().size() > kVenueMax ||
      (event.symbol().empty() && !about_venue) || event.symbol().size() > kSymbolMax) {
    return "venue or symbol";
  }
  if (event.venue_time_ns() < 0 ||
      (!event.recorded() && event.venue_time_ns() > (now + kFutureMax).ns)) {
    return "event time";
  }
  return SoundBody(event) ? "" : "price or size";
}

Trade DecodeTrade(const v1::FeedEvent& event) {
  return {.place = {.time = {event.venue_time_ns()}, .source_seq = event.source_seq()},
          .price = Price::FromE8(event.trade().price_e8()),
          .quantity = Quantity::FromE8(event.trade().quantity_e8())};
}

Snapshot DecodeSnapshot(const v1::BookSnapshot& book) {
  return {
      .last_update = book.last_update(), .bids = Decode(book.bids()), .asks = Decode(book.asks())};
}

Delta DecodeDelta(const v1::BookDelta& delta) {
  return {.first_update = delta.first_update(),
          .last_update = delta.last_update(),
          .previous_update = delta.previous_update(),
          .bids = Decode(delta.bids()),
          .asks = Decode(delta.asks())};
}

void EncodeBook(const BookBuilder& book, size_t depth, v1::BookSnapshot& out) {
  out.set_last_update(book.last_update());
  Encode(book.Best(true, depth), *out.mutable_bids());
  Encode(book.Best(false, depth), *out.mutable_asks());
}

void EncodeTop(const BookBuilder& book, v1::QuoteTick& out) {
  const std::vector<Level> bid = book.Best(true, 1);
  const std::vector<Level> ask = book.Best(false, 1);
  out.set_bid_e8(bid.empty() ? 0 : bid.front().price.e8());
  out.set_bid_size_e8(bid.empty() ? 0 : bid.front().size.e8());
  out.set_ask_e8(ask.empty() ? 0 : ask.front().price.e8());
  out.set_ask_size_e8(ask.empty() ? 0 : ask.front().size.e8());
}

void EncodeBar(size_t interval, const Bar& bar, bool closed, v1::BarTick& out) {
  out.set_interval(std::string(kIntervals[interval].name));
  out.set_start_ns(bar.start.ns);
  out.set_open_e8(bar.open.e8());
  out.set_high_e8(bar.high.e8());
  out.set_low_e8(bar.low.e8());
  out.set_close_e8(bar.close.e8());
  out.set_volume_e8(bar.volume.e8());
  out.set_trades(bar.trades);
  out.set_closed(closed);
}

void EncodeStatistics(const DayWindow& day, v1::DayStatistics& out) {
  const DayWindow::Statistics statistics = day.statistics();
  out.set_last_price_e8(statistics.last.e8());
  out.set_volume_24h_e8(statistics.volume.e8());
  out.set_change_24h_e8(statistics.change.e8());
}

}  // namespace tw::normalizer
