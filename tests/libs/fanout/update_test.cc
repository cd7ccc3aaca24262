#include "libs/fanout/update.h"

#include <gtest/gtest.h>

#include "libs/json/json.h"

namespace tw::fanout {
namespace {

v1::MarketDataUpdate Book(int levels) {
  v1::MarketDataUpdate update;
  update.set_symbol("BTCUSDT");
  update.mutable_book()->set_symbol("BTCUSDT");
  for (int i = 0; i < levels; ++i) {
    v1::BookLevel& bid = *update.mutable_book()->add_bids();
    bid.set_price(std::to_string(100 - i));
    bid.set_size("1");
    v1::BookLevel& ask = *update.mutable_book()->add_asks();
    ask.set_price(std::to_string(101 + i));
    ask.set_size("2");
  }
  return update;
}

v1::MarketDataUpdate Bar(const std::string& timeframe, int64_t start) {
  v1::MarketDataUpdate update;
  update.set_symbol("IBM");
  update.mutable_bar()->set_timeframe(timeframe);
  update.mutable_bar()->mutable_bar()->mutable_timestamp()->set_seconds(start);
  return update;
}

TEST(UpdateTest, NumbersAndBodyPackedApartAreOneMessage) {
  const Update update(Book(3));
  v1::MarketDataUpdate head;
  head.set_epoch(7);
  head.set_sequence(12);
  head.set_previous_sequence(9);
  head.set_merged(2);
  head.set_snapshot(true);
  v1::MarketDataUpdate joined;
  ASSERT_TRUE(joined.ParseFromString(head.SerializeAsString() + *update.Wire(20)));
  v1::MarketDataUpdate wanted = Book(3);
  wanted.MergeFrom(head);
  EXPECT_EQ(joined.SerializeAsString(), wanted.SerializeAsString());
}

TEST(UpdateTest, ABookIsCutOncePerDepthAndSharedFromThenOn) {
  const Update update(Book(30));
  v1::MarketDataUpdate five;
  ASSERT_TRUE(five.ParseFromString(*update.Wire(5)));
  EXPECT_EQ(five.book().bids_size(), 5);
  EXPECT_EQ(five.book().asks_size(), 5);
  EXPECT_EQ(five.book().asks(0).price(), "101");
  EXPECT_EQ(update.Wire(5), update.Wire(5));  // the very same bytes
  EXPECT_NE(update.Wire(5), update.Wire(6));
  EXPECT_EQ(update.Json(20), update.Json(20));
  EXPECT_NE(*update.Json(1), *update.Json(2));
  EXPECT_NE(update.Json(1)->find(R"("bids":[["100","1"]],"asks":[["101","2"]])"),
            std::string::npos);
}

TEST(UpdateTest, DepthMeansNothingToTheOthers) {
  v1::MarketDataUpdate ticker;
  ticker.set_symbol("IBM");
  ticker.mutable_ticker()->set_symbol("IBM");
  const Update update(ticker);
  EXPECT_EQ(update.Json(1), update.Json(50));
  EXPECT_EQ(*update.Json(1), json::ToJson(ticker.ticker()));
}

TEST(UpdateTest, KeysTellWhatReplacesWhat) {
  v1::MarketDataUpdate ticker;
  ticker.set_symbol("IBM");
  ticker.mutable_ticker();
  v1::MarketDataUpdate trade;
  trade.set_symbol("IBM");
  trade.mutable_trade();
  EXPECT_EQ(Update(ticker).key(), "ticker/IBM");
  EXPECT_EQ(Update(Book(1)).key(), "book/BTCUSDT");
  EXPECT_EQ(Update(Bar("1m", 60)).key(), "bar/IBM/1m/60");
  EXPECT_EQ(Update(trade).key(), "");
}

struct InterestRow {
  const char* what;
  Interest interest;
  bool ticker, book, trade, bar_1m;
};

TEST(InterestTest, KindsSymbolsAndTimeframes) {
  const InterestRow rows[] = {
      {"nothing", {}, false, false, false, false},
      {"tickers", {.tickers = true}, true, false, false, false},
      {"books", {.books = true}, false, true, false, false},
      {"trades of another", {.symbols = {"IBM"}, .trades = true}, false, false, false, false},
      {"trades of two", {.symbols = {"BTCUSDT", "IBM"}, .trades = true}, false, false, true, false},
      {"bars", {.bars = true}, false, false, false, true},
      {"bars of 5m", {.bars = true, .timeframes = {"5m"}}, false, false, false, false},
      {"bars of 1m", {.bars = true, .timeframes = {"1m", "5m"}}, false, false, false, true},
  };
  v1::MarketDataUpdate ticker;
  ticker.set_symbol("BTCUSDT");
  v1::MarketDataUpdate trade = ticker;
  ticker.mutable_ticker();
  trade.mutable_trade();
  v1::MarketDataUpdate bar = Bar("1m", 0);
  bar.set_symbol("BTCUSDT");
  for (const InterestRow& row : rows) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(row.interest.Wants(ticker), row.ticker);
    EXPECT_EQ(row.interest.Wants(Book(1)), row.book);
    EXPECT_EQ(row.interest.Wants(trade), row.trade);
    EXPECT_EQ(row.interest.Wants(bar), row.bar_1m);
    EXPECT_FALSE(row.interest.Wants(v1::MarketDataUpdate()));
  }
}

TEST(InterestTest, ReadsAndRefusesRequests) {
  v1::StreamMarketDataRequest request;
  EXPECT_TRUE(absl::IsInvalidArgument(ReadInterest(request).status()));
  request.set_bars(true);
  request.add_symbols("IBM");
  request.add_symbols("BTCUSDT");
  request.add_timeframes("5m");
  request.set_depth(1'000);
  const auto interest = ReadInterest(request);
  ASSERT_TRUE(interest.ok());
  EXPECT_EQ(interest->symbols, (std::vector<std::string>{"BTCUSDT", "IBM"}));
  EXPECT_EQ(interest->depth, 100);
  for (const char* const bad : {"", "m", "5", "5x", "m5", "1234567m"}) {
    *request.mutable_timeframes(0) = bad;
    EXPECT_TRUE(absl::IsInvalidArgument(ReadInterest(request).status())) << bad;
  }
}

}  // namespace
}  // namespace tw::fanout
