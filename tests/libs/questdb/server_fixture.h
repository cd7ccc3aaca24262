// ServerTest: the real server, shared by the tests of a program, with this version's tables, empty.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/ilp/pipeline.h"
#include "libs/questdb/schema.h"
#include "libs/questdb/tables.h"
#include "tests/libs/questdb/questdb_server.h"

namespace tw::questdb {

inline const SystemClock kClock;
inline constexpr int64_t kStartNs = 1'700'000'000'000'000'000;

class ServerTest : public ::testing::Test {
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
    Wipe();
    std::filesystem::remove_all(Dir());
    ASSERT_TRUE(EnsureSchema(server_->http()).ok());
  }
  void TearDown() override { std::filesystem::remove_all(Dir()); }

  static std::string Dir() {
    return ::testing::TempDir() + "questdb_pipeline_" + std::to_string(::getpid());
  }

  static nlohmann::json Sql(const std::string& sql) {
    ilp::HttpConnection connection(server_->http());
    const auto answer = Execute(connection, sql);
    EXPECT_TRUE(answer.ok()) << sql << ": " << answer.status();
    return answer.ok() ? nlohmann::json::parse(*answer) : nlohmann::json();
  }

  static void Wipe() {
    for (const Table& table : Tables()) {
      Sql("DROP TABLE IF EXISTS \"" + std::string(table.name) + "\"");
    }
    Sql("DROP TABLE IF EXISTS schema_migrations");
  }

  // ALTER TABLE of a WAL table is applied a moment after its answer.
  static void WaitForSchema(const std::string& wanted) {
    for (int i = 0; i < 100 && Schema() != wanted; ++i) {
      ::usleep(50'000);
    }
    EXPECT_EQ(Schema(), wanted);
  }

  // Columns with their types, and the keys, of every table.
  static std::string Schema() {
    std::string text;
    for (const Table& table : Tables()) {
      text += Sql("SELECT \"column\", \"type\", upsertKey, designated FROM (SHOW COLUMNS FROM \"" +
                  std::string(table.name) + "\")")["dataset"]
                  .dump() +
              "\n";
    }
    return text;
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

  inline static QuestDbServer* server_ = nullptr;
};

}  // namespace tw::questdb
