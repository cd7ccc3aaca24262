#include "libs/http/ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/http/client.h"

namespace tw::http {
namespace {

using ::testing::HasSubstr;

class OpsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterOps(server_, ops_, registry_);
    ASSERT_TRUE(server_.Start().ok());
  }

  Response Get(std::string_view path) {
    auto answer =
        Fetch("GET", "127.0.0.1:" + std::to_string(server_.port()), path, "", Duration::Seconds(5));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : Response{};
  }

  metrics::Registry registry_;
  OpsState ops_{"oms"};
  Server server_{Options{}};
};

TEST_F(OpsTest, HealthFollowsTheState) {
  EXPECT_EQ(Get("/health").status, 200);
  EXPECT_EQ(Get("/health").body, R"({"status":"healthy","service":"oms"})");
  ops_.SetUnhealthy("journal cannot be written");
  EXPECT_EQ(Get("/health").status, 503);
  EXPECT_EQ(Get("/health").body,
            R"({"status":"unhealthy","service":"oms","reason":"journal cannot be written"})");
  ops_.SetHealthy();
  EXPECT_EQ(Get("/health").status, 200);
}

TEST_F(OpsTest, ReadyFollowsTheState) {
  EXPECT_EQ(Get("/ready").status, 503);
  EXPECT_THAT(Get("/ready").body, HasSubstr("starting"));
  ops_.SetReady();
  EXPECT_EQ(Get("/ready").status, 200);
  EXPECT_EQ(Get("/ready").body, R"({"status":"ready","service":"oms"})");
  ops_.SetNotReady("risk is away");
  EXPECT_THAT(Get("/ready").body, HasSubstr("risk is away"));
}

TEST_F(OpsTest, CheckShowsTheWorst) {
  ops_.SetReady();
  ops_.SetFact("instruments_hash", "ab12");
  Check peer{CheckStatus::kOk, "", 5};
  ops_.AddCheck("risk_stream", [&] { return peer; });
  EXPECT_EQ(Get("/check").status, 200);
  EXPECT_EQ(Get("/check").body,
            R"({"status":"ok","service":"oms","instruments_hash":"ab12","checks":[)"
            R"({"name":"health","status":"ok","reason":"","lag_ms":null},)"
            R"({"name":"ready","status":"ok","reason":"","lag_ms":null},)"
            R"({"name":"risk_stream","status":"ok","reason":"","lag_ms":5}]})");
  peer = {CheckStatus::kDegraded, "slow", 900};
  EXPECT_EQ(Get("/check").status, 200);
  EXPECT_THAT(Get("/check").body, HasSubstr(R"({"status":"degraded")"));
  peer = {CheckStatus::kFailed, "gone", {}};
  EXPECT_EQ(Get("/check").status, 503);
  EXPECT_THAT(Get("/check").body, HasSubstr(R"({"status":"failed")"));
}

TEST_F(OpsTest, ACheckMayAskTheState) {
  ops_.AddCheck("self", [&] {
    return Check{
        ops_.ready() && ops_.healthy() ? CheckStatus::kOk : CheckStatus::kDegraded, "", {}};
  });
  EXPECT_THAT(Get("/check").body, HasSubstr(R"("name":"self","status":"degraded")"));
}

TEST_F(OpsTest, AnUnhealthyServiceFailsItsCheck) {
  ops_.SetUnhealthy("spool full");
  EXPECT_EQ(Get("/check").status, 503);
  EXPECT_THAT(Get("/check").body, HasSubstr("spool full"));
}

TEST_F(OpsTest, MetricsAreText) {
  registry_.AddCounter("tw_oms_orders_total", "Orders.").Add(3);
  const Response response = Get("/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("tw_oms_orders_total 3"));
}

TEST_F(OpsTest, MetricsShowEveryCheck) {
  Check peer{CheckStatus::kDegraded, "slow", 1500};
  ops_.AddCheck("peer", [&] { return peer; });
  ops_.SetReady();
  std::string text = Get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("tw_check_status{check=\"health\"} 0"));
  EXPECT_THAT(text, HasSubstr("tw_check_status{check=\"ready\"} 0"));
  EXPECT_THAT(text, HasSubstr("tw_check_status{check=\"peer\"} 1"));
  EXPECT_THAT(text, HasSubstr("tw_check_lag_seconds{check=\"peer\"} 1.5"));
  peer = {CheckStatus::kFailed, "gone", {}};
  ops_.SetUnhealthy("disk full");
  text = Get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("tw_check_status{check=\"health\"} 2"));
  EXPECT_THAT(text, HasSubstr("tw_check_status{check=\"peer\"} 2"));
}

TEST_F(OpsTest, StatsAreTheServicesOwn) {
  EXPECT_EQ(Get("/stats").body, "{}");
  ops_.SetStats([] { return std::string(R"({"orders":7})"); });
  EXPECT_EQ(Get("/stats").body, R"({"orders":7})");
}

}  // namespace
}  // namespace tw::http
