// Against the real server: schema, dedup, rejects, arrays, outages, SQL.

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/libs/questdb/server_fixture.h"

namespace tw::questdb {
namespace {

TEST_F(ServerTest, TheSameRowsTwiceAreStoredOnce) {
  auto pipeline = StartPipeline();
  ilp::LineBuffer rows;
  for (int64_t seq = 1; seq <= 5'000; ++seq) {
    AddTrade(rows, seq);
  }
  ASSERT_TRUE(pipeline->Add(rows, {"s", "5000"}).ok());
  ASSERT_TRUE(pipeline->Add(rows, {"s", "5000"}).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  pipeline->Resend();
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  EXPECT_EQ(pipeline->stats().rows_acked, 20'000u);
  EXPECT_EQ(CountUntil("trades", 5'000), 5'000);
  const auto row =
      Sql("SELECT timestamp, price, quantity, receive_time FROM trades WHERE "
          "source_seq = 4321")["dataset"][0];
  EXPECT_EQ(row[0], "2023-11-14T22:13:20.000000432Z");
  EXPECT_EQ(row[1], 45000.12345678);
  EXPECT_EQ(row[2], 0.00004321);
  EXPECT_EQ(row[3], "2023-11-14T22:13:20.000000005Z");
}

// Whatever the form on the way, the same figures are stored.
TEST_F(ServerTest, TextBinaryAndCompressedRowsAreTheSame) {
  const double values[] = {0.1, -1e300, 5e-324, 45000.12345678, 0};
  const int64_t decimals[] = {1, -1, 4'500'012'345'678, 9'000'000'000'000'000'123, 0};
  int64_t seq = 0;
  for (const ilp::Gzip gzip : {ilp::Gzip::kNever, ilp::Gzip::kAlways}) {
    for (const ilp::Doubles doubles : {ilp::Doubles::kText, ilp::Doubles::kBinary}) {
      ilp::LineBuffer rows(doubles);
      for (int i = 0; i < 500; ++i) {
        ++seq;
        ASSERT_TRUE(rows.Table("trades")
                        .Symbol("venue", "PAPER")
                        .Int("source_seq", seq)
                        .Double("price", values[seq % 5])
                        .DecimalE8("quantity", decimals[seq % 5])
                        .At(Timestamp{kStartNs + seq})
                        .ok());
      }
      ilp::Sender sender(server_->http(), gzip);
      const ilp::SendResult sent = sender.Send(rows.bytes());
      EXPECT_EQ(sent.outcome, ilp::SendOutcome::kAcked) << sent.message;
      EXPECT_EQ(sender.protocol(), 2);
    }
  }
  ASSERT_EQ(CountUntil("trades", seq), seq);
  const auto rows =
      Sql("SELECT source_seq, price, quantity FROM trades ORDER BY source_seq")["dataset"];
  for (const auto& row : rows) {
    const int64_t n = row[0].get<int64_t>() % 5;
    EXPECT_EQ(row[1].get<double>(), values[n]);
    EXPECT_EQ(row[2].get<double>(), static_cast<double>(decimals[n]) / 1e8);
  }
}

TEST_F(ServerTest, EveryTextComesBackAsItWas) {
  const std::string texts[] = {"plain",
                               "with space",
                               "a,b=c",
                               "back\\slash\\",
                               "\"quote\"",
                               "line\nand\rreturn",
                               "Zürich 東京 £",
                               "t",
                               "7i",
                               ""};
  auto pipeline = StartPipeline();
  int64_t i = 0;
  for (const std::string& text : texts) {
    ilp::LineBuffer rows;
    ASSERT_TRUE(rows.Table("alt_data")
                    .Symbol("category", text)
                    .String("title", text)
                    .String("hash", std::to_string(i))
                    .At(Timestamp{kStartNs + i})
                    .ok());
    ASSERT_TRUE(pipeline->Add(rows, {}).ok());
    ++i;
  }
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  ASSERT_EQ(CountUntil("alt_data", i), i);
  const auto rows = Sql("SELECT category, title FROM alt_data ORDER BY timestamp")["dataset"];
  for (size_t n = 0; n < std::size(texts); ++n) {
    EXPECT_EQ(rows[n][1], texts[n]);
    EXPECT_EQ(rows[n][0], texts[n].empty() ? nlohmann::json() : nlohmann::json(texts[n]));
  }
}

TEST_F(ServerTest, DepthIsReadableBySql) {
  const double bids[] = {100, 99.5, 99, /* sizes */ 1, 2, 3};
  const double asks[] = {101, /* size */ 4};
  auto pipeline = StartPipeline();
  ilp::LineBuffer rows;
  // A quote and a trade around it: text and binary rows share one request.
  AddTrade(rows, 1);
  ASSERT_TRUE(rows.Table("book_snapshots")
                  .Symbol("venue", "PAPER")
                  .Symbol("symbol", "BTCUSDT")
                  .Int("source_seq", 9)
                  .Double("best_bid", 100)
                  .Double("best_ask", 101)
                  .Array2d("bids", bids, 2, 3)
                  .Array2d("asks", asks, 2, 1)
                  .At(Timestamp{kStartNs})
                  .ok());
  AddTrade(rows, 2);
  ASSERT_TRUE(pipeline->Add(rows, {}).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  ASSERT_EQ(CountUntil("book_snapshots", 1), 1);
  EXPECT_EQ(CountUntil("trades", 2), 2);
  const auto row =
      Sql("SELECT bids[1, 1], bids[2, 3], array_sum(bids[2]), dim_length(asks, 2), "
          "asks FROM book_snapshots")["dataset"][0];
  EXPECT_EQ(row[0], 100.0);
  EXPECT_EQ(row[1], 3.0);
  EXPECT_EQ(row[2], 6.0);
  EXPECT_EQ(row[3], 1);
  EXPECT_EQ(row[4], nlohmann::json::parse("[[101.0],[4.0]]"));
}

TEST_F(ServerTest, ARejectedRowDiesAloneWithTheServersReason) {
  auto pipeline = StartPipeline();
  ilp::LineBuffer rows;
  for (int64_t seq = 1; seq <= 100; ++seq) {
    AddTrade(rows, seq);
    if (seq == 50) {
      ASSERT_TRUE(
          rows.Table("trades").String("price", "not a number").At(Timestamp{kStartNs}).ok());
    }
  }
  ASSERT_TRUE(pipeline->Add(rows, {}).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  EXPECT_EQ(CountUntil("trades", 100), 100);
  EXPECT_EQ(pipeline->stats().dead_rows, 1u);
  EXPECT_NE(pipeline->stats().last_error.find("column: price"), std::string::npos);
}

TEST_F(ServerTest, AWipedServerHealsAndAKilledOneCatchesUp) {
  auto pipeline = StartPipeline();
  const auto add = [&](int64_t from, int64_t to) {
    ilp::LineBuffer rows;
    for (int64_t seq = from; seq < to; ++seq) {
      AddTrade(rows, seq);
    }
    ASSERT_TRUE(pipeline->Add(rows, {"s", std::to_string(to)}).ok());
  };
  add(0, 100);
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  // The server swallows what comes first after the drop on an open connection; the next batch
  // shows that the table is gone, and all of them are sent again.
  Sql("DROP TABLE trades");
  add(100, 150);
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  add(150, 200);
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  EXPECT_EQ(CountUntil("trades", 200), 200);
  EXPECT_EQ(pipeline->stats().dead_rows, 0u);

  server_->Kill();
  for (int64_t i = 200; i < 1'000; i += 100) {
    add(i, i + 100);
  }
  EXPECT_TRUE(absl::IsDeadlineExceeded(pipeline->Flush(Duration::Millis(200))));
  EXPECT_EQ(pipeline->DurablePosition("s"), "1000");
  EXPECT_FALSE(pipeline->stats().connected);
  server_->Start();
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(30)).ok());
  EXPECT_EQ(CountUntil("trades", 1'000), 1'000);
  EXPECT_EQ(pipeline->stats().dead_rows, 0u);
}

TEST_F(ServerTest, TradesOfOneInstantMakeABarInSourceOrder) {
  auto pipeline = StartPipeline();
  for (int64_t seq : {5, 3, 9, 1, 7, 8, 2, 6, 4}) {  // one nanosecond, in several commits
    ilp::LineBuffer rows;
    AddTrade(rows, seq);
    ASSERT_TRUE(pipeline->Add(rows, {}).ok());
    ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  }
  ASSERT_EQ(CountUntil("trades", 9), 9);
  const auto bar =
      Sql("SELECT timestamp, first(source_seq), last(source_seq) FROM ((SELECT * FROM trades ORDER "
          "BY timestamp, source_seq) TIMESTAMP(timestamp)) SAMPLE BY 1m")["dataset"];
  ASSERT_EQ(bar.size(), 1u);
  EXPECT_EQ(bar[0][1], 1);
  EXPECT_EQ(bar[0][2], 9);
}

TEST_F(ServerTest, PoolQueriesWithParametersAndSaysWhatWentWrong) {
  auto pipeline = StartPipeline();
  ilp::LineBuffer rows;
  for (int64_t seq = 1; seq <= 30; ++seq) {
    AddTrade(rows, seq);
  }
  ASSERT_TRUE(pipeline->Add(rows, {}).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(20)).ok());
  ASSERT_EQ(CountUntil("trades", 30), 30);

  PoolOptions options = server_->sql();
  options.connections_max = 2;
  options.rows_max = 20;
  options.query_timeout = Duration::Millis(1'000);
  Pool pool(options);
  const std::string params[] = {"BTCUSDT", "3"};
  const auto result = pool.Query(
      "SELECT source_seq, price, cast(null as double) nothing, timestamp FROM trades WHERE symbol "
      "= $1 AND source_seq = $2::long",
      params);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->columns,
            (std::vector<std::string>{"source_seq", "price", "nothing", "timestamp"}));
  ASSERT_EQ(result->rows.size(), 1u);
  EXPECT_EQ(result->rows[0][0], "3");
  EXPECT_EQ(result->rows[0][1], "45000.12345678");
  EXPECT_EQ(result->rows[0][2], std::nullopt);

  const std::string hostile[] = {"x'; DROP TABLE trades; --"};
  const auto none = pool.Query("SELECT * FROM trades WHERE symbol = $1", hostile);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_TRUE(none->rows.empty());
  EXPECT_EQ(Count("trades"), 30);

  EXPECT_TRUE(absl::IsInvalidArgument(pool.Query("SELECT nonsense FROM trades").status()));
  EXPECT_TRUE(absl::IsResourceExhausted(pool.Query("SELECT * FROM trades").status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      pool.Query("SELECT sum(rnd_double()) FROM long_sequence(1000000000)").status()));
  EXPECT_TRUE(pool.Query("SELECT 1").ok());
}

TEST_F(ServerTest, ASuspendedServerCostsAQueryItsTimeLimitAndNoMore) {
  PoolOptions options = server_->sql();
  options.query_timeout = options.connect_timeout = Duration::Millis(300);
  Pool pool(options);
  ASSERT_TRUE(pool.Query("SELECT 1").ok());
  server_->Suspend();
  const int64_t began = MonotonicNanos();
  EXPECT_TRUE(absl::IsDeadlineExceeded(pool.Query("SELECT 1").status()));  // open before
  EXPECT_TRUE(absl::IsUnavailable(pool.Query("SELECT 1").status()));       // cannot be opened
  EXPECT_LT(MonotonicNanos() - began, Duration::Seconds(20).ns);           // not for ever
  server_->Resume();
  EXPECT_TRUE(pool.Query("SELECT 1").ok());
}

TEST_F(ServerTest, PoolOutlivesAServerRestart) {
  Pool pool(server_->sql());
  ASSERT_TRUE(pool.Query("SELECT 1").ok());
  server_->Kill();
  EXPECT_TRUE(absl::IsUnavailable(pool.Query("SELECT 1").status()));
  server_->Start();
  const auto result = pool.Query("SELECT 1 AS one");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rows, (std::vector<Row>{{"1"}}));
}

}  // namespace
}  // namespace tw::questdb
