#include "libs/ilp/pipeline.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "tests/libs/ilp/fake_questdb.h"

namespace tw::ilp {
namespace {

namespace fs = std::filesystem;

const SystemClock kClock;

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest()
      : dir_(::testing::TempDir() + "pipeline_" + std::to_string(::getpid()) + "_" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(dir_);
  }
  ~PipelineTest() override { fs::remove_all(dir_); }

  PipelineOptions Options(uint16_t port) {
    PipelineOptions options;
    options.name = "test";
    options.data_dir = dir_;
    options.questdb.port = port;
    options.questdb.request_timeout = Duration::Millis(500);
    options.batch_age = Duration::Millis(5);
    options.backoff_max = Duration::Millis(20);
    options.denied_every = Duration::Millis(100);
    options.alarm = [this](std::string_view event, std::string_view) {
      const std::lock_guard lock(alarms_mutex_);
      alarms_.insert(std::string(event));
    };
    return options;
  }

  static std::unique_ptr<Pipeline> Start(PipelineOptions options) {
    auto pipeline = Pipeline::Start(std::move(options), kClock);
    EXPECT_TRUE(pipeline.ok()) << pipeline.status();
    return *std::move(pipeline);
  }

  static std::string RowText(int i) { return "t x=" + std::to_string(i) + "i 7\n"; }

  static absl::Status AddRow(Pipeline& pipeline, int i) {
    LineBuffer buffer;
    EXPECT_TRUE(buffer.Table("t").Int("x", i).At(Timestamp{7}).ok());
    return pipeline.Add(buffer, {"source", std::to_string(i)});
  }

  bool Alarmed(const std::string& event) {
    const std::lock_guard lock(alarms_mutex_);
    return alarms_.contains(event);
  }

  static void WaitUntil(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) {
      ::usleep(5'000);
    }
    EXPECT_TRUE(condition());
  }

  const std::string dir_;
  std::mutex alarms_mutex_;
  std::set<std::string> alarms_;
};

std::string Join(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) {
    all += part;
  }
  return all;
}

TEST_F(PipelineTest, RowsArriveOnceInOrderAndInBatches) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{}; });
  auto pipeline = Start(Options(server.port()));
  std::string expected;
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_TRUE(AddRow(*pipeline, i).ok());
    expected += RowText(i);
  }
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  EXPECT_EQ(Join(server.bodies()), expected);
  EXPECT_LT(server.bodies().size(), 1'000u);
  EXPECT_EQ(pipeline->DurablePosition("source"), "1999");
  EXPECT_EQ(pipeline->DurablePosition("other"), "");
  const PipelineStats stats = pipeline->stats();
  EXPECT_EQ(stats.rows_added, 2'000u);
  EXPECT_EQ(stats.rows_acked, 2'000u);
  EXPECT_EQ(stats.rows_spooled, 0u);
  EXPECT_EQ(stats.rows_pending, 0u);
  EXPECT_TRUE(stats.connected);
  EXPECT_TRUE(stats.last_ack_time.IsSet());
  EXPECT_EQ(stats.last_error, "");
}

TEST_F(PipelineTest, AnEmptyBatchMovesThePositionOnly) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{}; });
  auto pipeline = Start(Options(server.port()));
  ASSERT_TRUE(pipeline->Add(LineBuffer(), {"source", "17"}).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  EXPECT_EQ(pipeline->DurablePosition("source"), "17");
  EXPECT_TRUE(server.bodies().empty());
}

TEST_F(PipelineTest, RowsWaitOnTheSpoolOverARestartUntilQuestDbIsThere) {
  uint16_t port = 0;
  {
    port = FakeQuestDb([](const auto&, const auto&) { return FakeReply{}; }).port();
  }
  std::string expected;
  {
    auto pipeline = Start(Options(port));
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(AddRow(*pipeline, i).ok());
      expected += RowText(i);
    }
    WaitUntil([&] { return pipeline->DurablePosition("source") == "99"; });
    WaitUntil([&] { return Alarmed("questdb_unreachable"); });
    const PipelineStats stats = pipeline->stats();
    EXPECT_EQ(stats.rows_spooled, 100u);
    EXPECT_FALSE(stats.connected);
    EXPECT_FALSE(stats.spool_full);
    EXPECT_NE(stats.last_error, "");
    EXPECT_TRUE(absl::IsDeadlineExceeded(pipeline->Flush(Duration::Millis(50))));
  }
  auto pipeline = Start(Options(port));
  EXPECT_EQ(pipeline->DurablePosition("source"), "99");
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{}; }, port);
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  EXPECT_EQ(Join(server.bodies()), expected);
}

TEST_F(PipelineTest, PersistNeedsTheDiskNotQuestDb) {
  auto pipeline = Start(Options(/*port=*/1));
  ASSERT_TRUE(AddRow(*pipeline, 1).ok());
  ASSERT_TRUE(pipeline->Persist(Duration::Seconds(5)).ok());
  EXPECT_EQ(pipeline->DurablePosition("source"), "1");
  EXPECT_EQ(pipeline->stats().rows_spooled, 1u);
  EXPECT_TRUE(absl::IsDeadlineExceeded(pipeline->Flush(Duration::Millis(50))));
}

TEST_F(PipelineTest, AFlushIsNotHeldUpByRowsThatComeAfterIt) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{}; });
  auto pipeline = Start(Options(server.port()));
  std::atomic<bool> done{false};
  std::thread busy([&] {
    for (int i = 0; !done; ++i) {
      ASSERT_TRUE(AddRow(*pipeline, i).ok());
      ::usleep(100);
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(pipeline->Persist(Duration::Seconds(2)).ok());
    EXPECT_TRUE(pipeline->Flush(Duration::Seconds(2)).ok());
  }
  done = true;
  busy.join();
}

TEST_F(PipelineTest, ServerErrorsAreTriedAgainUntilTheyPass) {
  std::atomic<int> calls{0};
  std::string accepted;
  FakeQuestDb server([&](const auto&, const std::string& body) {
    switch (calls++) {
      case 0: return FakeReply{503, "busy"};
      case 1: return FakeReply{507, "full"};
      case 2: return FakeReply{.drop = true};
      case 3: return FakeReply{.delay_ms = 700};
      case 4: return FakeReply{403, "not yours"};
      default: accepted += body; return FakeReply{};
    }
  });
  auto pipeline = Start(Options(server.port()));
  ASSERT_TRUE(AddRow(*pipeline, 1).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(10)).ok());
  EXPECT_EQ(accepted, RowText(1));
  EXPECT_EQ(pipeline->stats().dead_rows, 0u);
  // Four, not five: the dropped connection had been used before, so it was replaced silently.
  EXPECT_EQ(pipeline->stats().requests_failed, 4u);
  EXPECT_TRUE(Alarmed("questdb_unreachable"));
  EXPECT_TRUE(Alarmed("questdb_denied"));
  EXPECT_TRUE(Alarmed("questdb_back"));
}

// 401, 403 and their kin are no reason to hurry, and none to lose rows that have no fault.
TEST_F(PipelineTest, ARefusedSetUpIsAskedAgainSlowlyAndKeepsTheRows) {
  std::atomic<int> status{401};
  FakeQuestDb server([&](const auto&, const auto&) { return FakeReply{.status = status}; });
  auto options = Options(server.port());
  options.denied_every = Duration::Millis(200);
  auto pipeline = Start(std::move(options));
  ASSERT_TRUE(AddRow(*pipeline, 1).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(pipeline->Flush(Duration::Millis(700))));
  EXPECT_TRUE(Alarmed("questdb_denied"));
  EXPECT_FALSE(Alarmed("questdb_unreachable"));
  const auto asked = pipeline->stats().requests_failed;
  EXPECT_GE(asked, 2u);
  EXPECT_LE(asked, 4u);
  EXPECT_EQ(pipeline->stats().rows_spooled, 1u);
  status = 204;
  EXPECT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  EXPECT_EQ(pipeline->stats().dead_rows, 0u);
}

TEST_F(PipelineTest, OnlyFaultyRowsDie) {
  const std::set<int> faulty = {0, 5, 6, 63, 99};
  std::string accepted;
  FakeQuestDb server([&](const auto&, const std::string& body) {
    for (const int bad : faulty) {
      if (body.find(" x=" + std::to_string(bad) + "i ") != std::string::npos) {
        return FakeReply{400, R"({"code":"invalid","message":"bad row","line":1})"};
      }
    }
    accepted += body;
    return FakeReply{};
  });
  auto options = Options(server.port());
  options.batch_age = Duration::Millis(50);
  auto pipeline = Start(std::move(options));
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(AddRow(*pipeline, i).ok());
    expected += faulty.contains(i) ? "" : RowText(i);
  }
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  EXPECT_EQ(accepted, expected);
  EXPECT_EQ(pipeline->stats().dead_rows, faulty.size());
  EXPECT_EQ(pipeline->stats().rows_acked, 100 - faulty.size());
  EXPECT_TRUE(Alarmed("row_dead"));

  std::ifstream file(dir_ + "/dead-letter/rows.jsonl");
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["reason"], "bad row");
    EXPECT_EQ(json["http_status"], 400);
    rows.push_back(json["row"]);
  }
  ASSERT_EQ(rows.size(), faulty.size());
  EXPECT_EQ(rows[1], "t x=5i 7\\n");
}

TEST_F(PipelineTest, AMissingTableIsMadeNotBuried) {
  std::atomic<bool> table_exists{false};
  std::atomic<int> prepared{0};
  FakeQuestDb server([&](const auto&, const auto&) {
    return table_exists ? FakeReply{}
                        : FakeReply{400, R"({"message":"table: t; table does not exist"})"};
  });
  auto options = Options(server.port());
  options.prepare = [&]() -> absl::Status {
    switch (prepared++) {
      case 0: return absl::UnavailableError("not yet");
      case 1: return absl::OkStatus();  // the table is then lost again
      default: table_exists = true; return absl::OkStatus();
    }
  };
  auto pipeline = Start(std::move(options));
  ASSERT_TRUE(AddRow(*pipeline, 1).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  WaitUntil([&] { return server.bodies().size() == 3u; });  // refused, taken, sent again
  EXPECT_EQ(prepared, 3);
  EXPECT_EQ(pipeline->stats().dead_rows, 0u);
  EXPECT_TRUE(Alarmed("resending"));
}

TEST_F(PipelineTest, ARowForATableNobodyMakesDiesOnce) {
  FakeQuestDb server([](const auto&, const auto&) {
    return FakeReply{400, R"({"message":"table: t; table does not exist"})"};
  });
  auto options = Options(server.port());
  std::atomic<int> prepared{0};
  options.prepare = [&] {
    ++prepared;
    return absl::OkStatus();
  };
  auto pipeline = Start(std::move(options));
  ASSERT_TRUE(AddRow(*pipeline, 1).ok());
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  ::usleep(50'000);
  EXPECT_EQ(pipeline->stats().dead_rows, 1u);
  EXPECT_EQ(server.bodies().size(), 2u);
  EXPECT_EQ(prepared, 2);
}

TEST_F(PipelineTest, FullSpoolRefusesLoudlyAndLosesNothing) {
  std::atomic<bool> up{false};
  std::string accepted;
  FakeQuestDb server([&](const auto&, const std::string& body) {
    if (!up) {
      return FakeReply{503, "down"};
    }
    accepted += body;
    return FakeReply{};
  });
  auto options = Options(server.port());
  options.spool_bytes_max = 2'000;
  options.pending_bytes_max = 1'000;
  options.batch_rows = 10;
  auto pipeline = Start(std::move(options));
  std::string expected;
  int taken = 0;
  absl::Status status;
  for (int refused = 0; refused < 20;) {
    status = AddRow(*pipeline, taken);
    if (status.ok()) {
      expected += RowText(taken++);
    } else {
      ++refused;
      ::usleep(5'000);
    }
    ASSERT_LT(taken, 10'000);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(pipeline->stats().spool_full);
  EXPECT_TRUE(Alarmed("spool_full"));
  EXPECT_LT(std::stoi(pipeline->DurablePosition("source")), taken - 1);
  up = true;
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(10)).ok());
  EXPECT_EQ(accepted, expected);
  EXPECT_FALSE(pipeline->stats().spool_full);
  EXPECT_TRUE(Alarmed("spool_free"));
  EXPECT_EQ(pipeline->DurablePosition("source"), std::to_string(taken - 1));
}

TEST_F(PipelineTest, ARebootSendsTheLastMinutesAgain) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{}; });
  {
    auto pipeline = Start(Options(server.port()));
    ASSERT_TRUE(AddRow(*pipeline, 1).ok());
    ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  }
  { Start(Options(server.port())); }
  EXPECT_EQ(server.bodies().size(), 1u);  // a plain restart sends nothing again
  {
    std::ifstream in(dir_ + "/positions.json");
    auto json = nlohmann::json::parse(in);
    EXPECT_EQ(json["positions"]["source"], "1");
    json["boot_id"] = "an earlier boot";
    std::ofstream(dir_ + "/positions.json") << json.dump();
  }
  auto pipeline = Start(Options(server.port()));
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(5)).ok());
  EXPECT_EQ(server.bodies(), (std::vector<std::string>{RowText(1), RowText(1)}));
  EXPECT_TRUE(Alarmed("resending"));
  EXPECT_EQ(pipeline->DurablePosition("source"), "1");
}

TEST_F(PipelineTest, DamagedPositionFileIsSaid) {
  fs::create_directories(dir_);
  std::ofstream(dir_ + "/positions.json") << "{\"positions\":";
  const auto pipeline = Pipeline::Start(Options(1), kClock);
  EXPECT_EQ(pipeline.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(PipelineTest, ManyThreadsAddWhileQuestDbComesAndGoes) {
  std::atomic<int> calls{0};
  std::mutex mutex;
  std::multiset<std::string> accepted;
  FakeQuestDb server([&](const auto&, const std::string& body) {
    if (++calls % 3 == 0) {
      return FakeReply{500, "no"};
    }
    std::stringstream lines(body);
    const std::lock_guard lock(mutex);
    for (std::string line; std::getline(lines, line);) {
      accepted.insert(line);
    }
    return FakeReply{};
  });
  auto options = Options(server.port());
  options.batch_rows = 50;
  auto pipeline = Start(std::move(options));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(AddRow(*pipeline, t * 1'000 + i).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ASSERT_TRUE(pipeline->Flush(Duration::Seconds(10)).ok());
  const std::lock_guard lock(mutex);
  EXPECT_EQ(accepted.size(), 4'000u);
  EXPECT_EQ(std::set<std::string>(accepted.begin(), accepted.end()).size(), 4'000u);
}

}  // namespace
}  // namespace tw::ilp
