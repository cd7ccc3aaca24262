#include "libs/questdb/tables.h"

#include "libs/questdb/migrations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace tw::questdb {
namespace {

TEST(TablesTest, TheTablesOfTheContractAndOurs) {
  std::set<std::string_view> names;
  for (const Table& table : Tables()) {
    names.insert(table.name);
    EXPECT_EQ(FindTable(table.name), &table);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{
                       "order_events", "fills", "risk_decisions", "positions", "trades", "quotes",
                       "book_snapshots", "bars", "alt_data", "gaps", "features", "risk_changes",
                       "audit_log", "day_ends", "openings", "journal_heads"}));
  EXPECT_EQ(FindTable("nothing"), nullptr);
}

TEST(TablesTest, DedupKeysAreColumns) {
  for (const Table& table : Tables()) {
    std::set<std::string_view> columns;
    for (const Column& column : table.columns) {
      EXPECT_TRUE(columns.insert(column.name).second) << table.name << "." << column.name;
    }
    EXPECT_FALSE(columns.contains(kTimestamp.name));
    EXPECT_FALSE(table.dedup_keys.empty());
    for (const std::string_view key : table.dedup_keys) {
      EXPECT_TRUE(columns.contains(key)) << table.name << "." << key;
    }
  }
}

TEST(TablesTest, TheSchemaPageNamesEveryColumn) {
  std::ifstream page(std::string(TW_SOURCE_DIR) + "/docs/questdb-schema.md");
  std::map<std::string, std::string> rows;  // table name -> its row
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `")) {
      rows[line.substr(3, line.find('`', 3) - 3)] = line;
    }
  }
  for (const Table& table : Tables()) {
    const std::string& row = rows[std::string(table.name)];
    for (const Column& column : table.columns) {
      const bool key = std::find(table.dedup_keys.begin(), table.dedup_keys.end(), column.name) !=
                       table.dedup_keys.end();
      const std::string name(column.name);
      const bool named = key ? row.find("**" + name + "**") != std::string::npos
                             : std::regex_search(row, std::regex("[ ,]" + name + "\\b"));
      EXPECT_TRUE(named) << table.name << "." << name << " in: " << row;
    }
  }
}

TEST(MigrationsTest, AreNumberedFromOneWithoutAHole) {
  int version = 0;
  for (const Migration& migration : Migrations()) {
    EXPECT_EQ(migration.version, ++version);
    EXPECT_FALSE(migration.name.empty());
    EXPECT_FALSE(Statements(migration.sql).empty()) << migration.name;
  }
  EXPECT_GE(version, 2);
}

// A database may have run any of them already: what has been released stays as it is. A change of
// the schema is a new file.
TEST(MigrationsTest, TheReleasedOnesAreNeverEdited) {
  const std::map<int, size_t> released = {{1, 10}, {2, 1}, {3, 1}};  // version -> statements
  for (const auto& [version, statements] : released) {
    EXPECT_EQ(Statements(Migrations()[static_cast<size_t>(version - 1)].sql).size(), statements)
        << version;
  }
}

TEST(MigrationsTest, EveryStatementMayRunTwice) {
  for (const Migration& migration : Migrations()) {
    for (const std::string& statement : Statements(migration.sql)) {
      EXPECT_NE(statement.find("IF NOT EXISTS"), std::string::npos) << statement;
    }
  }
}

TEST(MigrationsTest, StatementsEndAtASemicolonAtTheEndOfALine) {
  EXPECT_EQ(
      Statements("-- why\nCREATE TABLE a (\n  x LONG\n);\n\nALTER TABLE a ADD y; z LONG;\nrest\n"),
      (std::vector<std::string>{"CREATE TABLE a (\n  x LONG\n)", "ALTER TABLE a ADD y; z LONG"}));
  EXPECT_TRUE(Statements("").empty());
}

TEST(TablesTest, SqlOfOneTable) {
  const Table& gaps = *FindTable("gaps");
  EXPECT_EQ(CreateTableSql(gaps),
            "CREATE TABLE IF NOT EXISTS \"gaps\" (\"timestamp\" TIMESTAMP_NS, \"venue\" SYMBOL, "
            "\"symbol\" SYMBOL, \"from_seq\" LONG, \"to_seq\" LONG, \"reason\" SYMBOL) "
            "TIMESTAMP(\"timestamp\") PARTITION BY DAY WAL "
            "DEDUP UPSERT KEYS(\"timestamp\", \"venue\", \"symbol\", \"from_seq\")");
  EXPECT_EQ(AddColumnSql(gaps, gaps.columns[3]),
            "ALTER TABLE \"gaps\" ADD COLUMN IF NOT EXISTS \"to_seq\" LONG");
  EXPECT_EQ(EnableDedupSql(gaps),
            "ALTER TABLE \"gaps\" DEDUP ENABLE UPSERT KEYS(\"timestamp\", \"venue\", \"symbol\", "
            "\"from_seq\")");
  EXPECT_EQ(RetentionSql(gaps, 30), "ALTER TABLE \"gaps\" SET TTL 30 DAYS");
}

}  // namespace
}  // namespace tw::questdb
