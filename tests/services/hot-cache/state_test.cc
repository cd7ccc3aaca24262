#include "services/hot-cache/state.h"

#include <gtest/gtest.h>

#include "libs/base/field_error.h"
#include "libs/testing/e8.h"
#include "libs/testing/service_host.h"

namespace tw::hot_cache {
namespace {

using tw::testing::kE8;
constexpr Timestamp kNow = {1'800'000'000LL * 1'000'000'000};

v1::FeedEvent Head(const std::string& symbol = "BTCUSDT") {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol(symbol);
  event.set_venue_time_ns(kNow.ns);
  event.set_receive_time_ns(kNow.ns);
  return event;
}
v1::FeedEvent Quote(int64_t bid, int64_t ask) {
  v1::FeedEvent event = Head();
  event.mutable_quote()->set_bid_e8(bid * kE8);
  event.mutable_quote()->set_ask_e8(ask * kE8);
  event.mutable_quote()->set_bid_size_e8(2 * kE8);
  event.mutable_quote()->set_ask_size_e8(3 * kE8);
  return event;
}
v1::FeedEvent Trade(int64_t price) {
  v1::FeedEvent event = Head();
  event.mutable_trade()->set_price_e8(price * kE8);
  event.mutable_trade()->set_quantity_e8(kE8);
  return event;
}
v1::FeedEvent Statistics(int64_t last, int64_t volume, int64_t change) {
  v1::FeedEvent event = Head();
  event.mutable_statistics()->set_last_price_e8(last * kE8);
  event.mutable_statistics()->set_volume_24h_e8(volume * kE8);
  event.mutable_statistics()->set_change_24h_e8(change * kE8);
  return event;
}
v1::FeedEvent BookOf(int levels) {
  v1::FeedEvent event = Head();
  for (int i = 1; i <= levels; ++i) {
    v1::Level& bid = *event.mutable_book()->add_bids();
    bid.set_price_e8((1'000 - i) * kE8);
    bid.set_size_e8(kE8);
    v1::Level& ask = *event.mutable_book()->add_asks();
    ask.set_price_e8((1'000 + i) * kE8);
    ask.set_size_e8(kE8);
  }
  event.mutable_book()->set_last_update(77);
  return event;
}
v1::FeedEvent Stale(bool stale) {
  v1::FeedEvent event = Head();
  event.mutable_book_state()->set_stale(stale);
  return event;
}
v1::FeedEvent BarOf(const std::string& interval, int64_t start_s, int64_t close, bool closed) {
  v1::FeedEvent event = Head();
  v1::BarTick& bar = *event.mutable_bar();
  bar.set_interval(interval);
  bar.set_start_ns(Duration::Seconds(start_s).ns);
  bar.set_open_e8(kE8);
  bar.set_high_e8(close * kE8);
  bar.set_low_e8(kE8);
  bar.set_close_e8(close * kE8);
  bar.set_trades(1);
  bar.set_closed(closed);
  return event;
}

class Notes final : public Watchers {
 public:
  bool any() const override { return watched; }
  void OnChange(const fanout::UpdatePtr& update) override { changes.push_back(update); }

  bool watched = true;
  std::vector<fanout::UpdatePtr> changes;
};

class CacheStateTest : public ::testing::Test {
 protected:
  CacheStateTest() { state_.SetFeedLost(false); }
  void Feed(const v1::FeedEvent& event, Timestamp now = kNow) {
    state_.OnFeedEvent(event, now, notes_);
  }
  v1::Ticker Ticker(Timestamp now = kNow) { return state_.Ticker("BTCUSDT", now).value(); }

  const tw::Instruments instruments_ = tw::testing::TwoInstruments();
  CacheState state_{instruments_, CacheOptions{.trades_max = 5}};
  Notes notes_;
};

TEST_F(CacheStateTest, ATickerIsMadeOfQuoteTradeAndStatistics) {
  Feed(Statistics(100, 50, -3));
  Feed(Quote(99, 101));
  Feed(Trade(102));
  const v1::Ticker ticker = Ticker();
  EXPECT_EQ(ticker.last_price(), "102");
  EXPECT_EQ(ticker.bid(), "99");
  EXPECT_EQ(ticker.ask(), "101");
  EXPECT_EQ(ticker.bid_size(), "2");
  EXPECT_EQ(ticker.ask_size(), "3");
  EXPECT_EQ(ticker.volume_24h(), "50");
  EXPECT_EQ(ticker.change_24h(), "-3");
  EXPECT_FALSE(ticker.stale());
  EXPECT_EQ(state_.Tickers(kNow).tickers_size(), 1);
}

TEST_F(CacheStateTest, ATickerAgesByNewsOfTheMarketOnly) {
  Feed(Quote(99, 101));
  EXPECT_FALSE(Ticker(kNow + Duration::Seconds(10)).stale());
  EXPECT_TRUE(Ticker(kNow + Duration::Seconds(11)).stale());
  Feed(Statistics(100, 1, 0), kNow + Duration::Seconds(60));  // a window that rolls is no news
  v1::FeedEvent old = Quote(98, 101);
  old.set_snapshot(true);
  Feed(old, kNow + Duration::Seconds(60));
  EXPECT_TRUE(Ticker(kNow + Duration::Seconds(60)).stale());
  EXPECT_TRUE(
      absl::IsUnavailable(state_.Ticker("BTCUSDT", kNow + Duration::Seconds(301)).status()));
  EXPECT_EQ(state_.Tickers(kNow + Duration::Seconds(301)).tickers_size(), 0);
  state_.Sweep(kNow + Duration::Seconds(301));
  EXPECT_EQ(state_.counts(kNow).entries, 0U);
}

TEST_F(CacheStateTest, AStaleBookOrALostFeedMakesStale) {
  Feed(Quote(99, 101));
  Feed(BookOf(3));
  notes_.changes.clear();
  Feed(Stale(true));
  EXPECT_TRUE(Ticker().stale());
  ASSERT_EQ(notes_.changes.size(), 2U);  // ticker and book go out anew
  EXPECT_TRUE(notes_.changes[0]->message().ticker().stale());
  EXPECT_TRUE(notes_.changes[1]->message().book().stale());
  Feed(Stale(true));
  EXPECT_EQ(notes_.changes.size(), 2U);
  Feed(Stale(false));
  EXPECT_FALSE(Ticker().stale());
  state_.SetFeedLost(true);
  EXPECT_TRUE(Ticker().stale());
  EXPECT_EQ(state_.counts(kNow).stale_tickers, 1U);
}

TEST_F(CacheStateTest, RecordedDataMakesNoTickersBooksOrTrades) {
  for (v1::FeedEvent event : {Quote(1, 2), Trade(1), BookOf(1), Statistics(1, 1, 1)}) {
    event.set_recorded(true);
    event.set_venue("REPLAY:x");
    Feed(event);
  }
  EXPECT_EQ(state_.counts(kNow).entries, 0U);
  v1::FeedEvent bar = BarOf("1m", 60, 5, true);
  bar.set_recorded(true);
  bar.set_venue("REPLAY:x");
  Feed(bar);
  EXPECT_TRUE(notes_.changes.empty());
  v1::ListBarsRequest request;
  request.set_symbol("BTCUSDT");
  request.set_timeframe("1m");
  EXPECT_EQ(state_.Bars(request, kNow)->bars_size(), 0);
  request.set_venue("REPLAY:x");
  EXPECT_EQ(state_.Bars(request, kNow)->bars_size(), 1);
}

TEST_F(CacheStateTest, OfSeveralVenuesTheLiveOneIsShown) {
  v1::FeedEvent elsewhere = Quote(90, 110);
  elsewhere.set_venue("ELSEWHERE");
  Feed(elsewhere);
  EXPECT_EQ(Ticker().bid(), "90");  // better than nothing
  Feed(Quote(100, 101));
  Feed(elsewhere);
  EXPECT_EQ(Ticker().bid(), "100");
}

TEST_F(CacheStateTest, BooksAreCutToTheDepthAskedFor) {
  Feed(BookOf(30));
  v1::GetOrderBookRequest request;
  request.set_symbol("BTCUSDT");
  EXPECT_EQ(state_.Book(request, kNow)->bids_size(), 20);
  request.set_depth(5);
  const v1::OrderBook book = state_.Book(request, kNow).value();
  EXPECT_EQ(book.asks_size(), 5);
  EXPECT_EQ(book.asks(0).price(), "1001");
  EXPECT_EQ(book.bids(4).price(), "995");
  EXPECT_EQ(book.sequence(), 77U);
  for (const int depth : {-1, 101}) {
    request.set_depth(depth);
    EXPECT_EQ(state_.Book(request, kNow).status(), FieldError("depth", "must be 1 to 100"));
  }
}

TEST_F(CacheStateTest, TheLastTradesNewestLast) {
  for (int64_t price = 1; price <= 8; ++price) {
    Feed(Trade(price));
  }
  v1::ListMarketTradesRequest request;
  request.set_symbol("BTCUSDT");
  const v1::ListMarketTradesResponse all = state_.Trades(request, kNow).value();
  ASSERT_EQ(all.trades_size(), 5);
  EXPECT_EQ(all.trades(4).price(), "8");
  request.set_limit(2);
  const v1::ListMarketTradesResponse two = state_.Trades(request, kNow).value();
  ASSERT_EQ(two.trades_size(), 2);
  EXPECT_EQ(two.trades(0).price(), "7");
  request.set_limit(1'001);
  EXPECT_TRUE(absl::IsInvalidArgument(state_.Trades(request, kNow).status()));
}

TEST_F(CacheStateTest, BarsNewestLastWithTheRunningOne) {
  Feed(BarOf("1m", 60, 5, true));
  Feed(BarOf("1m", 120, 6, false));
  Feed(BarOf("1m", 120, 7, false));
  v1::ListBarsRequest request;
  request.set_symbol("BTCUSDT");
  request.set_timeframe("1m");
  const v1::ListBarsResponse bars = state_.Bars(request, kNow).value();
  ASSERT_EQ(bars.bars_size(), 2);
  EXPECT_EQ(bars.bars(0).close(), "5");
  EXPECT_EQ(bars.bars(1).close(), "7");
  request.set_timeframe("2m");
  EXPECT_TRUE(absl::IsInvalidArgument(state_.Bars(request, kNow).status()));
  Feed(BarOf("2m", 120, 7, false));
  EXPECT_EQ(state_.counts(kNow).refused, 1U);
}

TEST_F(CacheStateTest, KeepsTheIntervalsItIsTold) {
  CacheState told(instruments_, {.intervals = *normalizer::Intervals::Parse("1m,2m")});
  told.OnFeedEvent(BarOf("2m", 120, 7, true), kNow, notes_);
  v1::ListBarsRequest request;
  request.set_symbol("BTCUSDT");
  request.set_timeframe("2m");
  EXPECT_EQ(told.Bars(request, kNow)->bars_size(), 1);
  told.Begin(kNow, [](const std::vector<fanout::UpdatePtr>& state) {
    ASSERT_EQ(state.size(), 1U);
    EXPECT_EQ(state[0]->message().bar().timeframe(), "2m");
  });
  request.set_timeframe("1h");
  EXPECT_EQ(told.Bars(request, kNow).status().message(), "timeframe: must be 1m or 2m");
}

TEST_F(CacheStateTest, AnUnknownSymbolIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(state_.Ticker("NOPE", kNow).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(state_.Ticker("", kNow).status()));
  EXPECT_TRUE(absl::IsUnavailable(state_.Ticker("IBM", kNow).status()));
  v1::FeedEvent event = Quote(1, 2);
  event.set_symbol("NOPE");
  Feed(event);
  EXPECT_EQ(state_.counts(kNow).refused, 1U);
  EXPECT_EQ(state_.counts(kNow).entries, 0U);
}

TEST_F(CacheStateTest, PositionsByAccountAndSymbolUntilTheyExpire) {
  v1::Pnl pnl;
  pnl.set_account("demo");
  pnl.set_ledger_sequence(9);
  for (const char* symbol : {"BTCUSDT", "IBM"}) {
    v1::Position& position = *pnl.add_positions();
    position.set_account("demo");
    position.set_symbol(symbol);
    position.set_quantity("3");
  }
  state_.OnPnl(pnl, kNow);
  v1::ListPositionsRequest request;
  EXPECT_EQ(state_.Positions(request, kNow).positions_size(), 2);
  request.set_account("demo");
  request.set_symbol("IBM");
  const v1::ListPositionsResponse one = state_.Positions(request, kNow);
  ASSERT_EQ(one.positions_size(), 1);
  EXPECT_EQ(one.ledger_sequence(), 9U);
  EXPECT_FALSE(one.positions(0).mark_stale());
  EXPECT_TRUE(state_.Positions(request, kNow + Duration::Seconds(6)).positions(0).mark_stale());
  EXPECT_EQ(state_.Positions(request, kNow + Duration::Seconds(301)).positions_size(), 0);
  pnl.clear_positions();
  state_.OnPnl(pnl, kNow);  // all that is known of the account
  EXPECT_EQ(state_.Positions(request, kNow).positions_size(), 0);
}

TEST_F(CacheStateTest, InstrumentsBySymbolOrDescription) {
  v1::ListInstrumentsRequest request;
  EXPECT_EQ(state_.Instruments(request).instruments_size(), 2);
  request.set_query("btc");
  ASSERT_EQ(state_.Instruments(request).instruments_size(), 1);
  EXPECT_EQ(state_.Instruments(request).instruments(0).tick_size(), "0.01");
}

TEST_F(CacheStateTest, CountsHitsAndMisses) {
  EXPECT_FALSE(state_.Ticker("IBM", kNow).ok());
  Feed(Quote(1, 2));
  Ticker();
  Ticker();
  const CacheState::Counts counts = state_.counts(kNow);
  EXPECT_EQ(counts.tickers.hits, 2U);
  EXPECT_EQ(counts.tickers.misses, 1U);
}

TEST_F(CacheStateTest, ChangesAreMadeUpForWatchersOnly) {
  notes_.watched = false;
  Feed(Quote(99, 101));
  EXPECT_TRUE(notes_.changes.empty());
  notes_.watched = true;
  Feed(Trade(100));
  ASSERT_EQ(notes_.changes.size(), 2U);
  EXPECT_EQ(notes_.changes[0]->key(), "");  // trades count each
  EXPECT_EQ(notes_.changes[1]->key(), "ticker/BTCUSDT");
  bool joined = false;
  state_.Begin(kNow, [&](const std::vector<fanout::UpdatePtr>& snapshot) {
    joined = true;
    ASSERT_EQ(snapshot.size(), 1U);
    EXPECT_EQ(snapshot[0]->message().ticker().last_price(), "100");
  });
  EXPECT_TRUE(joined);
}

TEST_F(CacheStateTest, EveryBarIsAKeyOfItsOwn) {
  Feed(BarOf("1m", 60, 5, false));
  Feed(BarOf("1m", 60, 6, true));
  Feed(BarOf("1m", 120, 7, false));
  ASSERT_EQ(notes_.changes.size(), 3U);
  EXPECT_EQ(notes_.changes[0]->key(), notes_.changes[1]->key());
  EXPECT_NE(notes_.changes[0]->key(), notes_.changes[2]->key());
}

TEST_F(CacheStateTest, MemoryIsBoundedByPushingOutTheOldest) {
  CacheState small(instruments_, CacheOptions{.bytes_max = 50'000});
  small.SetFeedLost(false);
  v1::Pnl pnl;
  for (int i = 0; i < 20; ++i) {
    pnl.add_positions()->set_symbol("BTCUSDT");
  }
  for (int i = 0; i < 500; ++i) {
    pnl.set_account("a" + std::to_string(i));
    small.OnPnl(pnl, kNow + Duration::Millis(i));
    ASSERT_LE(small.counts(kNow).bytes, 50'000U);
  }
  const CacheState::Counts counts = small.counts(kNow);
  EXPECT_GT(counts.positions.evicted, 100U);
  EXPECT_GT(counts.entries, 3U);
  v1::ListPositionsRequest request;
  request.set_account("a499");  // the newest is there, the oldest is not
  EXPECT_EQ(small.Positions(request, kNow).positions_size(), 20);
  request.set_account("a0");
  EXPECT_EQ(small.Positions(request, kNow).positions_size(), 0);
}

}  // namespace
}  // namespace tw::hot_cache
