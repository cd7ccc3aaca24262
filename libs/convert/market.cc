#include "libs/convert/market.h"

#include <algorithm>
#include <string>

#include "libs/base/check.h"
#include "libs/convert/timestamps.h"
#include "libs/core/decimal.h"

namespace tw {
namespace {

namespace v1 = tradewind::v1;
using Levels = google::protobuf::RepeatedPtrField<v1::Level>;
using PublicLevels = google::protobuf::RepeatedPtrField<v1::BookLevel>;

std::string FormatOrEmpty(int64_t price_e8) {
  return price_e8 == 0 ? std::string() : FormatE8(price_e8);
}

void CopyBest(const Levels& levels, int depth, PublicLevels* out) {
  const int count = std::min(depth, levels.size());
  out->Reserve(count);
  for (int i = 0; i < count; ++i) {
    v1::BookLevel* level = out->Add();
    level->set_price(FormatE8(levels[i].price_e8()));
    level->set_size(FormatE8(levels[i].size_e8()));
  }
}

}  // namespace

int BookDepth(int asked) {
  return asked <= 0 ? kBookDepthDefault : std::min(asked, kBookDepthMax);
}

v1::Ticker PublicTicker(std::string_view symbol,
                        const v1::DayStatistics& day,
                        const v1::QuoteTick& quote,
                        Timestamp time,
                        bool stale) {
  v1::Ticker out;
  out.set_symbol(std::string(symbol));
  out.set_last_price(FormatOrEmpty(day.last_price_e8()));
  out.set_bid(FormatOrEmpty(quote.bid_e8()));
  out.set_ask(FormatOrEmpty(quote.ask_e8()));
  out.set_bid_size(FormatE8(quote.bid_size_e8()));
  out.set_ask_size(FormatE8(quote.ask_size_e8()));
  out.set_volume_24h(FormatE8(day.volume_24h_e8()));
  out.set_change_24h(FormatE8(day.change_24h_e8()));
  if (time.IsSet()) {
    ToTimestamp(time, out.mutable_timestamp());
  }
  out.set_stale(stale);
  return out;
}

v1::OrderBook PublicBook(std::string_view symbol,
                         const v1::BookSnapshot& book,
                         int depth,
                         Timestamp time) {
  v1::OrderBook out;
  out.set_symbol(std::string(symbol));
  CopyBest(book.bids(), BookDepth(depth), out.mutable_bids());
  CopyBest(book.asks(), BookDepth(depth), out.mutable_asks());
  out.set_sequence(book.last_update());
  if (time.IsSet()) {
    ToTimestamp(time, out.mutable_timestamp());
  }
  return out;
}

v1::MarketTrade PublicTrade(const v1::FeedEvent& event) {
  TW_CHECK(event.has_trade());
  v1::MarketTrade out;
  out.set_venue(event.venue());
  out.set_symbol(event.symbol());
  out.set_price(FormatE8(event.trade().price_e8()));
  out.set_quantity(FormatE8(event.trade().quantity_e8()));
  out.set_side(event.trade().aggressor());
  out.set_source_seq(event.source_seq());
  if (event.venue_time_ns() != 0) {
    ToTimestamp({event.venue_time_ns()}, out.mutable_timestamp());
  }
  return out;
}

v1::Bar PublicBar(const v1::BarTick& bar) {
  v1::Bar out;
  ToTimestamp({bar.start_ns()}, out.mutable_timestamp());
  out.set_open(FormatE8(bar.open_e8()));
  out.set_high(FormatE8(bar.high_e8()));
  out.set_low(FormatE8(bar.low_e8()));
  out.set_close(FormatE8(bar.close_e8()));
  out.set_volume(FormatE8(bar.volume_e8()));
  out.set_trades(bar.trades());
  return out;
}

}  // namespace tw
