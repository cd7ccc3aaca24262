#include "services/normalizer/convert.h"

#include <algorithm>
#include <utility>

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

using WireLevels = google::protobuf::RepeatedPtrField<v1::Level>;

constexpr size_t kVenueMax = 256;  // bytes
constexpr size_t kSymbolMax = 64;
constexpr size_t kOrderIdMax = 64;
constexpr size_t kReasonMax = 256;
constexpr size_t kIntervalMax = 16;
constexpr Duration kFutureMax = Duration::Seconds(60);

bool Sound(const WireLevels& levels) {
  for (const v1::Level& level : levels) {
    if (level.price_e8() <= 0 || level.size_e8() < 0) {
      return false;
    }
  }
  return true;
}

bool SoundId(const std::string& id) {
  return !id.empty() && id.size() <= kOrderIdMax;
}

bool Sound(const google::protobuf::RepeatedPtrField<v1::OrderChange>& changes) {
  return std::all_of(changes.begin(), changes.end(), [](const v1::OrderChange& change) {
    const bool removes = change.action() == v1::ORDER_ACTION_REMOVE;
    const bool priced = change.price_e8() > 0 ||
                        (change.price_e8() == 0 && change.action() != v1::ORDER_ACTION_ADD);
    const bool sided = change.action() != v1::ORDER_ACTION_ADD || change.side() == v1::SIDE_BUY ||
                       change.side() == v1::SIDE_SELL;
    return SoundId(change.order_id()) && change.action() != v1::ORDER_ACTION_UNSPECIFIED &&
           v1::OrderAction_IsValid(change.action()) && priced && sided &&
           (removes ? change.size_e8() >= 0 : change.size_e8() > 0);
  });
}

bool Sound(const google::protobuf::RepeatedPtrField<v1::RestingOrder>& orders) {
  return std::all_of(orders.begin(), orders.end(), [](const v1::RestingOrder& order) {
    return SoundId(order.order_id()) && order.price_e8() > 0 && order.size_e8() > 0;
  });
}

bool Sound(const v1::BarTick& bar) {
  return bar.low_e8() > 0 && bar.open_e8() >= bar.low_e8() && bar.close_e8() >= bar.low_e8() &&
         bar.high_e8() >= bar.open_e8() && bar.high_e8() >= bar.close_e8() &&
         bar.volume_e8() >= 0 && bar.trades() >= 0 && bar.start_ns() >= 0 &&
         bar.interval().size() <= kIntervalMax;
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
    case v1::FeedEvent::kOrders:
      return Sound(event.orders().changes()) &&
             event.orders().first_update() <= event.orders().last_update();
    case v1::FeedEvent::kOrderBook:
      return Sound(event.order_book().bids()) && Sound(event.order_book().asks());
    case v1::FeedEvent::kBar: return Sound(event.bar());
    case v1::FeedEvent::kStatus:
      return v1::TradingPhase_IsValid(event.status().phase()) &&
             event.status().phase() != v1::TRADING_PHASE_UNSPECIFIED &&
             event.status().reason().size() <= kReasonMax;
    case v1::FeedEvent::kConsolidated:  // is made here
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

v1::FeedEvent MakeGap(const Origin& origin, const v1::FeedEvent& source, const Missing& missing) {
  v1::FeedEvent event = MakeEvent(origin, source);
  event.mutable_gap()->set_from_seq(missing.from);
  event.mutable_gap()->set_to_seq(missing.to);
  event.mutable_gap()->set_reason(missing.reason);
  return event;
}

v1::FeedEvent HeadOf(const v1::FeedEvent& event) {
  v1::FeedEvent head;
  head.set_source_seq(event.source_seq());
  head.set_venue_time_ns(event.venue_time_ns());
  head.set_receive_time_ns(event.receive_time_ns());
  return head;
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

Quote DecodeQuote(const v1::QuoteTick& quote) {
  return {.bid = {Price::FromE8(quote.bid_e8()), Quantity::FromE8(quote.bid_size_e8())},
          .ask = {Price::FromE8(quote.ask_e8()), Quantity::FromE8(quote.ask_size_e8())}};
}

OrderSnapshot DecodeOrders(const v1::OrderSnapshot& book) {
  OrderSnapshot out{.last_update = book.last_update(), .orders = {}};
  out.orders.reserve(static_cast<size_t>(book.bids_size()) + static_cast<size_t>(book.asks_size()));
  for (const auto& [side, bid] : {std::pair(&book.bids(), true), std::pair(&book.asks(), false)}) {
    for (const v1::RestingOrder& order : *side) {
      out.orders.push_back({.action = OrderAction::kAdd,
                            .order_id = order.order_id(),
                            .bid = bid,
                            .price = Price::FromE8(order.price_e8()),
                            .size = Quantity::FromE8(order.size_e8())});
    }
  }
  return out;
}

OrderDelta DecodeOrders(const v1::OrderDelta& delta) {
  OrderDelta out{.first_update = delta.first_update(),
                 .last_update = delta.last_update(),
                 .previous_update = delta.previous_update(),
                 .changes = {}};
  out.changes.reserve(static_cast<size_t>(delta.changes_size()));
  for (const v1::OrderChange& change : delta.changes()) {
    out.changes.push_back({.action = static_cast<OrderAction>(change.action() - 1),
                           .order_id = change.order_id(),
                           .bid = change.side() == v1::SIDE_BUY,
                           .price = Price::FromE8(change.price_e8()),
                           .size = Quantity::FromE8(change.size_e8())});
  }
  return out;
}

std::optional<Interval> DecodeBar(const v1::BarTick& tick, Bar& bar) {
  bar = {.start = {tick.start_ns()},
         .open = Price::FromE8(tick.open_e8()),
         .high = Price::FromE8(tick.high_e8()),
         .low = Price::FromE8(tick.low_e8()),
         .close = Price::FromE8(tick.close_e8()),
         .volume = Quantity::FromE8(tick.volume_e8()),
         .trades = tick.trades()};
  return ParseInterval(tick.interval());
}

void EncodeBook(const BookBuilder& book, size_t depth, v1::BookSnapshot& out) {
  out.set_last_update(book.last_update());
  Encode(book.Best(true, depth), *out.mutable_bids());
  Encode(book.Best(false, depth), *out.mutable_asks());
}

void EncodeQuote(const Quote& quote, v1::QuoteTick& out) {
  out.set_bid_e8(quote.bid.price.e8());
  out.set_bid_size_e8(quote.bid.size.e8());
  out.set_ask_e8(quote.ask.price.e8());
  out.set_ask_size_e8(quote.ask.size.e8());
}

void EncodeConsolidated(const ConsolidatedQuote& quote, v1::ConsolidatedQuote& out) {
  out.set_bid_e8(quote.bid.price.e8());
  out.set_bid_size_e8(quote.bid.size.e8());
  out.set_bid_venue(quote.bid_venue);
  out.set_ask_e8(quote.ask.price.e8());
  out.set_ask_size_e8(quote.ask.size.e8());
  out.set_ask_venue(quote.ask_venue);
  out.set_venues(static_cast<uint32_t>(quote.venues));
}

void EncodeBar(const std::string& interval, const Bar& bar, bool closed, v1::BarTick& out) {
  out.set_interval(interval);
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
