// The program sink-ticks against the real server, both killed with -9.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "libs/testing/service_host.h"
#include "services/sink-ticks/service.h"
#include "tests/libs/sink/questdb_fixture.h"
#include "tests/services/sink-ticks/fake_normalizer.h"

namespace tw::sink_ticks {
namespace {

using tw::testing::ServiceHost;
using tw::testing::WaitFor;

// As many as an IBM day has.
constexpr uint64_t kTrades = 24'293;
constexpr uint64_t kQuotes = 109'067;
constexpr uint64_t kTicks = kTrades + kQuotes;

class Program {
 public:
  Program(std::string dir, std::vector<std::string> flags)
      : dir_(std::move(dir)), flags_(std::move(flags)) {
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
  }
  ~Program() {
    Kill();
    std::filesystem::remove_all(dir_);
  }

  void Start() {
    std::vector<std::string> words = {
        std::string(TW_BIN_DIR) + "/sink-ticks",
        "--data-dir",
        dir_,
        "--http-port",
        "0",
        "--grpc-port",
        "0",
        "--instruments",
        std::string(TW_SOURCE_DIR) + "/deploy/config/instruments.toml",
        "--accounts",
        std::string(TW_SOURCE_DIR) + "/deploy/config/accounts.toml"};
    words.insert(words.end(), flags_.begin(), flags_.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const std::string log = dir_ + "/log";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
      ::dup2(fd, STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  void Kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }

 private:
  const std::string dir_;
  const std::vector<std::string> flags_;
  pid_t pid_ = -1;
};

class TicksQuestDbTest : public tw::testing::RealQuestDb {
 protected:
  static void PublishTicks(FakeNormalizer& normalizer, uint64_t first, uint64_t last) {
    for (uint64_t seq = first; seq <= last; ++seq) {
      // Trades evenly among the quotes.
      const bool trade = seq * kTrades / kTicks != (seq - 1) * kTrades / kTicks;
      tradewind::v1::FeedEvent event = trade ? Trade(seq) : Quote(seq);
      event.set_venue("REPLAY:IBM");
      event.set_recorded(true);
      normalizer.PublishLater(std::move(event));
      if (seq % 100 == 0) {
        normalizer.Flush();
      }
    }
    normalizer.Flush();
  }
  // However slow the machine: a request waits for five seconds at most.
  static bool FlushAll(ServiceHost& sink) {
    for (int i = 0; i < 20; ++i) {
      if (sink.Http("POST", "/flush?timeout_ms=4000").status == 200) {
        return true;
      }
    }
    return false;
  }
  static void ExpectADay() {
    EXPECT_EQ(CountUntil("trades", kTrades), static_cast<int64_t>(kTrades));
    EXPECT_EQ(CountUntil("quotes", kQuotes), static_cast<int64_t>(kQuotes));
    EXPECT_EQ(Count("(SELECT DISTINCT source_seq FROM quotes)"), static_cast<int64_t>(kQuotes));
    EXPECT_EQ(Count("gaps"), 0);
  }
};

TEST_F(TicksQuestDbTest, ADayOfTicksAtFullSpeedIsThereOnce) {
  FakeNormalizer normalizer(/*capacity=*/5'000);
  ServiceHost sink("sink-ticks", std::make_unique<TicksService>(), Flags());
  sink.Start();
  ASSERT_TRUE(sink.WaitReady());
  const auto began = std::chrono::steady_clock::now();
  PublishTicks(normalizer, 1, kTicks);
  ASSERT_TRUE(WaitFor(
      [&] { return nlohmann::json::parse(sink.Get("/stats").body)["events_taken"] == kTicks; }));
  EXPECT_TRUE(FlushAll(sink));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%.0f rows/s from the feed to QuestDB's acknowledgement\n",
              static_cast<double>(kTicks) / seconds);
  ExpectADay();

  // Played again: not a row more.
  PublishTicks(normalizer, 1, kTicks);
  ASSERT_TRUE(WaitFor([&] {
    return nlohmann::json::parse(sink.Get("/stats").body)["events_taken"] == 2 * kTicks;
  }));
  EXPECT_TRUE(FlushAll(sink));
  ExpectADay();
}

TEST_F(TicksQuestDbTest, KillingTheSinkAndQuestDbLosesAndDoublesNothing) {
  FakeNormalizer normalizer(/*capacity=*/kTicks);
  Program sink(::testing::TempDir() + "ticks_" + std::to_string(::getpid()), Flags());
  const auto wait = [](int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
  sink.Start();
  ASSERT_TRUE(WaitFor([&] { return normalizer.HasReader(); }));
  std::thread venue([&] {
    constexpr uint64_t kSlices = 40;
    for (uint64_t slice = 0; slice < kSlices; ++slice) {
      PublishTicks(normalizer, slice * kTicks / kSlices + 1, (slice + 1) * kTicks / kSlices);
      wait(100);
    }
  });
  for (int i = 0; i < 3; ++i) {
    wait(600 + 170 * i);
    sink.Kill();
    wait(100);
    sink.Start();
  }
  server_->Kill();
  wait(300);
  sink.Kill();
  sink.Start();
  venue.join();
  server_->Start();
  ExpectADay();
}

}  // namespace
}  // namespace tw::sink_ticks
