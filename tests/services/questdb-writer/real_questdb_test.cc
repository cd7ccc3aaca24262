// questdb-writer against the real server.

#include <gtest/gtest.h>

#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "services/questdb-writer/service.h"
#include "tests/libs/sink/questdb_fixture.h"
#include "tests/services/questdb-writer/ledger.h"

namespace tw::questdb_writer {
namespace {

using tw::testing::FakePlatform;
using tw::testing::ServiceHost;

class WriterQuestDbTest : public tw::testing::RealQuestDb {
 protected:
  void Live(uint32_t first, uint32_t last) {
    for (uint32_t n = first; n <= last; ++n) {
      for (const auto& event : Life(n)) {
        platform_.Append(event);
      }
    }
  }
  ServiceHost& StartWriter() {
    std::vector<std::string> flags = Flags();
    flags.insert(flags.end(), {"--instruments", TW_SOURCE_DIR "/deploy/config/instruments.toml"});
    if (!hosts_.empty()) {
      hosts_.back()->KeepFolder();  // it goes with the last host, not from under it
    }
    hosts_.push_back(std::make_unique<ServiceHost>(
        "questdb-writer", std::make_unique<WriterService>(), std::move(flags)));
    hosts_.back()->Start();
    return *hosts_.back();
  }
  void ExpectLives(int64_t lives) {
    EXPECT_EQ(CountUntil("order_events", 4 * lives), 4 * lives);
    EXPECT_EQ(CountUntil("risk_decisions", 2 * lives), 2 * lives);
    EXPECT_EQ(CountUntil("fills", lives), lives);
    EXPECT_EQ(CountUntil("positions", lives), lives);
    EXPECT_EQ(Count("(SELECT DISTINCT sequence FROM order_events)"), 4 * lives);
    EXPECT_EQ(Count("(SELECT DISTINCT fill_id FROM fills)"), lives);
  }

  FakePlatform platform_;
  std::vector<std::unique_ptr<ServiceHost>> hosts_;
};

TEST_F(WriterQuestDbTest, ExactlyOnceOverRestartOutageAndKill) {
  platform_.Start();
  Live(1, 300);
  ServiceHost& first = StartWriter();
  ExpectLives(300);
  first.Stop();

  server_->Kill();
  Live(301, 600);
  ServiceHost& second = StartWriter();
  ASSERT_TRUE(second.WaitReady());
  EXPECT_EQ(second.Get("/health").status, 200);
  EXPECT_EQ(second.Http("POST", "/flush?timeout_ms=100").status, 503);
  server_->Start();
  ExpectLives(600);

  // A writer that has lost its folder writes everything anew, into the same rows.
  second.Stop();
  std::filesystem::remove_all(second.folder());
  Live(601, 700);
  StartWriter();
  ExpectLives(700);
  EXPECT_EQ(Sql("SELECT quantity, realized_pnl, mark_price FROM positions LATEST ON timestamp "
                "PARTITION BY account, symbol")["dataset"],
            nlohmann::json::parse("[[0.0,35.0,45700.0]]"));
}

TEST_F(WriterQuestDbTest, ADecisionWithoutChecksIsStoredOnceToo) {
  platform_.Start();
  auto event = Event(v1::ORDER_EVENT_KIND_REJECTED, v1::ORDER_STATUS_REJECTED, 1);
  event.mutable_risk()->set_reason(v1::REJECT_REASON_KILL_SWITCH);
  platform_.Append(event);
  StartWriter();
  EXPECT_EQ(CountUntil("risk_decisions", 1), 1);
  hosts_.back()->Stop();
  std::filesystem::remove_all(hosts_.back()->folder());
  ServiceHost& second = StartWriter();
  ASSERT_TRUE(second.WaitReady());
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  EXPECT_EQ(CountUntil("risk_decisions", 1), 1);
}

}  // namespace
}  // namespace tw::questdb_writer
