// The schema against the real server: migrations, what mends it, retention.
#include "libs/questdb/schema.h"

#include <functional>
#include <thread>
#include <vector>

#include "libs/questdb/migrations.h"
#include "tests/libs/questdb/server_fixture.h"

namespace tw::questdb {
namespace {

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
            Tables().size());
}

// From each earlier version, with rows in the tables and with none of its records, the database
// becomes what this version makes from nothing, and the rows stay.
TEST_F(ServerTest, EveryEarlierVersionMigratesToThisOne) {
  const std::string wanted = Schema();
  const int newest = Migrations().back().version;
  for (int version = 0; version <= newest; ++version) {
    for (const bool recorded : {true, false}) {
      SCOPED_TRACE("version " + std::to_string(version) + (recorded ? "" : ", not recorded"));
      Wipe();
      ilp::HttpConnection connection(server_->http());
      ASSERT_TRUE(Migrate(connection, version).ok());
      if (version > 0) {
        Sql("INSERT INTO fills (timestamp, fill_id, price) VALUES ('2026-11-26T10:00:00Z', 'f-1', "
            "7.5)");
        Sql("INSERT INTO trades (timestamp, venue, source_seq) VALUES ('2026-11-26T10:00:00Z', "
            "'V', 1)");
      }
      if (!recorded) {
        Sql("DROP TABLE schema_migrations");
      }
      for (int again = 0; again < 2; ++again) {
        ASSERT_TRUE(EnsureSchema(server_->http()).ok());
      }
      // ALTER TABLE of a WAL table is applied a moment after its answer.
      ASSERT_EQ(CountUntil("schema_migrations", newest), newest);
      WaitForSchema(wanted);
      EXPECT_EQ(CountUntil("fills", version > 0 ? 1 : 0), version > 0 ? 1 : 0);
      EXPECT_EQ(CountUntil("trades", version > 0 ? 1 : 0), version > 0 ? 1 : 0);
    }
  }
  const auto records =
      Sql("SELECT version, name FROM schema_migrations ORDER BY version")["dataset"];
  ASSERT_EQ(records.size(), Migrations().size());
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i][0], Migrations()[i].version);
    EXPECT_EQ(records[i][1], std::string(Migrations()[i].name));
  }
}

// QuestDB may refuse a statement that meets another's; the pipeline then prepares again, as here.
TEST_F(ServerTest, ServicesThatMigrateAtTheSameTimeDoNotDisturbEachOther) {
  const std::string wanted = Schema();
  Wipe();
  std::vector<std::thread> services;
  for (int i = 0; i < 3; ++i) {
    services.emplace_back([] {
      absl::Status status;
      for (int attempt = 0; attempt < 20; ++attempt) {
        if (status = EnsureSchema(server_->http()); status.ok()) {
          break;
        }
        ::usleep(50'000);
      }
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& service : services) {
    service.join();
  }
  const auto versions = static_cast<int64_t>(Migrations().size());
  EXPECT_EQ(CountUntil("schema_migrations", versions), versions);
  WaitForSchema(wanted);
}

TEST_F(ServerTest, TheSameColumnAddedByFourAtOnceIsThereOnce) {
  std::vector<std::thread> services;
  for (int i = 0; i < 4; ++i) {
    services.emplace_back([] {
      ilp::HttpConnection connection(server_->http());
      for (int column = 0; column < 40; ++column) {
        const std::string name = "extra_" + std::to_string(column);
        const auto added =
            Execute(connection, "ALTER TABLE gaps ADD COLUMN IF NOT EXISTS " + name + " SYMBOL");
        EXPECT_TRUE(added.ok()) << name << ": " << added.status();
      }
    });
  }
  for (std::thread& service : services) {
    service.join();
  }
  const std::string added = "(SHOW COLUMNS FROM gaps) WHERE \"column\" LIKE 'extra_%'";
  EXPECT_EQ(CountUntil(added, 40), 40);
}

// Of a WAL table it is set a moment after the answer.
void ExpectTtl(const std::function<std::string()>& ttl, const std::string& wanted) {
  for (int i = 0; i < 100 && ttl() != wanted; ++i) {
    ::usleep(50'000);
  }
  EXPECT_EQ(ttl(), wanted);
}

TEST_F(ServerTest, RetentionIsTheOperatorsChoice) {
  const auto ttl = [](const std::string& table) {
    return [table] {
      const auto row = Sql("SELECT ttlValue, ttlUnit FROM tables() WHERE table_name = '" + table +
                           "'")["dataset"][0];
      const int value = row[0].get<int>();
      return value == 0 ? "0" : std::to_string(value) + " " + row[1].get<std::string>();
    };
  };
  EXPECT_EQ(ttl("quotes")(), "0");
  ASSERT_TRUE(EnsureSchema(server_->http(), Tables(), {{"quotes", 30}, {"bars", 366}}).ok());
  ExpectTtl(ttl("quotes"), "30 DAY");
  ExpectTtl(ttl("bars"), "366 DAY");
  EXPECT_EQ(ttl("fills")(), "0");
  ASSERT_TRUE(EnsureSchema(server_->http()).ok());  // not named: stays
  ::usleep(200'000);
  EXPECT_EQ(ttl("quotes")(), "30 DAY");
  ASSERT_TRUE(EnsureSchema(server_->http(), Tables(), {{"quotes", 0}}).ok());
  ExpectTtl(ttl("quotes"), "0");
}

TEST(RetentionTest, IsTablesWithDays) {
  EXPECT_EQ(*ParseRetention(""), Retention());
  EXPECT_EQ(*ParseRetention("quotes=30,bars=0"), (Retention{{"quotes", 30}, {"bars", 0}}));
  for (const char* bad : {"quotes", "quotes=", "quotes=x", "quotes=-1", "quotes=40000", "nothing=3",
                          "quotes=3,,bars=2", "=3", "quotes=3d"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseRetention(bad).status())) << bad;
  }
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

}  // namespace
}  // namespace tw::questdb
