// The ready queries of docs/questdb-schema.md: each runs, and those people ask for most answer what
// they say, on rows whose answers can be worked out by hand.

#include <fstream>
#include <map>

#include "tests/libs/questdb/server_fixture.h"

namespace tw::questdb {
namespace {

class QueriesTest : public ServerTest {
 protected:
  // Query by the line above its block.
  static std::map<std::string, std::string> Queries() {
    std::ifstream page(std::string(TW_SOURCE_DIR) + "/docs/questdb-schema.md");
    std::map<std::string, std::string> queries;
    std::string title;
    std::string query;
    bool within = false;
    for (std::string line; std::getline(page, line);) {
      if (line == "```sql") {
        within = true;
      } else if (within && line == "```") {
        queries[title] = query;
        query.clear();
        within = false;
      } else if (within) {
        query += line + "\n";
      } else if (!line.empty()) {
        title = line;
      }
    }
    return queries;
  }
  static nlohmann::json Answer(const std::string& begin_of_title) {
    for (const auto& [title, query] : Queries()) {
      if (title.starts_with(begin_of_title)) {
        return Sql(query)["dataset"];
      }
    }
    ADD_FAILURE() << "no query \"" << begin_of_title << "\"";
    return nlohmann::json::array();
  }
  static void Insert(const std::string& into, const std::string& values, int64_t rows) {
    Sql("INSERT INTO " + into + " VALUES " + values);
    const std::string table = into.substr(0, into.find(' '));
    EXPECT_EQ(CountUntil(table, rows), rows) << table;
  }
};

TEST_F(QueriesTest, EachRuns) {
  const auto queries = Queries();
  EXPECT_GE(queries.size(), 15u);
  for (const auto& [title, query] : queries) {
    SCOPED_TRACE(title);
    Sql(query);  // expects an answer
  }
}

TEST_F(QueriesTest, SpreadVwapAndMarkOuts) {
  Insert("quotes (timestamp, venue, symbol, source_seq, bid, ask)",
         "('2026-11-26T10:00:00Z', 'PAPER', 'BTCUSDT', 1, 99, 101), "
         "('2026-11-26T10:00:30Z', 'PAPER', 'BTCUSDT', 2, 100, 104), "
         "('2026-11-26T10:00:30Z', 'REPLAY:x', 'BTCUSDT', 1, 1, 900)",
         3);
  const auto spread = Answer("Spread over time");
  ASSERT_EQ(spread.size(), 1u);
  EXPECT_DOUBLE_EQ(spread[0][1].get<double>(), 3);  // of 2 and 4
  EXPECT_NEAR(spread[0][2].get<double>(), (2.0 / 200 + 4.0 / 204) / 2 * 20'000, 1e-6);

  Insert("trades (timestamp, venue, symbol, source_seq, price, quantity)",
         "('2026-11-26T10:00:01Z', 'PAPER', 'BTCUSDT', 1, 100, 1), "
         "('2026-11-26T10:00:02Z', 'PAPER', 'BTCUSDT', 2, 103, 2)",
         2);
  const auto vwap = Answer("VWAP and volume");
  ASSERT_EQ(vwap.size(), 1u);
  EXPECT_DOUBLE_EQ(vwap[0][1].get<double>(), 102);
  EXPECT_DOUBLE_EQ(vwap[0][2].get<double>(), 3);

  // Bought at 101 with the mid at 100: a cost of 100 bp; thirty seconds on the mid is at 102.
  Insert("fills (timestamp, fill_id, venue, symbol, side, price)",
         "('2026-11-26T10:00:10Z', 'f-1', 'PAPER', 'BTCUSDT', 'BUY', 101)", 1);
  const auto cost = Answer("What each fill cost");
  ASSERT_EQ(cost.size(), 1u);
  EXPECT_NEAR(cost[0][5].get<double>(), 100, 1e-9);
  const auto markout = Answer("Mark-outs");
  ASSERT_EQ(markout.size(), 1u);
  EXPECT_DOUBLE_EQ(markout[0][3].get<double>(), 102);
  EXPECT_NEAR(markout[0][4].get<double>(), 1.0 / 101 * 10'000, 1e-9);
}

TEST_F(QueriesTest, LifeOfAnOrderWhyItWasRefusedAndProfitByDay) {
  Insert(
      "order_events (timestamp, sequence, order_id, account, symbol, event, status, reject_reason)",
      "('2026-11-26T10:00:00Z', 1, '1-42', 'demo', 'BTCUSDT', 'SUBMITTED', 'PENDING_NEW', null), "
      "('2026-11-26T10:00:01Z', 2, '1-42', 'demo', 'BTCUSDT', 'REJECTED', 'REJECTED', "
      "'MAX_POSITION'), "
      "('2026-11-26T10:00:02Z', 3, '1-43', 'demo', 'BTCUSDT', 'SUBMITTED', 'PENDING_NEW', null)",
      3);
  const auto life = Answer("The life of an order");
  ASSERT_EQ(life.size(), 2u);
  EXPECT_EQ(life[0][2], "SUBMITTED");
  EXPECT_EQ(life[1][3], "REJECTED");

  Insert("risk_decisions (timestamp, sequence, order_id, check_name, reason_code, headroom)",
         "('2026-11-26T10:00:01Z', 2, '1-42', 'MAX_ORDER_QUANTITY', null, 5), "
         "('2026-11-26T10:00:01Z', 2, '1-42', 'MAX_POSITION', 'MAX_POSITION', -1)",
         2);
  const auto why = Answer("Why orders were refused");
  ASSERT_EQ(why.size(), 2u);
  for (const auto& check : why) {
    EXPECT_EQ(check[4], "MAX_POSITION");
    EXPECT_EQ(check[9], check[5] == "MAX_POSITION" ? -1.0 : 5.0);
  }
  EXPECT_EQ(Answer("Refusals by account"), nlohmann::json::parse(R"([["demo","MAX_POSITION",1]])"));

  Insert("positions (timestamp, sequence, account, symbol, realized_pnl, unrealized_pnl)",
         "('2026-11-26T10:00:00Z', 1, 'demo', 'BTCUSDT', 1, 10), "
         "('2026-11-26T11:00:00Z', 2, 'demo', 'BTCUSDT', 2, 20), "
         "('2026-11-26T12:00:00Z', 3, 'demo', 'IBM', 5, 0), "
         "('2026-11-27T09:00:00Z', 4, 'demo', 'BTCUSDT', 4, -1)",
         4);
  const auto days = Answer("P&L by day");
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0][1], "demo");
  EXPECT_DOUBLE_EQ(days[0][2].get<double>(), 7);
  EXPECT_DOUBLE_EQ(days[0][3].get<double>(), 20);
  EXPECT_DOUBLE_EQ(days[1][2].get<double>(), 4);
  EXPECT_DOUBLE_EQ(days[1][3].get<double>(), -1);
}

}  // namespace
}  // namespace tw::questdb
