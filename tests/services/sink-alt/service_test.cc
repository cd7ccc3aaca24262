#include "services/sink-alt/service.h"

#include <gtest/gtest.h>

#include <thread>

#include "libs/testing/service_host.h"
#include "services/sink-alt/alt_records.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::sink_alt {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::ScriptedQuestDb;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

v1::IngestRequest Records(int first, int last) {
  v1::IngestRequest request;
  for (int n = first; n <= last; ++n) {
    v1::AltRecord& record = *request.add_records();
    record.mutable_time()->set_seconds(1'800'000'000 + n);
    record.set_category("count");
    record.set_source("venue");
    record.set_value(n);
  }
  return request;
}

class AltTest : public ::testing::Test {
 protected:
  ServiceHost& StartSink(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags = questdb_.Flags();
    flags.insert(flags.end(), {"--types", TW_ALT_TYPES_FILE});
    flags.insert(flags.end(), more.begin(), more.end());
    if (!hosts_.empty()) {
      hosts_.back()->KeepFolder();  // it goes with the last host, not from under it
    }
    hosts_.push_back(
        std::make_unique<ServiceHost>("sink-alt", std::make_unique<AltService>(), flags));
    hosts_.back()->Start();
    EXPECT_TRUE(hosts_.back()->WaitReady());
    return *hosts_.back();
  }
  static absl::StatusOr<v1::IngestResponse> Ingest(ServiceHost& host, const v1::IngestRequest& r) {
    return host.Call<v1::IngestResponse>("AltDataService/Ingest", r);
  }
  static void ExpectTaken(const absl::StatusOr<v1::IngestResponse>& response,
                          int accepted,
                          int duplicates) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->accepted(), accepted);
    EXPECT_EQ(response->duplicates(), duplicates);
  }

  ScriptedQuestDb questdb_;
  std::vector<std::unique_ptr<ServiceHost>> hosts_;
};

TEST_F(AltTest, TakesRecordsByGrpcOnce) {
  ServiceHost& sink = StartSink();
  ExpectTaken(Ingest(sink, Records(1, 10)), 10, 0);
  ExpectTaken(Ingest(sink, Records(6, 15)), 5, 5);
  v1::IngestRequest twice = Records(16, 16);
  *twice.add_records() = twice.records(0);
  ExpectTaken(Ingest(sink, twice), 1, 1);
  EXPECT_EQ(sink.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 16u);
}

TEST_F(AltTest, TakesRecordsByHttp) {
  ServiceHost& sink = StartSink();
  const std::string record =
      R"({"time":"2026-11-23T14:00:00Z","category":"news","source":"wire","title":"x"})";
  http::Response response = sink.Http("POST", "/ingest", record);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"accepted":1,"duplicates":0})");
  response = sink.Http("POST", "/ingest", "[" + record + "]");
  EXPECT_EQ(response.body, R"({"accepted":0,"duplicates":1})");
  EXPECT_EQ(sink.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 1u);
}

TEST_F(AltTest, OneFaultAndNothingIsTaken) {
  ServiceHost& sink = StartSink();
  v1::IngestRequest request = Records(1, 5);
  request.mutable_records(3)->clear_category();
  const auto refused = Ingest(sink, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_NE(refused.status().message().find("records[3].category"), absl::string_view::npos);
  const http::Response response = sink.Http(
      "POST", "/ingest", R"([{"time":"2026-11-23T14:00:00Z","category":"news","source":"wire"}])");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(nlohmann::json::parse(response.body)["field"], "records[0]");
  EXPECT_EQ(sink.Http("POST", "/ingest", "{").status, 400);
  EXPECT_EQ(sink.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 0u);
  // None of it counts as seen.
  ExpectTaken(Ingest(sink, Records(1, 5)), 5, 0);
}

TEST_F(AltTest, RecordsAreSafeWithoutQuestDbAndArriveOnce) {
  questdb_.SetUp(false);
  ServiceHost& first = StartSink();
  ExpectTaken(Ingest(first, Records(1, 100)), 100, 0);
  EXPECT_EQ(first.Get("/health").status, 200);
  EXPECT_EQ(nlohmann::json::parse(first.Get("/stats").body)["rows_spooled"], 100);
  first.Stop();
  questdb_.SetUp(true);
  ServiceHost& second = StartSink();
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 100u);
}

TEST_F(AltTest, ARestartStillKnowsWhatWasTaken) {
  ServiceHost& first = StartSink();
  ExpectTaken(Ingest(first, Records(1, 10)), 10, 0);
  first.Stop();
  ServiceHost& second = StartSink();
  ExpectTaken(Ingest(second, Records(6, 15)), 5, 5);
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 15u);
}

TEST_F(AltTest, RecordsOfAnUnsoundTypeAreRefused) {
  ServiceHost& sink = StartSink();
  v1::IngestRequest request = Records(1, 2);
  request.mutable_records(1)->set_category("sentiment");
  const auto refused = Ingest(sink, request);
  EXPECT_NE(
      refused.status().message().find("records[1].symbols: must be 1 to 1 (a record of sentiment)"),
      absl::string_view::npos)
      << refused.status();
}

TEST_F(AltTest, AFullSpoolRefusesAndTheRecordsMayComeAgain) {
  questdb_.SetUp(false);
  ServiceHost& sink = StartSink({"--spool-max-mb", "64", "--disk-timeout-ms", "200"});
  const auto big = [](int n) {
    v1::IngestRequest request = Records(n * 60, n * 60 + 59);
    for (v1::AltRecord& record : *request.mutable_records()) {
      record.set_body(std::string(kBodyBytesMax, 'x'));
    }
    return request;
  };
  int taken = 0;
  absl::Status status;
  while ((status = Ingest(sink, big(taken)).status()).ok()) {
    ASSERT_LT(++taken, 100);
  }
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(sink.Get("/health").status, 503);

  questdb_.SetUp(true);
  absl::StatusOr<v1::IngestResponse> again;
  ASSERT_TRUE(WaitFor([&] { return (again = Ingest(sink, big(taken))).ok(); })) << again.status();
  // What was refused was not counted as seen: it is taken, and its hash is the dedup key.
  EXPECT_EQ(again->accepted(), 60);
}

TEST_F(AltTest, ManyClientsShareTheDisk) {
  ServiceHost& sink = StartSink();
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      for (int i = 0; i < 20; ++i) {
        const int n = c * 20 + i;
        ExpectTaken(Ingest(sink, Records(n * 10, n * 10 + 9)), 10, 0);
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_EQ(sink.Http("POST", "/flush").status, 200);
  EXPECT_EQ(questdb_.Lines().size(), 1'600u);
  EXPECT_NE(sink.Get("/metrics").body.find("tw_sink_alt_records_total 1600"), std::string::npos);
}

}  // namespace
}  // namespace tw::sink_alt
