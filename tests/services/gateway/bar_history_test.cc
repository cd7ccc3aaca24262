// The bars of a real QuestDB.

#include <gtest/gtest.h>

#include <thread>

#include "libs/convert/timestamps.h"
#include "libs/questdb/schema.h"
#include "services/gateway/candles.h"
#include "tests/libs/questdb/questdb_server.h"

namespace tw::gateway {
namespace {

using questdb::QuestDbServer;

class BarHistoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string jar = QuestDbServer::JarPath();
    if (jar.empty()) {
      GTEST_SKIP() << "needs the QuestDB server: set TRADEWIND_TEST_QUESTDB_JAR to its jar, or run "
                      "deploy/up, which puts it into build/questdb/questdb.jar";
    }
    server_ = std::make_unique<QuestDbServer>(jar);
    ASSERT_TRUE(questdb::EnsureSchema(server_->http()).ok());
    const questdb::PoolOptions sql = server_->sql();
    history_ =
        QuestDbBars(sql.host + ":" + std::to_string(sql.port), "PAPER", Duration::Seconds(5));
  }

  void Insert(const std::string& time, const std::string& venue, const std::string& close) {
    ilp::HttpConnection connection(server_->http());
    const auto answer = questdb::Execute(
        connection,
        "INSERT INTO bars (timestamp, venue, symbol, interval, open, high, low, close, volume, "
        "trades) VALUES ('" +
            time + "', '" + venue + "', 'BTCUSDT', '1m', 45000.01, 45001, 44999.5, " + close +
            ", 0.00000001, 7)");
    ASSERT_TRUE(answer.ok()) << answer.status();
  }
  absl::StatusOr<std::vector<v1::Bar>> Read(int limit, const std::string& venue = "") {
    v1::ListBarsRequest request;
    request.set_symbol("BTCUSDT");
    request.set_timeframe("1m");
    request.set_limit(limit);
    request.set_venue(venue);
    return history_(request);
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

  std::unique_ptr<QuestDbServer> server_;
  BarHistory history_;
};

TEST_F(BarHistoryTest, ReadsTheNewestBarsOldestFirst) {
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
  EXPECT_FALSE(Read(10).ok());
}

}  // namespace
}  // namespace tw::gateway
