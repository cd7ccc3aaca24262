// 50,000 rows a second through sink-ticks while QuestDB fails in every way it can: nothing is lost,
// nothing is there twice, and somebody is told.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "libs/testing/service_host.h"
#include "services/sink-ticks/service.h"
#include "tests/libs/sink/questdb_fixture.h"
#include "tests/services/sink-ticks/fake_normalizer.h"

namespace tw::sink_ticks {
namespace {

using tw::testing::ServiceHost;
using tw::testing::WaitFor;

constexpr uint64_t kRowsPerSecond = 50'000;

// How long each failure lasts; longer by night.
double FaultSeconds() {
  const char* const text = std::getenv("TRADEWIND_TEST_FAULT_SECONDS");
  return text == nullptr ? 1.0 : std::strtod(text, nullptr);
}

void Wait(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

// Between the sink and the real server: hands every request on, unless it is told to fail.
class FaultProxy {
 public:
  enum class Mode { kPass, kSlow, kAnswer, kLoseAnswer };

  explicit FaultProxy(const ilp::HttpEndpoint& server)
      : server_(server), front_([this](const std::string& target, const std::string& body) {
          return Answer(target, body);
        }) {}

  uint16_t port() const { return front_.port(); }
  void Pass() { mode_ = Mode::kPass; }
  // Each answer comes this much later.
  void BeSlow(int ms) {
    delay_ms_ = ms;
    mode_ = Mode::kSlow;
  }
  void AnswerWith(int status) {
    status_ = status;
    mode_ = Mode::kAnswer;
  }
  // The server gets the rows, the sink never hears of it.
  void LoseAnswers() { mode_ = Mode::kLoseAnswer; }
  uint64_t lost_answers() const { return lost_answers_; }

 private:
  ilp::FakeReply Answer(const std::string& target, const std::string& body) {
    const Mode mode = mode_;
    if (mode == Mode::kAnswer) {
      return {.status = status_,
              .body = R"({"code":"internal error","message":"as the test wants"})"};
    }
    const absl::StatusOr<ilp::HttpReply> reply =
        target.starts_with("/write") ? server_.Post(target, body) : server_.Get(target);
    if (!reply.ok()) {
      return {.drop = true};
    }
    if (mode == Mode::kLoseAnswer && target.starts_with("/write")) {
      ++lost_answers_;
      return {.drop = true};
    }
    return {.status = reply->status,
            .body = reply->body,
            .delay_ms = mode == Mode::kSlow ? delay_ms_.load() : 0};
  }

  std::atomic<Mode> mode_{Mode::kPass};
  std::atomic<int> delay_ms_{0};
  std::atomic<int> status_{0};
  std::atomic<uint64_t> lost_answers_{0};
  ilp::HttpConnection server_;  // the front's thread only
  ilp::FakeQuestDb front_;
};

class FaultsTest : public tw::testing::RealQuestDb {
 protected:
  void SetUp() override {
    RealQuestDb::SetUp();
    if (server_ == nullptr) {
      return;
    }
    ilp::HttpEndpoint endpoint = server_->http();
    endpoint.request_timeout = Duration::Seconds(3);
    proxy_ = std::make_unique<FaultProxy>(endpoint);
    normalizer_ = std::make_unique<FakeNormalizer>(/*capacity=*/20'000);
    const std::vector<std::string> flags = {
        "--questdb-http",       "127.0.0.1:" + std::to_string(proxy_->port()),
        "--questdb-timeout-ms", "1500",
        "--questdb-slow-ms",    "500",
        "--batch-age-ms",       "100"};
    sink_ = std::make_unique<ServiceHost>("sink-ticks", std::make_unique<TicksService>(), flags);
    sink_->Start();
    ASSERT_TRUE(sink_->WaitReady());
    producer_ = std::thread([this] { Produce(); });
  }
  void TearDown() override {
    stop_ = true;
    if (producer_.joinable()) {
      producer_.join();
    }
  }

  // Three quotes to a trade, in slices of ten milliseconds. A slice that is late is made up for.
  void Produce() {
    const auto began = std::chrono::steady_clock::now();
    while (!stop_) {
      for (uint64_t i = 0; i < kRowsPerSecond / 100; ++i) {
        const uint64_t seq = ++produced_;
        tradewind::v1::FeedEvent event = seq % 4 == 0 ? Trade(seq) : Quote(seq);
        event.set_recorded(true);
        normalizer_->PublishLater(std::move(event));
      }
      normalizer_->Flush();
      const auto due = began + std::chrono::nanoseconds(produced_ * 1'000'000'000 / kRowsPerSecond);
      std::this_thread::sleep_until(due);
    }
    const double took =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    rate_ = static_cast<double>(produced_) / took;
  }

  nlohmann::json Stats() { return nlohmann::json::parse(sink_->Get("/stats").body); }
  std::string CheckReason(const std::string& name) {
    const auto report = nlohmann::json::parse(sink_->Get("/check").body);
    for (const auto& check : report["checks"]) {
      if (check["name"] == name) {
        return check["status"] == "ok" ? "" : check["reason"].get<std::string>();
      }
    }
    return "no such check";
  }
  // While it lasts: the sink is healthy, takes everything, and says what is wrong.
  void Last(const std::string& what, const std::string& told) {
    const uint64_t before = Stats()["rows_added"];
    EXPECT_TRUE(WaitFor([&] { return CheckReason("questdb").find(told) != std::string::npos; }))
        << what << ": /check says \"" << CheckReason("questdb") << "\"";
    Wait(FaultSeconds());
    EXPECT_EQ(sink_->Get("/health").status, 200) << what;
    EXPECT_GT(Stats()["rows_added"].get<uint64_t>(), before) << what;
  }
  // What piled up in a long failure takes a while.
  void Recovers(const std::string& what) {
    const uint64_t before = Stats()["rows_acked"];
    const auto recovered = [&] {
      return Stats()["rows_acked"].get<uint64_t>() > before && CheckReason("questdb").empty();
    };
    bool done = false;
    for (int tries = 0; tries < 6 && !done; ++tries) {
      done = WaitFor(recovered);
    }
    EXPECT_TRUE(done) << what << ": " << CheckReason("questdb");
  }
  void ExpectEveryRowOnce() {
    stop_ = true;
    producer_.join();
    ASSERT_TRUE(WaitFor([&] { return Stats()["events_taken"] == produced_.load(); }));
    int flushed = 0;
    for (int i = 0; i < 4 && flushed != 200; ++i) {
      flushed = sink_->Http("POST", "/flush?timeout_ms=25000").status;
    }
    EXPECT_EQ(flushed, 200);
    const auto trades = static_cast<int64_t>(produced_ / 4);
    const auto quotes = static_cast<int64_t>(produced_) - trades;
    EXPECT_EQ(CountUntil("trades", trades), trades);
    EXPECT_EQ(CountUntil("quotes", quotes), quotes);
    EXPECT_EQ(Sql("SELECT count_distinct(source_seq) FROM trades")["dataset"][0][0], trades);
    EXPECT_EQ(Sql("SELECT count_distinct(source_seq) FROM quotes")["dataset"][0][0], quotes);
    EXPECT_EQ(Count("gaps"), 0);
    EXPECT_EQ(Stats()["dead_rows"], 0);
    EXPECT_EQ(Stats()["events_dropped"], 0);
    std::printf("%llu rows at %.0f a second, %llu answers lost, %llu requests failed\n",
                static_cast<unsigned long long>(produced_), rate_,
                static_cast<unsigned long long>(proxy_->lost_answers()),
                static_cast<unsigned long long>(Stats()["requests_failed"].get<uint64_t>()));
    EXPECT_GT(rate_, 0.9 * kRowsPerSecond) << "the test was too slow to be one";
  }

  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<FakeNormalizer> normalizer_;
  std::unique_ptr<ServiceHost> sink_;
  std::atomic<uint64_t> produced_{0};
  std::atomic<bool> stop_{false};
  double rate_ = 0;
  std::thread producer_;
};

TEST_F(FaultsTest, KilledStoppedSlowFullAndFailing) {
  Wait(0.5);
  for (const int status : {507, 500, 503}) {  // full; errors
    proxy_->AnswerWith(status);
    Last("HTTP " + std::to_string(status), "spooling, ");
    proxy_->Pass();
    Recovers("HTTP " + std::to_string(status));
  }
  proxy_->AnswerWith(403);
  Last("HTTP 403", "as the test wants");
  proxy_->Pass();
  Recovers("HTTP 403");

  proxy_->BeSlow(700);  // answers, but too late for this many rows
  Last("slow", "QuestDB takes rows slower than they come");
  proxy_->BeSlow(2'500);  // slower than the time limit
  Last("slower", "timeout");
  proxy_->Pass();
  Recovers("slow");

  proxy_->LoseAnswers();
  Last("lost answers", "spooling, ");
  proxy_->Pass();
  Recovers("lost answers");

  server_->Suspend();
  Last("suspended", "spooling, ");
  server_->Resume();
  Recovers("suspended");

  server_->Kill();
  Last("killed", "spooling, ");
  server_->Start();
  Recovers("killed");

  server_->Stop();
  Last("stopped", "spooling, ");
  server_->Start();
  Recovers("stopped");

  EXPECT_GT(proxy_->lost_answers(), 0u);
  ExpectEveryRowOnce();
}

}  // namespace
}  // namespace tw::sink_ticks
