// replay: the player against a scripted live-gateway, and the command.
#include <chrono>
#include <mutex>
#include <thread>

#include "libs/base/clock.h"
#include "services/cli/replay_player.h"
#include "tests/libs/recorded/zip_file.h"
#include "tests/services/cli/fake_services.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::cli {
namespace {

// `count` trades, `apart` from each other.
class Trades final : public recorded::RecordedSource {
 public:
  Trades(uint64_t count, Duration apart, uint64_t bad_row = 0)
      : count_(count), apart_(apart), bad_row_(bad_row) {}

  const recorded::Facts& facts() const override { return facts_; }
  absl::StatusOr<bool> Next(recorded::Row& row) override {
    if (next_ == bad_row_) {
      return absl::InvalidArgumentError("x.zip:" + std::to_string(next_) + ": torn");
    }
    if (next_ > count_) {
      return false;
    }
    row = recorded::Row();
    row.source_seq = next_;
    row.time = Timestamp{1'381'132'800'000'000'000} + apart_ * static_cast<int64_t>(next_);
    row.price = Price::FromUnits(180);
    row.quantity = Quantity::FromUnits(1);
    ++next_;
    return true;
  }

 private:
  const recorded::Facts facts_{"x.zip", "IBM", "trades under test"};
  const uint64_t count_;
  const Duration apart_;
  const uint64_t bad_row_;
  uint64_t next_ = 1;
};

// live-gateway's side of Replay.
class FakeReplay {
 public:
  using Stream = rpc::Stream<v1::ReplayProgress, v1::ReplayRequest>;

  explicit FakeReplay(FakeServices& fake) {
    fake.ServiceOf("VenueService/Replay")
        .Bidi<v1::ReplayRequest, v1::ReplayProgress>("Replay", [this](Stream stream) {
          stream.OnMessage(
              [this, stream](const v1::ReplayRequest& request) { OnRequest(stream, request); });
          const std::lock_guard lock(mutex_);
          progress_.Clear();
        });
  }

  std::vector<v1::ReplayStart> starts;
  uint64_t fail_after = ~uint64_t{0};  // rows
  bool answer = true;

  uint64_t rows() const {
    const std::lock_guard lock(mutex_);
    return progress_.rows();
  }

 private:
  void OnRequest(const Stream& stream, const v1::ReplayRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.has_start()) {
      starts.push_back(request.start());
    }
    for (const v1::RecordedRow& row : request.rows()) {
      EXPECT_EQ(row.source_seq(), progress_.rows() + 1);
      progress_.set_rows(progress_.rows() + 1);
      progress_.set_trades(progress_.trades() + (row.is_trade() ? 1 : 0));
      progress_.set_quotes(progress_.quotes() + (row.is_trade() ? 0 : 1));
    }
    if (progress_.rows() > fail_after) {
      stream.Finish(absl::InvalidArgumentError("rows: not like this"));
      return;
    }
    if (!answer) {
      return;
    }
    progress_.set_done(request.end());
    stream.Write(progress_);
    if (request.end()) {
      stream.Finish();
    }
  }

  mutable std::mutex mutex_;
  v1::ReplayProgress progress_;
};

class ReplayTest : public ::testing::Test {
 protected:
  void SetUp() override { fake_.Start({"live-gateway"}); }

  absl::StatusOr<ReplayTotals> Play(Trades& source, const ReplayOptions& options) {
    auto channel = rpc::Channel::Create("127.0.0.1:" + std::to_string(fake_.port()));
    return PlayRecording(*channel, source, options);
  }

  FakeServices fake_;
  FakeReplay gateway_{fake_};
};

TEST_F(ReplayTest, EveryRowOnceInOrder) {
  for (const uint64_t rows : {0ul, 1ul, 999ul, 1'000ul, 1'001ul, 123'456ul}) {
    Trades source(rows, Duration::Seconds(1));
    const auto totals = Play(source, {});
    ASSERT_TRUE(totals.ok()) << totals.status();
    EXPECT_EQ(totals->rows, rows);
    EXPECT_EQ(totals->trades, rows);
  }
  EXPECT_EQ(gateway_.starts.size(), 6u);
  EXPECT_EQ(gateway_.starts[0].name(), "x.zip");
  EXPECT_EQ(gateway_.starts[0].symbol(), "IBM");
}

TEST_F(ReplayTest, ARefusalIsHandedOn) {
  gateway_.fail_after = 50'000;
  Trades source(100'000, Duration::Seconds(1));
  const auto totals = Play(source, {});
  EXPECT_EQ(totals.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(totals.status().message(), "rows: not like this");
}

TEST_F(ReplayTest, AFaultInTheRecordingEndsTheStream) {
  Trades source(100, Duration::Seconds(1), 50);
  const auto totals = Play(source, {});
  EXPECT_EQ(totals.status().message(), "x.zip:50: torn");
}

TEST_F(ReplayTest, KeepsToTheRecordingsPace) {
  Trades source(11, Duration::Millis(200));  // two seconds, ten times as fast
  const int64_t start = MonotonicNanos();
  const auto totals = Play(source, {.speed = 10.0, .on_progress = {}});
  ASSERT_TRUE(totals.ok()) << totals.status();
  const Duration took = Duration::Nanos(MonotonicNanos() - start);
  EXPECT_GE(took.millis(), 190);
  EXPECT_LT(took.millis(), 1'900);
}

TEST_F(ReplayTest, NeverFarAheadOfTheAnswers) {
  gateway_.answer = false;
  std::thread player([this] {
    Trades source(1'000'000, Duration::Seconds(1));
    const auto totals = Play(source, {});
    EXPECT_FALSE(totals.ok());
  });
  // It stops by itself at the window; then the server goes away.
  uint64_t before = ~uint64_t{0};
  while (gateway_.rows() == 0 || gateway_.rows() != before) {
    before = gateway_.rows();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_EQ(gateway_.rows(), kMessagesAhead * kRowsPerMessage);
  fake_.Stop();
  player.join();
}

TEST_F(ReplayTest, TheCommandPlaysFilesAndFindsFaultsFirst) {
  const recorded::TempFolder folder;
  const std::string good = folder.Zip("equity/usa/tick/abc/20240102_trade.zip",
                                      {{"a.csv", "1000,10000,5,P,0,0\n1001,10001,6,P,0,0\n"}});
  const std::string quotes =
      folder.Zip("equity/usa/tick/abc/20240102_quote.zip", {{"a.csv", "1000,10000,5,0,0,P,0,0\n"}});
  const std::string bad = folder.Zip("equity/usa/tick/abc/20240103_trade.zip",
                                     {{"a.csv", "1000,10000,5,P,0,0\nnonsense\n"}});
  const Outcome both = Tradewind({"replay", good, quotes, "--speed", "max"});
  EXPECT_EQ(both.exit, kOk) << both.err;
  EXPECT_NE(
      both.out.find("REPLAY:20240102_trade.zip ABC: LEAN equity trades of 2024-01-02, 2 trades "
                    "and 0 quotes"),
      std::string::npos)
      << both.out;
  EXPECT_NE(both.out.find("0 trades and 1 quotes"), std::string::npos);
  ASSERT_EQ(gateway_.starts.size(), 2u);
  EXPECT_EQ(gateway_.starts[1].name(), "20240102_quote.zip");

  const Outcome renamed =
      Tradewind({"replay", good, "--speed", "max", "--symbol", "xyz", "--json"});
  EXPECT_EQ(renamed.exit, kOk) << renamed.err;
  EXPECT_NE(renamed.out.find(R"("symbol":"XYZ","rows":2,"trades":2)"), std::string::npos)
      << renamed.out;

  const size_t played = gateway_.starts.size();
  const Outcome faulty = Tradewind({"replay", good, bad, "--speed", "max"});
  EXPECT_EQ(faulty.exit, kFailed);
  EXPECT_NE(faulty.err.find("20240103_trade.zip:2: milliseconds: expected"), std::string::npos)
      << faulty.err;
  EXPECT_EQ(gateway_.starts.size(), played) << "a row was played before the fault was found";
}

TEST(ReplayCommandTest, NobodyThereIsSixtyNine) {
  FakeServices nobody;
  const recorded::TempFolder folder;
  const std::string good =
      folder.Zip("equity/usa/tick/abc/20240102_trade.zip", {{"a.csv", "1000,10000,5,P,0,0\n"}});
  EXPECT_EQ(Tradewind({"replay", good}).exit, kUnreachable);
}

}  // namespace
}  // namespace tw::cli
