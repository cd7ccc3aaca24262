#include "services/gateway/status_board.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/http/server.h"
#include "libs/testing/service_host.h"

namespace tw::gateway {
namespace {

using nlohmann::json;
using tw::testing::WaitFor;

class StatusBoardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    well_.Get("/health",
              [](const http::Request&) { return http::Json(R"({"status":"healthy"})"); });
    ill_.Get("/health", [](const http::Request&) {
      http::Response response =
          http::Json(R"({"status":"unhealthy","reason":"the spool is full"})");
      response.status = 503;
      return response;
    });
    well_.Get("/check", [](const http::Request&) {
      return http::Json(R"({"status":"ok","checks":[{"name":"ledger","status":"ok","lag_ms":3}]})");
    });
    well_.Get("/stats", [](const http::Request&) { return http::Json(R"({"orders":7})"); });
    ill_.Get("/check", [](const http::Request&) { return http::Json("no JSON"); });
    hanging_.Route("GET", "/health", [this](const http::Request&, http::Responder responder) {
      const std::lock_guard lock(mutex_);
      held_.push_back(std::move(responder));
    });
    for (http::Server* const server : {&well_, &ill_, &hanging_}) {
      ASSERT_TRUE(server->Start().ok());
    }
  }

  static http::Options ShortDrain() {
    http::Options options;
    options.drain_timeout = Duration::Millis(100);
    return options;
  }
  static std::string At(const http::Server& server) {
    return "127.0.0.1:" + std::to_string(server.port());
  }

  void Start(Duration timeout) {
    StatusBoard::Options options;
    options.timeout = timeout;
    options.period = Duration::Millis(100);
    board_ =
        std::make_unique<StatusBoard>(std::vector<StatusBoard::Target>{{"well", At(well_)},
                                                                       {"ill", At(ill_)},
                                                                       {"hanging", At(hanging_)},
                                                                       {"absent", "127.0.0.1:1"}},
                                      clock_, options);
    board_->Start();
  }
  bool BecomesAs(const std::string& name, Health health) {
    return WaitFor([&] { return board_->Read(name).health == health; });
  }

  SystemClock clock_;
  http::Server well_{http::Options{}};
  http::Server ill_{http::Options{}};
  http::Server hanging_{ShortDrain()};
  std::mutex mutex_;
  std::vector<http::Responder> held_;
  std::unique_ptr<StatusBoard> board_;
};

TEST_F(StatusBoardTest, TellsTheHealthOfEachWithItsReason) {
  Start(Duration::Millis(200));
  ASSERT_TRUE(BecomesAs("well", Health::kHealthy));
  ASSERT_TRUE(BecomesAs("ill", Health::kUnhealthy));
  ASSERT_TRUE(BecomesAs("hanging", Health::kUnreachable));
  ASSERT_TRUE(BecomesAs("absent", Health::kUnreachable));
  const json body = json::parse(board_->Json());
  EXPECT_EQ(body["healthy"], 1);
  EXPECT_EQ(body["total"], 4);
  ASSERT_EQ(body["services"].size(), 4U);
  EXPECT_EQ(body["services"][0]["name"], "well");
  EXPECT_EQ(body["services"][0]["status"], "healthy");
  EXPECT_EQ(body["services"][0]["reason"], "");
  EXPECT_GT(body["services"][0]["latency_ms"].get<double>(), 0);
  EXPECT_EQ(body["services"][1]["status"], "unhealthy");
  EXPECT_EQ(body["services"][1]["reason"], "the spool is full");
  EXPECT_EQ(body["services"][2]["status"], "unreachable");
  EXPECT_NE(body["services"][2]["reason"], "");
}

TEST_F(StatusBoardTest, OneThatHangsDelaysNeitherTheOthersNorTheAnswer) {
  Start(Duration::Seconds(5));
  ASSERT_TRUE(BecomesAs("well", Health::kHealthy));
  ASSERT_TRUE(BecomesAs("ill", Health::kUnhealthy));
  const int64_t start_ns = MonotonicNanos();
  const ServiceStatus hanging = board_->Read("hanging");
  EXPECT_LT(MonotonicNanos() - start_ns, Duration::Seconds(2).ns);  // the poll in hand takes 5 s
  EXPECT_EQ(hanging.health, Health::kUnknown);
  EXPECT_EQ(hanging.reason, "not asked yet");
  hanging_.Stop();  // so that the poll in hand ends
}

TEST_F(StatusBoardTest, OldNewsIsNoHealth) {
  Start(Duration::Seconds(60));
  ASSERT_TRUE(BecomesAs("well", Health::kHealthy));
  // One answer, then it hangs: that answer stands for a while, and is no longer believed then.
  ASSERT_TRUE(WaitFor([&] {
    const std::lock_guard lock(mutex_);
    return !held_.empty() && held_.front().Send(http::Json("{}"));
  }));
  ASSERT_TRUE(BecomesAs("hanging", Health::kHealthy));
  ASSERT_TRUE(WaitFor([&] { return board_->Read("hanging").age_ms > 500; }));
  EXPECT_EQ(board_->Read("hanging").health, Health::kHealthy);
  ASSERT_TRUE(BecomesAs("hanging", Health::kUnknown));
  EXPECT_EQ(board_->Read("well").health, Health::kHealthy);
  hanging_.Stop();  // so that the poll in hand ends
}

TEST_F(StatusBoardTest, SinceIsWhenTheHealthLastChanged) {
  Start(Duration::Millis(200));
  ASSERT_TRUE(BecomesAs("well", Health::kHealthy));
  const Timestamp since = board_->Read("well").since;
  ASSERT_TRUE(WaitFor([&] { return clock_.Now() - since > Duration::Millis(500); }));
  EXPECT_EQ(board_->Read("well").since, since);
  well_.Stop();
  ASSERT_TRUE(BecomesAs("well", Health::kUnreachable));
  EXPECT_GT(board_->Read("well").since, since);
}

TEST_F(StatusBoardTest, ShowsWhatEachChecksAndCountsInDetail) {
  Start(Duration::Millis(200));
  json detail;
  ASSERT_TRUE(WaitFor([&] {
    detail = json::parse(board_->DetailJson());
    return !detail["services"][0]["stats"].is_null();
  }));
  EXPECT_EQ(detail["services"][0]["check"]["checks"][0]["lag_ms"], 3);
  EXPECT_EQ(detail["services"][0]["stats"]["orders"], 7);
  EXPECT_TRUE(detail["services"][1]["check"].is_null()) << "what is no JSON is left out";
  EXPECT_TRUE(detail["services"][3]["check"].is_null()) << "nobody answers there";
  EXPECT_FALSE(json::parse(board_->Json())["services"][0].contains("check"));
}

}  // namespace
}  // namespace tw::gateway
