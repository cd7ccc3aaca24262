#include "libs/recording/wire.h"

#include <algorithm>

#include "libs/convert/enums.h"

namespace tw::recording {

namespace v1 = tradewind::v1;

namespace {

using recorded::Row;
using recorded::RowKind;
using Levels = google::protobuf::RepeatedPtrField<v1::Level>;
using Orders = google::protobuf::RepeatedPtrField<v1::RestingOrder>;

void Encode(const std::vector<recorded::RowLevel>& levels, Levels& out) {
  out.Reserve(static_cast<int>(levels.size()));
  for (const recorded::RowLevel& level : levels) {
    v1::Level& added = *out.Add();
    added.set_price_e8(level.price.e8());
    added.set_size_e8(level.size.e8());
  }
}

void Decode(const Levels& levels, std::vector<recorded::RowLevel>& out) {
  for (const v1::Level& level : levels) {
    out.push_back({Price::FromE8(level.price_e8()), Quantity::FromE8(level.size_e8())});
  }
}

void EncodeOrderBook(const recorded::RowBook& book, v1::OrderSnapshot& out) {
  out.set_last_update(book.last_update);
  for (const recorded::RowOrder& order : book.orders) {
    v1::RestingOrder& added = *(order.side == Side::kBuy ? out.add_bids() : out.add_asks());
    added.set_order_id(order.order_id);
    added.set_price_e8(order.price.e8());
    added.set_size_e8(order.size.e8());
  }
}

void EncodeOrders(const recorded::RowBook& book, v1::OrderDelta& out) {
  out.set_first_update(book.first_update);
  out.set_last_update(book.last_update);
  out.set_previous_update(book.previous_update);
  for (const recorded::RowOrder& order : book.orders) {
    v1::OrderChange& added = *out.add_changes();
    added.set_action(static_cast<v1::OrderAction>(order.action));
    added.set_order_id(order.order_id);
    added.set_side(ToProto(order.side));
    added.set_price_e8(order.price.e8());
    added.set_size_e8(order.size.e8());
  }
}

void DecodeOrders(const Orders& orders, Side side, std::vector<recorded::RowOrder>& out) {
  for (const v1::RestingOrder& order : orders) {
    out.push_back({recorded::OrderAction::kAdd, side, order.order_id(),
                   Price::FromE8(order.price_e8()), Quantity::FromE8(order.size_e8())});
  }
}

void EncodeBar(const Row& row, v1::BarTick& out) {
  out.set_interval(row.bar.interval);
  out.set_start_ns(row.time.ns);
  out.set_open_e8(row.bar.open.e8());
  out.set_high_e8(row.bar.high.e8());
  out.set_low_e8(row.bar.low.e8());
  out.set_close_e8(row.bar.close.e8());
  out.set_volume_e8(row.bar.volume.e8());
  out.set_trades(row.bar.trades);
  out.set_closed(true);
}

void EncodeQuote(const Row& row, v1::QuoteTick& out) {
  out.set_bid_e8(row.bid.e8());
  out.set_bid_size_e8(row.bid_size.e8());
  out.set_ask_e8(row.ask.e8());
  out.set_ask_size_e8(row.ask_size.e8());
}

void EncodeBody(const Row& row, v1::FeedEvent& out) {
  switch (row.kind) {
    case RowKind::kTrade:
      out.mutable_trade()->set_price_e8(row.price.e8());
      out.mutable_trade()->set_quantity_e8(row.quantity.e8());
      out.mutable_trade()->set_aggressor(ToProto(row.aggressor));
      return;
    case RowKind::kQuote: EncodeQuote(row, *out.mutable_quote()); return;
    case RowKind::kBook:
      out.mutable_book()->set_last_update(row.book.last_update);
      Encode(row.book.bids, *out.mutable_book()->mutable_bids());
      Encode(row.book.asks, *out.mutable_book()->mutable_asks());
      return;
    case RowKind::kDelta: {
      v1::BookDelta& delta = *out.mutable_book_delta();
      delta.set_first_update(row.book.first_update);
      delta.set_last_update(row.book.last_update);
      delta.set_previous_update(row.book.previous_update);
      Encode(row.book.bids, *delta.mutable_bids());
      Encode(row.book.asks, *delta.mutable_asks());
      return;
    }
    case RowKind::kOrderBook: EncodeOrderBook(row.book, *out.mutable_order_book()); return;
    case RowKind::kOrders: EncodeOrders(row.book, *out.mutable_orders()); return;
    case RowKind::kBar: EncodeBar(row, *out.mutable_bar()); return;
    case RowKind::kStatus:
      out.mutable_status()->set_phase(static_cast<v1::TradingPhase>(row.state.phase));
      out.mutable_status()->set_reason(row.state.reason);
      return;
    case RowKind::kGap:
      out.mutable_gap()->set_from_seq(row.state.from_seq);
      out.mutable_gap()->set_to_seq(row.state.to_seq);
      out.mutable_gap()->set_reason(row.state.reason);
      return;
    case RowKind::kBookState:
      out.mutable_book_state()->set_stale(row.state.stale);
      out.mutable_book_state()->set_reason(row.state.reason);
      return;
  }
}

void DecodeDelta(const v1::OrderDelta& delta, recorded::RowBook& book) {
  book.first_update = delta.first_update();
  book.last_update = delta.last_update();
  book.previous_update = delta.previous_update();
  for (const v1::OrderChange& change : delta.changes()) {
    book.orders.push_back({static_cast<recorded::OrderAction>(change.action()),
                           static_cast<Side>(change.side()), change.order_id(),
                           Price::FromE8(change.price_e8()), Quantity::FromE8(change.size_e8())});
  }
}

bool DecodeBook(const v1::FeedEvent& event, Row& row) {
  recorded::RowBook& book = row.book;
  switch (event.body_case()) {
    case v1::FeedEvent::kBook:
      row.kind = RowKind::kBook;
      book.last_update = event.book().last_update();
      Decode(event.book().bids(), book.bids);
      Decode(event.book().asks(), book.asks);
      return true;
    case v1::FeedEvent::kBookDelta:
      row.kind = RowKind::kDelta;
      book.first_update = event.book_delta().first_update();
      book.last_update = event.book_delta().last_update();
      book.previous_update = event.book_delta().previous_update();
      Decode(event.book_delta().bids(), book.bids);
      Decode(event.book_delta().asks(), book.asks);
      return true;
    case v1::FeedEvent::kOrderBook:
      row.kind = RowKind::kOrderBook;
      book.last_update = event.order_book().last_update();
      DecodeOrders(event.order_book().bids(), Side::kBuy, book.orders);
      DecodeOrders(event.order_book().asks(), Side::kSell, book.orders);
      return true;
    case v1::FeedEvent::kOrders:
      row.kind = RowKind::kOrders;
      DecodeDelta(event.orders(), book);
      return true;
    default: return false;
  }
}

bool DecodeState(const v1::FeedEvent& event, Row& row) {
  switch (event.body_case()) {
    case v1::FeedEvent::kGap:
      row.kind = RowKind::kGap;
      row.state.from_seq = event.gap().from_seq();
      row.state.to_seq = event.gap().to_seq();
      row.state.reason = event.gap().reason();
      return true;
    case v1::FeedEvent::kBookState:
      row.kind = RowKind::kBookState;
      row.state.stale = event.book_state().stale();
      row.state.reason = event.book_state().reason();
      return true;
    case v1::FeedEvent::kStatus:
      row.kind = RowKind::kStatus;
      row.state.phase = static_cast<recorded::Phase>(event.status().phase());
      row.state.reason = event.status().reason();
      return true;
    default: return false;
  }
}

}  // namespace

void EncodeRow(const Row& row, v1::RecordedRow& out) {
  out.set_source_seq(row.source_seq);
  out.set_time_ns(row.time.ns);
  const bool plain = row.symbol.empty() && row.venue.empty() && !row.receive_time.IsSet();
  if (plain && row.kind == RowKind::kTrade && row.aggressor == Side::kUnspecified) {
    out.set_is_trade(true);
    out.set_price_e8(row.price.e8());
    out.set_quantity_e8(row.quantity.e8());
    return;
  }
  if (plain && row.kind == RowKind::kQuote) {
    out.set_bid_e8(row.bid.e8());
    out.set_bid_size_e8(row.bid_size.e8());
    out.set_ask_e8(row.ask.e8());
    out.set_ask_size_e8(row.ask_size.e8());
    return;
  }
  v1::FeedEvent& event = *out.mutable_event();
  event.set_symbol(row.symbol);
  event.set_venue(row.venue);
  event.set_receive_time_ns(row.receive_time.ns);
  EncodeBody(row, event);
}

bool DecodeRow(const v1::FeedEvent& event, Row& row) {
  row = Row();
  row.time = {event.venue_time_ns() != 0 ? event.venue_time_ns() : event.receive_time_ns()};
  row.receive_time = {event.receive_time_ns()};
  row.symbol = event.symbol();
  row.venue = event.venue();
  if (DecodeBook(event, row)) {
    return true;
  }
  if (event.snapshot() && !event.has_quote()) {
    return false;
  }
  if (event.has_trade()) {
    row.kind = RowKind::kTrade;
    row.price = Price::FromE8(event.trade().price_e8());
    row.quantity = Quantity::FromE8(event.trade().quantity_e8());
    row.aggressor = static_cast<Side>(event.trade().aggressor());
    return true;
  }
  if (event.has_quote()) {
    row.kind = RowKind::kQuote;
    row.bid = Price::FromE8(event.quote().bid_e8());
    row.bid_size = Quantity::FromE8(event.quote().bid_size_e8());
    row.ask = Price::FromE8(event.quote().ask_e8());
    row.ask_size = Quantity::FromE8(event.quote().ask_size_e8());
    return true;
  }
  return DecodeState(event, row);
}

}  // namespace tw::recording
