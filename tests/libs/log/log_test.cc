#include "libs/log/log.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "libs/log/scope.h"

namespace tw::log {
namespace {

// The lines that `write` puts on stderr, each parsed as JSON.
template <typename F>
std::vector<nlohmann::json> Lines(F write) {
  ::testing::internal::CaptureStderr();
  write();
  std::istringstream text(::testing::internal::GetCapturedStderr());
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(nlohmann::json::parse(line));
  }
  return lines;
}

TEST(LogTest, WritesOneObjectALine) {
  Init("oms", Level::kInfo);
  const auto lines = Lines([] {
    Info("order_rejected", {{"order_id", "3-7"},
                            {"count", 5},
                            {"big", std::numeric_limits<uint64_t>::max()},
                            {"ratio", 0.5},
                            {"final", true}});
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["service"], "oms");
  EXPECT_EQ(lines[0]["event"], "order_rejected");
  EXPECT_EQ(lines[0]["order_id"], "3-7");
  EXPECT_EQ(lines[0]["count"], 5);
  EXPECT_EQ(lines[0]["big"], std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(lines[0]["ratio"], 0.5);
  EXPECT_EQ(lines[0]["final"], true);
  EXPECT_TRUE(ParseRfc3339(lines[0]["time"].get<std::string>()).ok());
}

TEST(LogTest, EscapesHostileText) {
  const std::string hostile = "a\"b\\c\nd\x01{}%s";
  const auto lines = Lines([&] {
    Error("bad_request", {{"text", hostile}, {"bytes", "\xff\xfe"}});
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["text"], hostile);
  EXPECT_EQ(lines[0]["bytes"], "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(LogTest, DropsWhatIsBelowTheLevel) {
  Init("oms", Level::kWarn);
  const auto lines = Lines([] {
    Debug("debug");
    Info("info");
    Warn("warn");
    Error("error");
  });
  Init("oms", Level::kInfo);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["event"], "warn");
  EXPECT_EQ(lines[1]["event"], "error");
}

TEST(LogTest, ReadsLevels) {
  EXPECT_EQ(ParseLevel("debug"), Level::kDebug);
  EXPECT_EQ(ParseLevel("error"), Level::kError);
  EXPECT_EQ(ParseLevel("INFO"), std::nullopt);
}

TEST(LimitedTest, CountsWhatItHoldsBack) {
  const auto lines = Lines([] {
    for (int i = 0; i < 10; ++i) {
      Limited(Level::kWarn, "peer_down", {{"i", i}}, Duration::Seconds(60));
      Limited(Level::kWarn, "queue_full", {{"i", i}}, Duration::Seconds(0));
    }
  });
  int peer_down = 0;
  int queue_full = 0;
  for (const auto& line : lines) {
    peer_down += line["event"] == "peer_down" ? 1 : 0;
    queue_full += line["event"] == "queue_full" ? 1 : 0;
  }
  EXPECT_EQ(peer_down, 1);
  EXPECT_EQ(queue_full, 10);
}

TEST(LimitedTest, TellsTheCountWithTheNextLine) {
  const Duration period = Duration::Millis(50);
  const auto lines = Lines([&] {
    for (int i = 0; i < 4; ++i) {
      Limited(Level::kWarn, "told_later", {{"i", i}}, period);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Limited(Level::kWarn, "told_later", {{"i", 99}}, period);
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_FALSE(lines[0].contains("suppressed"));
  EXPECT_EQ(lines[1]["suppressed"], 3);
  EXPECT_EQ(lines[1]["i"], 99);
}

TEST(LogTest, LinesOfManyThreadsStayWhole) {
  const auto lines = Lines([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < 200; ++i) {
          Info("tick", {{"thread", t}, {"i", i}});
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  });
  EXPECT_EQ(lines.size(), 800U);
}

// Where several services share a process, each line names the one that its thread works for.
TEST(LogTest, AThreadSpeaksForItsService) {
  Init("fused", Level::kInfo);
  const auto lines = Lines([] {
    const ServiceScope oms("oms");
    Info("a");
    {
      const ServiceScope risk("risk");
      Info("b");
      std::thread(ForThisService([] { Info("c"); })).join();
      std::thread([] { Info("d"); }).join();
    }
    Info("e");
  });
  std::vector<std::string> services;
  for (const auto& line : lines) {
    services.push_back(line["service"].get<std::string>());
  }
  EXPECT_EQ(services, (std::vector<std::string>{"oms", "risk", "risk", "fused", "oms"}));
}

TEST(LogTest, OneServicesFloodDoesNotSilenceAnother) {
  const auto lines = Lines([] {
    for (const char* const service : {"oms", "risk", "oms"}) {
      const ServiceScope scope(service);
      Limited(Level::kWarn, "flood_of_each", {}, Duration::Seconds(10));
    }
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["service"], "risk");
}

}  // namespace
}  // namespace tw::log
