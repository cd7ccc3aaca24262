// sink-alt against the real server.

#include <gtest/gtest.h>

#include "libs/testing/service_host.h"
#include "services/sink-alt/service.h"
#include "tests/libs/sink/questdb_fixture.h"

namespace tw::sink_alt {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::ServiceHost;

class AltQuestDbTest : public tw::testing::RealQuestDb {
 protected:
  ServiceHost& StartSink() {
    std::vector<std::string> flags = Flags();
    flags.insert(flags.end(), {"--types", TW_ALT_TYPES_FILE});
    if (!hosts_.empty()) {
      hosts_.back()->KeepFolder();  // it goes with the last host, not from under it
    }
    hosts_.push_back(
        std::make_unique<ServiceHost>("sink-alt", std::make_unique<AltService>(), flags));
    hosts_.back()->Start();
    return *hosts_.back();
  }
  static void Ingest(ServiceHost& host, int first, int last) {
    v1::IngestRequest request;
    for (int n = first; n <= last; ++n) {
      v1::AltRecord& record = *request.add_records();
      record.mutable_time()->set_seconds(1'800'000'000);  // one time for all: the hash tells
      record.set_category("opinion");
      record.set_source("desk");
      record.add_symbols("IBM");
      record.add_symbols("SOLUSDT");
      record.set_title("Zürich \"quoted\", a=b\nnumber " + std::to_string(n));
      if (n % 2 == 0) {
        record.set_value(n / 4.0);
      }
    }
    const auto taken = host.Call<v1::IngestResponse>("AltDataService/Ingest", request);
    ASSERT_TRUE(taken.ok()) << taken.status();
  }

  std::vector<std::unique_ptr<ServiceHost>> hosts_;
};

TEST_F(AltQuestDbTest, ExactlyOnceOverRestartAndOutage) {
  ServiceHost& first = StartSink();
  Ingest(first, 1, 500);
  EXPECT_EQ(CountUntil("alt_data", 500), 500);
  first.Stop();

  // The new process still knows what was taken, and the dedup key would, too.
  ServiceHost& second = StartSink();
  Ingest(second, 401, 900);
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  EXPECT_EQ(CountUntil("alt_data", 900), 900);

  server_->Kill();
  Ingest(second, 901, 1'000);
  EXPECT_EQ(second.Get("/health").status, 200);
  server_->Start();
  EXPECT_EQ(CountUntil("alt_data", 1'000), 1'000);
  EXPECT_EQ(Sql("SELECT category, source, symbols, title, value FROM alt_data WHERE title LIKE "
                "'%number 42' OR title LIKE '%number 43' ORDER BY title")["dataset"],
            nlohmann::json::parse(
                R"([["opinion","desk","IBM,SOLUSDT","Zürich \"quoted\", a=b\nnumber 42",10.5],)"
                R"(["opinion","desk","IBM,SOLUSDT","Zürich \"quoted\", a=b\nnumber 43",null]])"));
}

}  // namespace
}  // namespace tw::sink_alt
