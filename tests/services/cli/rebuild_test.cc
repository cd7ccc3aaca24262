// rebuild-history against the real server: what questdb-writer wrote is there again, row for row.
#include <filesystem>

#include "libs/journal/posix_file.h"
#include "libs/journal/writer.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "services/questdb-writer/service.h"
#include "tests/libs/sink/questdb_fixture.h"
#include "tests/services/cli/fake_services.h"
#include "tests/services/questdb-writer/ledger.h"

namespace tw::cli {
namespace {

constexpr uint32_t kLives = 500;
constexpr const char* kAccounts = TW_SOURCE_DIR "/deploy/config/accounts.toml";
constexpr const char* kInstruments = TW_SOURCE_DIR "/deploy/config/instruments.toml";
constexpr const char* kTables[] = {"order_events", "fills", "risk_decisions", "positions"};

class RebuildTest : public tw::testing::RealQuestDb {
 protected:
  void SetUp() override {
    RealQuestDb::SetUp();
    if (server_ == nullptr) {
      return;
    }
    Sql("DROP TABLE IF EXISTS schema_migrations");
    platform_.Start();
    for (uint32_t n = 1; n <= kLives; ++n) {
      for (v1::LedgerEvent event : questdb_writer::Life(n)) {
        event.set_account("desk-" + std::to_string(n % 7));
        event.set_sequence(platform_.Append(event));
        events_.push_back(std::move(event));
      }
    }
  }

  std::vector<std::string> Command() {
    return {"rebuild-history", "--questdb", "127.0.0.1:" + std::to_string(server_->http().port),
            "--accounts",      kAccounts,   "--instruments",
            kInstruments};
  }

  // Every row of every table, all columns.
  static std::string Everything() {
    std::string text;
    for (const std::string table : kTables) {
      const auto rows =
          Sql("SELECT * FROM " + table + " ORDER BY timestamp, account, symbol, sequence" +
              (table == "risk_decisions" ? ", check_name" : ""))["dataset"];
      text += table + " " + std::to_string(rows.size()) + "\n";
      for (const auto& row : rows) {
        text += row.dump() + "\n";
      }
    }
    return text;
  }

  // By questdb-writer itself, which is stopped again.
  std::string WrittenByTheService() {
    std::vector<std::string> flags = Flags();
    flags.insert(flags.end(), {"--instruments", kInstruments});
    tw::testing::ServiceHost writer(
        "questdb-writer", std::make_unique<questdb_writer::WriterService>(), std::move(flags));
    writer.Start();
    EXPECT_EQ(CountUntil("order_events", 4 * kLives), 4 * kLives);
    EXPECT_EQ(CountUntil("risk_decisions", 2 * kLives), 2 * kLives);
    EXPECT_EQ(CountUntil("fills", kLives), kLives);
    EXPECT_EQ(CountUntil("positions", kLives), kLives);
    writer.Stop();
    return Everything();
  }

  static void Wipe() {
    for (const std::string table : kTables) {
      Sql("DROP TABLE " + table);
    }
    Sql("DROP TABLE schema_migrations");
  }

  tw::testing::FakePlatform platform_;
  std::vector<v1::LedgerEvent> events_;
};

TEST_F(RebuildTest, AWipedQuestDbHoldsTheSameRowsAgain) {
  const std::string before = WrittenByTheService();
  Wipe();
  const Outcome rebuilt = Tradewind(Command());
  EXPECT_EQ(rebuilt.exit, kOk) << rebuilt.err;
  EXPECT_EQ(rebuilt.out.substr(0, 56), "QuestDB holds the ledger again: 2000 events, 4000 rows, ");
  EXPECT_NE(rebuilt.err.find("2000 events, 4000 rows, 100 %"), std::string::npos) << rebuilt.err;
  EXPECT_EQ(Everything(), before);

  // Over what is there it changes nothing.
  EXPECT_EQ(Tradewind(Command()).exit, kOk);
  EXPECT_EQ(Everything(), before);
}

TEST_F(RebuildTest, TheJournalOfAStoppedOmsWillDo) {
  const std::string before = WrittenByTheService();
  Wipe();
  platform_.Stop();
  const std::string folder = ::testing::TempDir() + "tw-rebuild-" + std::to_string(::getpid());
  journal::PosixFileSystem files;
  auto writer = journal::Writer::Open(files, folder, {}, 1,
                                      [](uint64_t, std::string_view) { return absl::OkStatus(); });
  ASSERT_TRUE(writer.ok()) << writer.status();
  v1::LedgerRecord epoch;
  epoch.set_epoch_started(1);
  ASSERT_TRUE((*writer)->Append(epoch.SerializeAsString()).ok());
  for (size_t i = 0; i < events_.size(); i += 2) {  // two events a record
    v1::LedgerRecord record;
    *record.add_events() = events_[i];
    *record.add_events() = events_[i + 1];
    ASSERT_TRUE((*writer)->Append(record.SerializeAsString()).ok());
  }
  ASSERT_TRUE((*writer)->Sync().ok());
  std::vector<std::string> words = Command();
  words.insert(words.end(), {"--journal", folder, "--json"});
  const Outcome rebuilt = Tradewind(words);
  EXPECT_EQ(rebuilt.exit, kOk) << rebuilt.err;
  EXPECT_EQ(nlohmann::json::parse(rebuilt.out)["rows"], 4'000);
  EXPECT_EQ(Everything(), before);
  std::filesystem::remove_all(folder);
}

TEST(RebuildCommandTest, SaysWhatItCannotReach) {
  const Outcome away = Tradewind({"rebuild-history", "--questdb", "127.0.0.1:1", "--patience", "1s",
                                  "--accounts", kAccounts, "--instruments", kInstruments});
  EXPECT_EQ(away.exit, kUnreachable) << away.err;
  for (const char* bad : {"host", ":9000", "host:x", "host:"}) {
    EXPECT_EQ(Tradewind({"rebuild-history", "--questdb", bad, "--accounts", kAccounts,
                         "--instruments", kInstruments})
                  .exit,
              kUsage)
        << bad;
  }
  EXPECT_EQ(Tradewind({"rebuild-history", "--accounts", "/nowhere/accounts.toml", "--instruments",
                       kInstruments})
                .exit,
            kUsage);
}

}  // namespace
}  // namespace tw::cli
