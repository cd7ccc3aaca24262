#include "libs/sink/sink.h"

#include <gtest/gtest.h>

#include <thread>

#include "libs/testing/service_host.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::sink {
namespace {

using tw::testing::ScriptedQuestDb;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

class OneSink final : public app::Service {
 public:
  void Configure(config::Settings& settings) override { sink.Configure(settings); }
  absl::Status Prepare(app::Context& context) override {
    sink.Prepare(context, [] { return Stats{{"answer", 42}}; });
    return absl::OkStatus();
  }
  absl::Status Start(app::Context& context) override { return sink.Start(context); }
  void Stop() override {
    sink.StopWaiting();
    sink.Stop();
  }

  Sink sink{{"alt_data"}};
};

class SinkTest : public ::testing::Test {
 protected:
  void Start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags = questdb_.Flags();
    flags.insert(flags.end(), more.begin(), more.end());
    auto service = std::make_unique<OneSink>();
    sink_ = &service->sink;
    host_ = std::make_unique<ServiceHost>("sink-alt", std::move(service), flags);
    host_->Start();
  }
  absl::Status Put(int64_t number, size_t bytes, Duration patience) {
    ilp::LineBuffer rows;
    EXPECT_TRUE(rows.Table("alt_data")
                    .String("body", std::string(bytes, 'x'))
                    .String("hash", std::to_string(number))
                    .At(Timestamp{number + 1})
                    .ok());
    return sink_->Put(rows, {"s", std::to_string(number)}, patience);
  }
  nlohmann::json Json(const std::string& target) {
    return nlohmann::json::parse(host_->Get(target).body);
  }
  nlohmann::json Check(const std::string& name) {
    const nlohmann::json report = Json("/check");
    for (const auto& check : report["checks"]) {
      if (check["name"] == name) {
        return check;
      }
    }
    return nlohmann::json::object();
  }

  ScriptedQuestDb questdb_;
  std::unique_ptr<ServiceHost> host_;
  Sink* sink_ = nullptr;
};

TEST_F(SinkTest, FlushAnswersOnceTheRowsAreInQuestDb) {
  Start();
  ASSERT_TRUE(Put(1, 3, kForever).ok());
  const http::Response response = host_->Http("POST", "/flush");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(nlohmann::json::parse(response.body)["flushed"], true);
  EXPECT_EQ(questdb_.Lines(), std::vector<std::string>{R"(alt_data body="xxx",hash="1" 2)"});
  EXPECT_EQ(Json("/stats")["rows_acked"], 1);
  EXPECT_EQ(Json("/stats")["answer"], 42);
  EXPECT_EQ(Check("questdb")["status"], "ok");
  EXPECT_EQ(sink_->DurablePosition("s"), "1");
  const std::string metrics = host_->Get("/metrics").body;
  EXPECT_NE(metrics.find("tw_sink_rows_acked_total 1"), std::string::npos) << metrics;
  EXPECT_NE(host_->Get("/metrics").body.find("tw_sink_rows_acked_total 1"), std::string::npos);
}

TEST_F(SinkTest, ItIsHealthyWhileItSpools) {
  questdb_.SetUp(false);
  Start();
  ASSERT_TRUE(Put(1, 3, kForever).ok());
  ASSERT_TRUE(sink_->Persist(Duration::Seconds(5)).ok());
  const http::Response response = host_->Http("POST", "/flush?timeout_ms=50");
  EXPECT_EQ(response.status, 503);
  const auto body = nlohmann::json::parse(response.body);
  EXPECT_EQ(body["flushed"], false);
  EXPECT_EQ(body["rows_spooled"], 1);
  EXPECT_GT(body["spool_bytes"], 30);
  EXPECT_EQ(host_->Get("/health").status, 200);
  const auto check = Check("questdb");
  EXPECT_EQ(check["status"], "degraded");
  EXPECT_EQ(check["reason"].get<std::string>().find("spooling, "), 0u) << check;
  EXPECT_EQ(Check("spool")["status"], "ok");

  questdb_.SetUp(true);
  EXPECT_EQ(host_->Http("POST", "/flush").status, 200);
  EXPECT_EQ(Check("questdb")["status"], "ok");
}

TEST_F(SinkTest, AFullSpoolIsLoudAndRefusesInTheEnd) {
  questdb_.SetUp(false);
  Start({"--spool-max-mb", "64"});
  constexpr size_t kRow = 500'000;
  int64_t taken = 0;
  absl::Status status;
  while ((status = Put(taken, kRow, Duration::Millis(500))).ok()) {
    ASSERT_LT(++taken, 1'000);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(host_->Get("/health").status, 503);
  EXPECT_EQ(Check("spool")["status"], "failed");

  // A source that waits goes on as soon as there is room, and nothing was lost.
  std::thread waits([&] { EXPECT_TRUE(Put(taken, kRow, kForever).ok()); });
  questdb_.SetUp(true);
  waits.join();
  ASSERT_TRUE(WaitFor([&] { return sink_->stats().rows_acked == static_cast<size_t>(taken) + 1; }));
  EXPECT_TRUE(WaitFor([&] { return host_->Get("/health").status == 200; }));
  EXPECT_EQ(Check("spool")["status"], "ok");
}

TEST_F(SinkTest, StopWaitingLetsTheSourceGo) {
  questdb_.SetUp(false);
  Start({"--spool-max-mb", "64"});
  int64_t taken = 0;
  while (Put(taken, 500'000, Duration::Millis(300)).ok()) {
    ASSERT_LT(++taken, 1'000);
  }
  std::thread waits([&] { EXPECT_TRUE(absl::IsCancelled(Put(taken, 500'000, kForever))); });
  sink_->StopWaiting();
  waits.join();
}

TEST_F(SinkTest, FlushBoundsItsTimeout) {
  Start();
  for (const char* bad : {"0", "25001", "x", "-1", "1s"}) {
    const http::Response response = host_->Http("POST", std::string("/flush?timeout_ms=") + bad);
    EXPECT_EQ(response.status, 400) << bad;
    EXPECT_EQ(nlohmann::json::parse(response.body)["field"], "timeout_ms");
  }
}

TEST(SinkSettingsTest, AnAddressWithoutAPortIsAFault) {
  for (const char* bad : {"localhost", "localhost:", ":9000", "localhost:70000", "localhost:9x"}) {
    const char* argv[] = {"sink-alt", "--questdb-http", bad};
    auto settings = config::Settings::Load(3, argv, "sink-alt", "under test");
    ASSERT_TRUE(settings.ok());
    Sink sink({"alt_data"});
    sink.Configure(*settings);
    EXPECT_FALSE(settings->Finish().ok()) << bad;
  }
}

}  // namespace
}  // namespace tw::sink
