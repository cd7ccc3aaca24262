// Against the real server: schema, dedup, rejects, arrays, outages, SQL.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libs/ilp/pipeline.h"
#include "libs/questdb/pool.h"
#include "libs/questdb/schema.h"
#include "libs/questdb/tables.h"
#include "tests/libs/questdb/questdb_server.h"

namespace tw::questdb {
namespace {

const SystemClock kClock;
constexpr int64_t kStartNs = 1'700'000'000'000'000'000;

class ServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (const std::string jar = QuestDbServer::JarPath(); !jar.empty()) {
      server_ = new QuestDbServer(jar);
    }
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override {
    if (server_ == nullptr) {
      GTEST_SKIP() << "needs the QuestDB server: set TRADEWIND_TEST_QUESTDB_JAR to its jar, or run "
                      "deploy/up, which puts it into build/questdb/questdb.jar";
    }
    for (const Table& table : Tables()) {
      Sql("DROP TABLE IF EXISTS \"" + std::string(table.name) + "\"");
    }
    std::filesystem::remove_all(Dir());
    ASSERT_TRUE(EnsureSchema(server_->http()).ok());
  }
  void TearDown() override { std::filesystem::remove_all(Dir()); }

  static std::string Dir() {
    return testing::TempDir() + "questdb_pipeline_" + std::to_string(::getpid());
  }

  static nlohmann::json Sql(const std::string& sql) {
    ilp::HttpConnection connection(server_->http());
    const auto answer = Execute(connection, sql);
    EXPECT_TRUE(answer.ok()) << sql << ": " << answer.status();
    return answer.ok() ? nlohmann::json::parse(*answer) : nlohmann::json();
  }

  static int64_t Count(const std::string& from) {
    return Sql("SELECT count() FROM " + from)["dataset"][0][0].get<int64_t>();
  }

  // Committed rows reach the readers a moment later.
  static int64_t CountUntil(const std::string& from, int64_t expected) {
    int64_t count = -1;
    for (int i = 0; i < 200 && (count = Count(from)) != expected; ++i) {
      ::usleep(50'000);
    }
    return count;
  }

  static std::unique_ptr<ilp::Pipeline> StartPipeline() {
    ilp::PipelineOptions options;
    options.name = "test";
    options.data_dir = Dir();
    options.questdb = server_->http();
    options.batch_age = Duration::Millis(20);
    options.prepare = [] { return EnsureSchema(server_->http()); };
    auto pipeline = ilp::Pipeline::Start(std::move(options), kClock);
    EXPECT_TRUE(pipeline.ok()) << pipeline.status();
    return *std::move(pipeline);
  }

  static void AddTrade(ilp::LineBuffer& rows, int64_t seq) {
    // Ten trades to a nanosecond stamp: only source_seq tells them apart.
    ASSERT_TRUE(rows.Table("trades")
                    .Symbol("venue", "PAPER")
                    .Symbol("symbol", "BTCUSDT")
                    .Symbol("side", "BUY")
                    .Int("source_seq", seq)
                    .Decimal("price", Price::FromE8(4'500'012'345'678))
                    .Decimal("quantity", Quantity::FromE8(seq))
                    .Time("receive_time", Timestamp{kStartNs + 5})
                    .At(Timestamp{kStartNs + seq / 10})
                    .ok());
  }

  static QuestDbServer* server_;
};

QuestDbServer* ServerTest::server_ = nullptr;

TEST_F(ServerTest, SchemaIsAsDescribedAndStaysWhenMadeAgain) {
  ASSERT_TRUE(EnsureSchema(server_->http()).ok());
  for (const Table& table : Tables()) {
    const auto live = Sql(ShowColumnsSql(table))["dataset"];
    ASSERT_EQ(live.size(), table.columns.size() + 1) << table.name;
    EXPECT_EQ(live[0][0], "timestamp");
    EXPECT_EQ(live[0][1], std::string(kTimestamp.type));
    for (size_t i = 0; i < table.columns.size(); ++i) {
      EXPECT_EQ(live[i + 1][0], std::string(table.columns[i].name));
      EXPECT_EQ(live[i + 1][1], std::string(table.columns[i].type));
    }
  }
  EXPECT_EQ(Sql("SELECT count() FROM tables() WHERE walEnabled AND dedup AND partitionBy = 'DAY' "
                "AND designatedTimestamp = 'timestamp'")["dataset"][0][0],
            10);
}

TEST_F(ServerTest, OldTablesGetColumnsAndKeysAndForeignTypesAreNamed) {
  Sql("DROP TABLE gaps");
  Sql("CREATE TABLE gaps (timestamp TIMESTAMP_NS, venue SYMBOL, symbol SYMBOL, from_seq LONG) "
      "TIMESTAMP(timestamp) PARTITION BY DAY WAL");
  ASSERT_TRUE(EnsureSchema(server_->http()).ok());
  // ALTER TABLE of a WAL table is applied a moment after its answer.
  EXPECT_EQ(CountUntil("(SHOW COLUMNS FROM gaps)", 6), 6);
  EXPECT_EQ(Sql("SELECT dedup FROM tables() WHERE table_name = 'gaps'")["dataset"][0][0], true);

  Sql("DROP TABLE gaps");
  Sql("CREATE TABLE gaps (timestamp TIMESTAMP_NS, venue LONG) TIMESTAMP(timestamp) PARTITION BY "
      "DAY WAL");
  const absl::Status status = EnsureSchema(server_->http());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("gaps.venue is LONG"), absl::string_view::npos) << status;
}

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

TEST_F(ServerTest, EveryQueryOfTheSchemaPageRuns) {
  std::ifstream page(std::string(TW_SOURCE_DIR) + "/docs/questdb-schema.md");
  std::string query;
  bool within = false;
  int queries = 0;
  for (std::string line; std::getline(page, line);) {
    if (line == "```sql") {
      within = true;
    } else if (within && line == "```") {
      Sql(query);  // expects an answer
      query.clear();
      within = false;
      ++queries;
    } else if (within) {
      query += line + "\n";
    }
  }
  EXPECT_GE(queries, 15);
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
      pool.Query("SELECT sum(rnd_double()) FROM long_sequence(100000000000)").status()));
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
