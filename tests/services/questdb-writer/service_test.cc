#include "services/questdb-writer/service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "tests/libs/sink/questdb_fixture.h"
#include "tests/services/questdb-writer/ledger.h"

namespace tw::questdb_writer {
namespace {

using tw::testing::FakePlatform;
using tw::testing::ScriptedQuestDb;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

constexpr size_t kRowsPerLife = 8;

class WriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rpc::Service risk("tradewind.v1.RiskService");
    risk.Unary<v1::ListChangesRequest, v1::ListChangesResponse>(
        "ListChanges",
        [this](const v1::ListChangesRequest& request, rpc::Reply<v1::ListChangesResponse> reply) {
          v1::ListChangesResponse response;
          response.set_head(changes_);
          for (uint64_t n = request.after() + 1; n <= changes_; ++n) {
            v1::RiskChange& change = *response.add_changes();
            change.set_sequence(n);
            change.mutable_time()->set_seconds(1'800'000'000);
            change.set_kind("LIMITS");
            change.set_scope("account");
            change.set_name("demo");
            change.set_text("max_position=5");
            change.set_by("ana");
            change.set_reason("test");
            change.set_version(n);
          }
          reply.Ok(response);
        });
    platform_.Serve(std::move(risk));
    platform_.Start();
  }

  void Live(uint32_t first, uint32_t last) {
    for (uint32_t n = first; n <= last; ++n) {
      for (const auto& event : Life(n)) {
        platform_.Append(event);
      }
    }
  }
  // A writer with the same folder each time; the one before has to be stopped.
  ServiceHost& StartWriter() {
    std::vector<std::string> flags = questdb_.Flags();
    flags.insert(flags.end(), {"--instruments", TW_SOURCE_DIR "/deploy/config/instruments.toml"});
    if (!hosts_.empty()) {
      hosts_.back()->KeepFolder();  // it goes with the last host, not from under it
    }
    hosts_.push_back(std::make_unique<ServiceHost>(
        "questdb-writer", std::make_unique<WriterService>(), std::move(flags)));
    hosts_.back()->Start();
    return *hosts_.back();
  }
  nlohmann::json Json(ServiceHost& host, const std::string& target) {
    return nlohmann::json::parse(host.Get(target).body);
  }
  bool Arrived(size_t rows) {
    return WaitFor([&] { return questdb_.Lines().size() >= rows; });
  }

  std::atomic<uint64_t> changes_{0};
  FakePlatform platform_;
  ScriptedQuestDb questdb_;
  std::vector<std::unique_ptr<ServiceHost>> hosts_;
};

TEST_F(WriterTest, EveryEventBecomesItsRowsOnceOverARestart) {
  Live(1, 50);
  ServiceHost& first = StartWriter();
  ASSERT_TRUE(first.WaitReady());
  Live(51, 100);
  ASSERT_TRUE(Arrived(100 * kRowsPerLife));
  first.Stop();

  Live(101, 150);
  ServiceHost& second = StartWriter();
  ASSERT_TRUE(second.WaitReady());
  ASSERT_TRUE(Arrived(150 * kRowsPerLife));
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  const std::vector<std::string> lines = questdb_.Lines();
  EXPECT_EQ(lines.size(), 150 * kRowsPerLife);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size());
  // Odd orders buy 0.1 at 45,000 + n, even ones sell: flat after each pair, from the first fill on.
  EXPECT_EQ(lines.back().find("positions,account=demo,symbol=BTCUSDT sequence=600i,quantity=0,"),
            0u)
      << lines.back();
  EXPECT_NE(lines.back().find("realized_pnl=7.5,"), std::string::npos) << lines.back();
  EXPECT_EQ(Json(second, "/stats")["ledger_sequence"], 600);
}

TEST_F(WriterTest, EveryChangeOfRiskIsOneRowOverARestart) {
  changes_ = 2;
  ServiceHost& first = StartWriter();
  ASSERT_TRUE(Arrived(2));
  EXPECT_EQ(
      questdb_.Lines()[0],
      "risk_changes,kind=LIMITS,scope=account sequence=1i,name=\"demo\",text=\"max_position=5\","
      "changed_by=\"ana\",reason=\"test\",version=1i 1800000000000000000");
  first.Stop();
  changes_ = 3;
  ServiceHost& second = StartWriter();
  ASSERT_TRUE(Arrived(3));
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  const std::vector<std::string> lines = questdb_.Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[2].find("sequence=3i"), std::string::npos);
}

TEST_F(WriterTest, TheStreamsLossIsShownAndHealed) {
  Live(1, 5);
  ServiceHost& writer = StartWriter();
  ASSERT_TRUE(Arrived(5 * kRowsPerLife));
  EXPECT_EQ(Json(writer, "/check")["status"], "ok");
  platform_.Stop();
  ASSERT_TRUE(WaitFor([&] { return Json(writer, "/check")["status"] == "degraded"; }));
  EXPECT_EQ(writer.Get("/health").status, 200);
  platform_.Start();
  Live(6, 9);
  ASSERT_TRUE(Arrived(9 * kRowsPerLife));
  EXPECT_EQ(writer.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 9 * kRowsPerLife);
}

TEST_F(WriterTest, AnotherLedgerIsSaidNotTakenForTheOldOne) {
  Live(1, 50);
  ServiceHost& first = StartWriter();
  ASSERT_TRUE(Arrived(50 * kRowsPerLife));
  first.Stop();

  FakePlatform other;
  other.Start();
  ServiceHost& second = StartWriter();
  ASSERT_TRUE(WaitFor([&] { return second.Get("/check").status == 503; }));
  EXPECT_NE(second.Get("/check").body.find("another ledger"), std::string::npos);
}

}  // namespace
}  // namespace tw::questdb_writer
