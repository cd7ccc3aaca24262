// Bars, trades and books of a real QuestDB.

#include <gtest/gtest.h>

#include <thread>

#include "libs/convert/timestamps.h"
#include "libs/questdb/schema.h"
#include "services/gateway/market_history.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::gateway {
namespace {

namespace v1 = tradewind::v1;

class MarketHistoryTest : public tw::testing::RealQuestDb {
 protected:
  void SetUp() override {
    RealQuestDb::SetUp();
    if (server_ == nullptr) {
      return;
    }
    ASSERT_TRUE(questdb::EnsureSchema(server_->http()).ok());
    const questdb::PoolOptions sql = server_->sql();
    history_ = std::make_unique<MarketHistory>(
        MarketHistory::Options{.address = sql.host + ":" + std::to_string(sql.port),
                               .live_venue = "PAPER",
                               .timeout = Duration::Seconds(5)});
  }

  void Insert(const std::string& time, const std::string& venue, const std::string& close) {
    Sql("INSERT INTO bars (timestamp, venue, symbol, interval, open, high, low, close, volume, "
        "trades) VALUES ('" +
        time + "', '" + venue + "', 'BTCUSDT', '1m', 45000.01, 45001, 44999.5, " + close +
        ", 0.00000001, 7)");
  }
  // Trades numbered 1 to `count`, ten to a millisecond.
  void InsertTrades(int count) {
    Sql("INSERT INTO trades SELECT cast(1770000000000000000 + (x - 1) / 10 * 1000000 AS "
        "TIMESTAMP_NS), 'PAPER', 'BTCUSDT', x, 45000 + x / 100.0, 0.5, "
        "CASE WHEN x % 2 = 0 THEN 'BUY' ELSE 'SELL' END, cast(0 AS TIMESTAMP_NS) "
        "FROM long_sequence(" +
        std::to_string(count) + ")");
  }
  static void Set(google::protobuf::Timestamp* field, int64_t ns) { ToTimestamp({ns}, field); }
  v1::ListMarketTradesRequest TradesRequest(int limit) {
    v1::ListMarketTradesRequest request;
    request.set_symbol("BTCUSDT");
    request.set_limit(limit);
    return request;
  }
  static std::vector<uint64_t> Numbers(const v1::ListMarketTradesResponse& response) {
    std::vector<uint64_t> numbers;
    for (const v1::MarketTrade& trade : response.trades()) {
      numbers.push_back(trade.source_seq());
    }
    return numbers;
  }
  absl::StatusOr<std::vector<v1::Bar>> Read(int limit, const std::string& venue = "") {
    v1::ListBarsRequest request;
    request.set_symbol("BTCUSDT");
    request.set_timeframe("1m");
    request.set_limit(limit);
    request.set_venue(venue);
    return history_->NewestBars(request);
  }
  // Committed rows reach the readers a moment later.
  std::vector<v1::Bar> ReadUntil(size_t bars, const std::string& venue = "") {
    std::vector<v1::Bar> found;
    for (int i = 0; i < 200 && found.size() != bars; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      found = Read(10, venue).value_or(std::vector<v1::Bar>());
    }
    return found;
  }

  std::unique_ptr<MarketHistory> history_;
};

TEST_F(MarketHistoryTest, ReadsTheNewestBarsOldestFirst) {
  Insert("2026-03-01T10:00:00.000000Z", "PAPER", "45000.1");
  Insert("2026-03-01T10:01:00.000000Z", "PAPER", "45000.2");
  Insert("2026-03-01T10:02:00.000000Z", "PAPER", "45000.3");
  Insert("2026-03-01T10:02:00.000000Z", "REPLAY:x.csv", "1");
  const std::vector<v1::Bar> bars = ReadUntil(3);
  ASSERT_EQ(bars.size(), 3U);
  EXPECT_EQ(FormatRfc3339(FromTimestamp(bars[0].timestamp())), "2026-03-01T10:00:00.000000000Z");
  EXPECT_EQ(bars[0].open(), "45000.01");
  EXPECT_EQ(bars[0].high(), "45001");
  EXPECT_EQ(bars[0].low(), "44999.5");
  EXPECT_EQ(bars[0].close(), "45000.1");
  EXPECT_EQ(bars[0].volume(), "0.00000001");
  EXPECT_EQ(bars[0].trades(), 7);
  EXPECT_EQ(bars[2].close(), "45000.3");
  const auto newest = Read(2);
  ASSERT_TRUE(newest.ok()) << newest.status();
  ASSERT_EQ(newest->size(), 2U);
  EXPECT_EQ((*newest)[0].close(), "45000.2");
  EXPECT_EQ(ReadUntil(1, "REPLAY:x.csv").size(), 1U);
  EXPECT_TRUE(Read(10, "x' OR 'a' = 'a").value_or(bars).empty());
  server_->Kill();
  EXPECT_TRUE(absl::IsUnavailable(Read(10).status())) << Read(10).status();
  server_->Start();
  EXPECT_EQ(ReadUntil(3).size(), 3U);
}

TEST_F(MarketHistoryTest, BarsOfASpanComePageByPage) {
  for (int minute = 0; minute < 5; ++minute) {
    Insert("2026-03-01T10:0" + std::to_string(minute) + ":00.000000Z", "PAPER",
           std::to_string(45'000 + minute));
  }
  ASSERT_EQ(ReadUntil(5).size(), 5U);
  v1::ListBarsRequest request;
  request.set_symbol("BTCUSDT");
  request.set_timeframe("1m");
  request.set_limit(2);
  Set(request.mutable_from(), 1'772'359'260'000'000'000);  // 10:01
  Set(request.mutable_to(), 1'772'359'440'000'000'000);    // 10:04, exclusive
  const auto first = history_->Bars(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->bars_size(), 2);
  EXPECT_EQ(first->bars(0).close(), "45001");
  EXPECT_EQ(first->bars(1).close(), "45002");
  ASSERT_NE(first->next(), "");
  request.set_after(first->next());
  const auto last = history_->Bars(request);
  ASSERT_TRUE(last.ok()) << last.status();
  ASSERT_EQ(last->bars_size(), 1);
  EXPECT_EQ(last->bars(0).close(), "45003");
  EXPECT_EQ(last->next(), "");

  v1::ListBarsRequest before;
  before.set_symbol("BTCUSDT");
  before.set_timeframe("1m");
  before.set_limit(2);
  Set(before.mutable_to(), 1'772'359'380'000'000'000);  // 10:03
  const auto newest = history_->Bars(before);
  ASSERT_TRUE(newest.ok()) << newest.status();
  ASSERT_EQ(newest->bars_size(), 2);
  EXPECT_EQ(newest->bars(0).close(), "45001");
  EXPECT_EQ(newest->bars(1).close(), "45002");
}

// Ten trades share a time, so pages are cut within one: no trade is left out and none comes twice.
TEST_F(MarketHistoryTest, TradesOfASpanComePageByPageEachOnce) {
  constexpr int kTrades = 235;
  InsertTrades(kTrades);
  auto request = TradesRequest(1'000);
  Set(request.mutable_from(), 1'770'000'000'000'000'000);
  for (int i = 0;
       i < 200 &&
       history_->Trades(request).value_or(v1::ListMarketTradesResponse()).trades_size() < kTrades;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  request.set_limit(17);
  std::vector<uint64_t> seen;
  for (int page = 0; page < 20; ++page) {
    const auto response = history_->Trades(request);
    ASSERT_TRUE(response.ok()) << response.status();
    for (const uint64_t number : Numbers(*response)) {
      seen.push_back(number);
    }
    request.set_after(response->next());
    if (response->next().empty()) {
      break;
    }
    EXPECT_EQ(response->trades_size(), 17);
  }
  ASSERT_EQ(seen.size(), static_cast<size_t>(kTrades));
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], i + 1);
  }

  auto before = TradesRequest(3);
  Set(before.mutable_to(), 1'770'000'000'001'000'000);
  const auto newest = history_->Trades(before);
  ASSERT_TRUE(newest.ok()) << newest.status();
  EXPECT_EQ(Numbers(*newest), (std::vector<uint64_t>{8, 9, 10}));
  EXPECT_EQ(newest->trades(2).price(), "45000.1");
  EXPECT_EQ(newest->trades(2).quantity(), "0.5");
  EXPECT_EQ(newest->trades(2).side(), v1::SIDE_BUY);
  EXPECT_EQ(newest->trades(2).venue(), "PAPER");
  auto elsewhere = TradesRequest(3);
  elsewhere.set_venue("REPLAY:x.csv");
  EXPECT_EQ(history_->Trades(elsewhere)->trades_size(), 0);
}

TEST_F(MarketHistoryTest, TheBookIsTheNewestOneAtThatTime) {
  const auto insert = [](const std::string& time, const std::string& price) {
    Sql("INSERT INTO book_snapshots (timestamp, venue, symbol, source_seq, bids, asks) VALUES ('" +
        time + "', 'PAPER', 'BTCUSDT', 7, ARRAY[[" + price +
        ", 44999.25, 44998], [0.5, 1.25, 3]], null)");
  };
  insert("2026-03-01T10:00:00.000000Z", "45000.5");
  insert("2026-03-01T10:00:10.000000Z", "45001.5");
  v1::GetOrderBookRequest request;
  request.set_symbol("BTCUSDT");
  request.set_depth(2);
  request.set_venue("PAPER");
  absl::StatusOr<v1::OrderBook> book;
  for (int i = 0; i < 200; ++i) {
    book = history_->Book(request);
    if (book.ok() && book->bids(0).price() == "45001.5") {
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(book.ok()) << book.status();
  Set(request.mutable_at(), 1'772'359'209'000'000'000);  // 10:00:09
  book = history_->Book(request);
  ASSERT_TRUE(book.ok()) << book.status();
  ASSERT_EQ(book->bids_size(), 2);
  EXPECT_EQ(book->bids(0).price(), "45000.5");
  EXPECT_EQ(book->bids(0).size(), "0.5");
  EXPECT_EQ(book->bids(1).price(), "44999.25");
  EXPECT_EQ(book->asks_size(), 0);
  EXPECT_EQ(book->sequence(), 7U);
  EXPECT_EQ(FormatRfc3339(FromTimestamp(book->timestamp())), "2026-03-01T10:00:00.000000000Z");
  Set(request.mutable_at(), 1'772'359'199'000'000'000);
  EXPECT_TRUE(absl::IsNotFound(history_->Book(request).status()));
}

TEST_F(MarketHistoryTest, WhatMakesNoSenseIsRefusedWithItsField) {
  const auto field = [this](const v1::ListMarketTradesRequest& request) {
    const absl::Status status = history_->Trades(request).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message()).substr(0, status.message().find(':'));
  };
  for (const char* cursor :
       {"x", "1", "1-", "-1-2", "1-2x", "1-2' OR 1=1", "99999999999999999999-1"}) {
    auto request = TradesRequest(1);
    request.set_after(cursor);
    EXPECT_EQ(field(request), "after") << cursor;
  }
  EXPECT_EQ(field(TradesRequest(1'001)), "limit");
  EXPECT_EQ(field(TradesRequest(-1)), "limit");
  auto backwards = TradesRequest(1);
  Set(backwards.mutable_from(), 2'000'000'000);
  Set(backwards.mutable_to(), 1'000'000'000);
  EXPECT_EQ(field(backwards), "to");
}

}  // namespace
}  // namespace tw::gateway
