#include "libs/convert/market.h"

#include <gtest/gtest.h>

namespace tw {
namespace {

namespace v1 = tradewind::v1;

TEST(MarketTest, ATickerShowsQuoteAndDay) {
  v1::DayStatistics day;
  day.set_last_price_e8(4'500'010'000'000);
  day.set_volume_24h_e8(150'000'000);
  day.set_change_24h_e8(-50'000'000);
  v1::QuoteTick quote;
  quote.set_bid_e8(4'500'000'000'000);
  quote.set_bid_size_e8(10'000'000);
  const v1::Ticker ticker = PublicTicker("BTCUSDT", day, quote, {1'500'000'000}, true);
  EXPECT_EQ(ticker.symbol(), "BTCUSDT");
  EXPECT_EQ(ticker.last_price(), "45000.1");
  EXPECT_EQ(ticker.bid(), "45000");
  EXPECT_EQ(ticker.bid_size(), "0.1");
  EXPECT_EQ(ticker.ask(), "") << "no such side";
  EXPECT_EQ(ticker.ask_size(), "0");
  EXPECT_EQ(ticker.volume_24h(), "1.5");
  EXPECT_EQ(ticker.change_24h(), "-0.5");
  EXPECT_EQ(ticker.timestamp().seconds(), 1);
  EXPECT_EQ(ticker.timestamp().nanos(), 500'000'000);
  EXPECT_TRUE(ticker.stale());
  EXPECT_FALSE(PublicTicker("IBM", {}, {}, {}, false).has_timestamp());
}

TEST(MarketTest, ABookIsCutToItsDepth) {
  v1::BookSnapshot book;
  book.set_last_update(77);
  for (int i = 0; i < 150; ++i) {
    v1::Level* bid = book.add_bids();
    bid->set_price_e8((200 - i) * 100'000'000LL);
    bid->set_size_e8(i + 1);
  }
  const v1::OrderBook two = PublicBook("IBM", book, 2, {1});
  ASSERT_EQ(two.bids_size(), 2);
  EXPECT_EQ(two.bids(0).price(), "200");
  EXPECT_EQ(two.bids(1).price(), "199");
  EXPECT_EQ(two.bids(1).size(), "0.00000002");
  EXPECT_EQ(two.asks_size(), 0);
  EXPECT_EQ(two.sequence(), 77U);
  EXPECT_EQ(two.timestamp().nanos(), 1);
  EXPECT_EQ(PublicBook("IBM", book, 0, {}).bids_size(), kBookDepthDefault);
  EXPECT_EQ(PublicBook("IBM", book, -5, {}).bids_size(), kBookDepthDefault);
  EXPECT_EQ(PublicBook("IBM", book, 1000, {}).bids_size(), kBookDepthMax);
  EXPECT_FALSE(PublicBook("IBM", book, 1, {}).has_timestamp());
}

TEST(MarketTest, ATradeKeepsItsSource) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol("IBM");
  event.set_source_seq(9);
  event.set_venue_time_ns(2'000'000'000);
  event.mutable_trade()->set_price_e8(18'000'000'000);
  event.mutable_trade()->set_quantity_e8(100'000'000);
  event.mutable_trade()->set_aggressor(v1::SIDE_SELL);
  const v1::MarketTrade trade = PublicTrade(event);
  EXPECT_EQ(trade.venue(), "PAPER");
  EXPECT_EQ(trade.symbol(), "IBM");
  EXPECT_EQ(trade.source_seq(), 9U);
  EXPECT_EQ(trade.price(), "180");
  EXPECT_EQ(trade.quantity(), "1");
  EXPECT_EQ(trade.side(), v1::SIDE_SELL);
  EXPECT_EQ(trade.timestamp().seconds(), 2);
  EXPECT_DEATH(static_cast<void>(PublicTrade(v1::FeedEvent())), "invariant broken");
}

TEST(MarketTest, ABarIsExact) {
  v1::BarTick tick;
  tick.set_start_ns(60'000'000'000);
  tick.set_open_e8(100);
  tick.set_high_e8(400);
  tick.set_low_e8(50);
  tick.set_close_e8(200);
  tick.set_volume_e8(123'400'000'000);
  tick.set_trades(17);
  const v1::Bar bar = PublicBar(tick);
  EXPECT_EQ(bar.timestamp().seconds(), 60);
  EXPECT_EQ(bar.open(), "0.000001");
  EXPECT_EQ(bar.high(), "0.000004");
  EXPECT_EQ(bar.low(), "0.0000005");
  EXPECT_EQ(bar.close(), "0.000002");
  EXPECT_EQ(bar.volume(), "1234");
  EXPECT_EQ(bar.trades(), 17);
}

}  // namespace
}  // namespace tw
