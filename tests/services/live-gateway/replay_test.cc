// Replays: rows arrive once, in order, with nothing lost to a slow reader that must have them all.
#include "services/live-gateway/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "libs/testing/service_host.h"
#include "services/live-gateway/replay_rows.h"

namespace tw::live_gateway {
namespace {

using ::testing::HasSubstr;

constexpr size_t kFeedCapacity = 4'096;
constexpr uint64_t kRows = 300'000;
constexpr uint64_t kRowsPerRequest = 1'000;

v1::RecordedRow Row(uint64_t number) {
  v1::RecordedRow row;
  row.set_source_seq(number);
  row.set_time_ns(1'381'152'600'000'000'000 + static_cast<int64_t>(number) * 1'000'000);
  row.set_is_trade(number % 3 == 0);
  if (row.is_trade()) {
    row.set_price_e8(18'100'000'000);
    row.set_quantity_e8(static_cast<int64_t>(number) * 100'000'000);
  } else if (number % 3 == 1) {
    row.set_bid_e8(18'099'000'000);
    row.set_bid_size_e8(100'000'000);
  } else {
    row.set_ask_e8(18'101'000'000);
    row.set_ask_size_e8(100'000'000);
  }
  return row;
}

v1::ReplayRequest Start(const std::string& name) {
  v1::ReplayRequest request;
  request.mutable_start()->set_name(name);
  request.mutable_start()->set_symbol("IBM");
  return request;
}

// A feed with little room and streams with short queues, so that what waits is not hidden in them.
class ReplayTest : public ::testing::Test {
 protected:
  explicit ReplayTest(Duration patience = Duration::Seconds(30))
      : feed_(1, kFeedCapacity, [] { return std::vector<v1::FeedEvent>(); }),
        replays_(
            {patience},
            feed_,
            clock_,
            [this](size_t rows) { played_ += rows; },
            [this](const std::vector<DrivenRow>& rows) { return Drive(rows); }),
        server_([] {
          rpc::ServerOptions options;
          options.stream_queue_max = 4;
          return options;
        }()) {
    rpc::Service venue("tradewind.v1.VenueService");
    venue.Bidi<v1::ReplayRequest, v1::ReplayProgress>(
        "Replay", [this](const Replays::Stream& stream) { replays_.Serve(stream); });
    server_.Add(venue);
    rpc::Service market("tradewind.v1.MarketFeedService");
    feed_.Register(market);
    server_.Add(market);
    EXPECT_TRUE(server_.Start().ok());
    channel_ = rpc::Channel::Create("127.0.0.1:" + std::to_string(server_.port()));
  }
  ~ReplayTest() override {
    for (const auto& cancel : cancels_) {
      cancel();
    }
    EXPECT_TRUE(testing::WaitFor([this] { return open_ == 0; }));
    replays_.Stop();
    server_.Stop(Duration::Millis(10));
    feed_.Stop();
  }

  // What the market is told, as text: a row each, and "over".
  absl::Status Drive(const std::vector<DrivenRow>& rows) {
    const std::lock_guard lock(mutex_);
    for (const DrivenRow& row : rows) {
      driven_.push_back(row.symbol + (row.is_trade ? " trade" : " quote"));
    }
    if (rows.empty()) {
      driven_.emplace_back("over");
    }
    return rows.empty() ? absl::OkStatus() : drive_answer_;
  }
  std::vector<std::string> driven() {
    const std::lock_guard lock(mutex_);
    return driven_;
  }

  // A lossless reader; events are kept in read_.
  rpc::Stream<v1::StreamFeedRequest, v1::FeedBatch> Read() {
    v1::StreamFeedRequest request;
    request.set_lossless(true);
    ++open_;
    const auto reader = channel_->Open<v1::StreamFeedRequest, v1::FeedBatch>(
        "tradewind.v1.MarketFeedService/StreamFeed", [&](const auto& stream) {
          stream.OnMessage([this](const v1::FeedBatch& batch) {
            const std::lock_guard lock(mutex_);
            read_.insert(read_.end(), batch.events().begin(), batch.events().end());
          });
          stream.OnClosed([this](const absl::Status&) { --open_; });
          stream.Write(request);
          stream.Finish();
        });
    cancels_.push_back([reader] { reader.Cancel(); });
    EXPECT_TRUE(testing::WaitFor([this] { return feed_.readers() == 1; }));
    return reader;
  }
  rpc::Stream<v1::ReplayRequest, v1::ReplayProgress> Replay() {
    ++open_;
    const auto player = channel_->Open<v1::ReplayRequest, v1::ReplayProgress>(
        "tradewind.v1.VenueService/Replay", [&](const auto& stream) {
          stream.OnMessage([this](const v1::ReplayProgress& progress) {
            const std::lock_guard lock(mutex_);
            progress_ = progress;
            ++answers_;
          });
          stream.OnClosed([this](const absl::Status& status) {
            const std::lock_guard lock(mutex_);
            outcome_ = status;
            over_ = true;
            --open_;
          });
        });
    cancels_.push_back([player] { player.Cancel(); });
    return player;
  }
  void SendAll(const rpc::Stream<v1::ReplayRequest, v1::ReplayProgress>& player) {
    player.Write(Start("ibm_20131007"));
    for (uint64_t from = 1; from <= kRows; from += kRowsPerRequest) {
      v1::ReplayRequest request;
      for (uint64_t number = from; number < from + kRowsPerRequest; ++number) {
        *request.add_rows() = Row(number);
      }
      request.set_end(from + kRowsPerRequest > kRows);
      player.Write(request);
    }
  }
  size_t read() {
    const std::lock_guard lock(mutex_);
    return read_.size();
  }
  absl::Status Outcome() {
    EXPECT_TRUE(testing::WaitFor([this] {
      const std::lock_guard lock(mutex_);
      return over_;
    }));
    const std::lock_guard lock(mutex_);
    return outcome_;
  }

  const SystemClock clock_;
  std::atomic<size_t> played_{0};
  std::atomic<int> open_{0};
  std::mutex mutex_;
  std::vector<v1::FeedEvent> read_;
  v1::ReplayProgress progress_;
  int answers_ = 0;
  bool over_ = false;
  absl::Status outcome_;
  std::vector<std::string> driven_;
  absl::Status drive_answer_;
  std::vector<std::function<void()>> cancels_;
  feed::MarketServer feed_;
  Replays replays_;
  rpc::Server server_;
  std::shared_ptr<rpc::Channel> channel_;
};

TEST_F(ReplayTest, WhoeverHearsOfTheEndMayBeginTheNext) {
  Read();
  for (int i = 0; i < 30; ++i) {
    {
      const std::lock_guard lock(mutex_);
      over_ = false;
    }
    const auto player = Replay();
    player.Write(Start("ibm_20131007"));
    v1::ReplayRequest end;
    end.set_end(true);
    player.Write(end);
    ASSERT_TRUE(Outcome().ok()) << i << ": " << outcome_;
  }
}

TEST_F(ReplayTest, ASlowReaderGetsEveryRowOnceAndInOrder) {
  const auto reader = Read();
  reader.PauseReads();
  SendAll(Replay());
  // The player stops before the log is full, long before the end.
  size_t still = 0;
  EXPECT_TRUE(testing::WaitFor([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const size_t before = std::exchange(still, played_.load());
    return still > 0 && still == before;
  }));
  EXPECT_LT(still, kRows);
  feed_.Publish(v1::FeedEvent());  // the live market goes on meanwhile
  reader.ResumeReads();
  EXPECT_TRUE(Outcome().ok()) << outcome_;
  ASSERT_TRUE(testing::WaitFor([this] { return read() == kRows + 2; }));
  uint64_t next = 1;
  const std::lock_guard lock(mutex_);
  for (const v1::FeedEvent& event : read_) {
    if (!event.recorded()) {
      continue;
    }
    ASSERT_EQ(event.source_seq(), next);
    EXPECT_EQ(event.venue(), "REPLAY:ibm_20131007");
    EXPECT_EQ(event.symbol(), "IBM");
    if (next <= kRows) {
      const v1::RecordedRow row = Row(next);
      ASSERT_EQ(event.venue_time_ns(), row.time_ns());
      ASSERT_EQ(event.has_trade(), row.is_trade());
      ASSERT_EQ(event.trade().quantity_e8(), row.quantity_e8());
      ASSERT_EQ(event.quote().bid_e8(), row.bid_e8());
      ASSERT_EQ(event.quote().ask_size_e8(), row.ask_size_e8());
    }
    ++next;
  }
  EXPECT_EQ(next, kRows + 2);
  EXPECT_EQ(read_.back().replay_end().trades(), kRows / 3);
  EXPECT_EQ(read_.back().replay_end().quotes(), kRows - kRows / 3);
  EXPECT_TRUE(progress_.done());
  EXPECT_EQ(progress_.rows(), kRows);
  EXPECT_EQ(progress_.trades(), kRows / 3);
  EXPECT_EQ(answers_, 1 + static_cast<int>(kRows / kRowsPerRequest));
}

TEST_F(ReplayTest, PlaysWhatAClientSentThatDidNotWait) {
  Read();
  const auto player = Replay();
  SendAll(player);
  player.Finish();
  EXPECT_TRUE(Outcome().ok()) << outcome_;
  EXPECT_EQ(answers_, 1 + static_cast<int>(kRows / kRowsPerRequest));
  ASSERT_TRUE(testing::WaitFor([this] { return read() == kRows + 1; }));
}

TEST_F(ReplayTest, SaysWhenTheEndIsMissing) {
  Read();
  const auto player = Replay();
  v1::ReplayRequest request = Start("cut");
  *request.add_rows() = Row(1);
  player.Write(request);
  player.Finish();
  EXPECT_EQ(Outcome().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(progress_.rows(), 1U);
  EXPECT_FALSE(progress_.done());
}

class ImpatientReplayTest : public ReplayTest {
 protected:
  ImpatientReplayTest() : ReplayTest(Duration::Millis(300)) {}
};

TEST_F(ImpatientReplayTest, FailsRatherThanLoseRows) {
  const auto reader = Read();
  reader.PauseReads();
  SendAll(Replay());
  EXPECT_EQ(Outcome().code(), absl::StatusCode::kDeadlineExceeded);
  reader.ResumeReads();
  // What was published before that is all there.
  ASSERT_TRUE(testing::WaitFor([this] { return read() == feed_.head(); }));
  uint64_t next = 1;
  const std::lock_guard lock(mutex_);
  for (const v1::FeedEvent& event : read_) {
    ASSERT_EQ(event.source_seq(), next++);
  }
}

TEST_F(ReplayTest, DrivesTheMarketOnlyWhenAskedToAndGivesItBack) {
  Read();
  for (const bool drive : {false, true}) {
    over_ = false;
    const auto player = Replay();
    v1::ReplayRequest request = Start("ibm");
    request.mutable_start()->set_drive(drive);
    for (uint64_t number = 1; number <= 3; ++number) {
      *request.add_rows() = Row(number);
    }
    request.set_end(true);
    player.Write(request);
    EXPECT_TRUE(Outcome().ok()) << outcome_;
    EXPECT_EQ(driven(),
              drive ? (std::vector<std::string>{"IBM quote", "IBM quote", "IBM trade", "over"})
                    : std::vector<std::string>());
    ASSERT_TRUE(testing::WaitFor([&] { return read() == (drive ? 8U : 4U); }));
  }
}

TEST_F(ReplayTest, GivesTheMarketBackWhenItBreaksOff) {
  Read();
  const auto player = Replay();
  v1::ReplayRequest request = Start("ibm");
  request.mutable_start()->set_drive(true);
  *request.add_rows() = Row(1);
  player.Write(request);
  ASSERT_TRUE(testing::WaitFor([this] { return driven().size() == 1; }));
  player.Cancel();
  ASSERT_TRUE(testing::WaitFor([this] { return driven().size() == 2; }));
  EXPECT_EQ(driven().back(), "over");
}

TEST_F(ReplayTest, ItsReadersHearThatItBrokeOff) {
  Read();
  const auto player = Replay();
  v1::ReplayRequest request = Start("ibm");
  *request.add_rows() = Row(1);
  *request.add_rows() = Row(2);
  player.Write(request);
  ASSERT_TRUE(testing::WaitFor([this] { return read() == 2; }));
  player.Cancel();
  ASSERT_TRUE(testing::WaitFor([this] { return read() == 3; }));
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(read_.back().venue(), "REPLAY:ibm");
  EXPECT_EQ(read_.back().symbol(), "IBM");
  EXPECT_TRUE(read_.back().recorded());
  EXPECT_EQ(read_.back().venue_time_ns(), Row(2).time_ns());
  EXPECT_EQ(read_.back().gap().from_seq(), 3U);
  EXPECT_EQ(read_.back().gap().reason(), "replay_broken_off");
}

TEST_F(ReplayTest, AMarketThatCannotBeDrivenEndsTheReplay) {
  Read();
  drive_answer_ = absl::InvalidArgumentError("drive: the venue does not list IBM");
  const auto player = Replay();
  v1::ReplayRequest request = Start("ibm");
  request.mutable_start()->set_drive(true);
  *request.add_rows() = Row(1);
  player.Write(request);
  EXPECT_EQ(Outcome().message(), "drive: the venue does not list IBM");
  EXPECT_EQ(driven().back(), "over");
}

TEST_F(ReplayTest, RefusesWhenNobodyReads) {
  SendAll(Replay());
  EXPECT_EQ(Outcome().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(feed_.head(), 0U);
}

TEST_F(ReplayTest, OneAtATime) {
  Read();
  const auto first = Replay();
  first.Write(Start("one"));
  ASSERT_TRUE(testing::WaitFor([this] {
    const std::lock_guard lock(mutex_);
    return answers_ == 1;
  }));
  Replay();
  EXPECT_EQ(Outcome().code(), absl::StatusCode::kResourceExhausted);
  first.Cancel();
  ASSERT_TRUE(testing::WaitFor([this] { return open_ == 1; }));
  over_ = false;
  ASSERT_TRUE(testing::WaitFor([this] {
    const auto third = Replay();
    v1::ReplayRequest request = Start("three");
    request.set_end(true);
    third.Write(request);
    return Outcome().ok();
  }));
}

struct Fault {
  const char* what;
  std::function<void(v1::ReplayRequest&)> spoil;
  const char* message;
};

TEST(ReplayRowsTest, NamesTheRowAtFaultAndTakesNoneOfItsRequest) {
  const std::vector<Fault> faults = {
      {"no time", [](auto& r) { r.mutable_rows(1)->set_time_ns(0); }, "row 2: time_ns"},
      {"free trade", [](auto& r) { r.mutable_rows(2)->set_price_e8(0); }, "row 3: a trade"},
      {"empty trade", [](auto& r) { r.mutable_rows(2)->set_quantity_e8(0); }, "row 3: a trade"},
      {"no side", [](auto& r) { r.mutable_rows(0)->set_bid_e8(0); }, "row 1: a quote"},
      {"negative", [](auto& r) { r.mutable_rows(0)->set_bid_size_e8(-1); }, "row 1: a side"},
      {"order", [](auto& r) { r.mutable_rows(1)->set_source_seq(1); }, "source_seq 1 after 1"},
      {"zero", [](auto& r) { r.mutable_rows(0)->set_source_seq(0); }, "source_seq 0 after 0"},
  };
  for (const Fault& fault : faults) {
    ReplayRows rows;
    v1::ReplayRequest request = Start("x");
    for (uint64_t number = 1; number <= 3; ++number) {
      *request.add_rows() = Row(number);
    }
    ASSERT_TRUE(rows.Begin(request.start()).ok());
    ASSERT_TRUE(rows.Check(request).ok());
    fault.spoil(request);
    EXPECT_THAT(std::string(rows.Check(request).message()), HasSubstr(fault.message)) << fault.what;
  }
}

TEST(ReplayRowsTest, RefusesNamesThatAreNone) {
  for (const char* name : {"", "a b", "../x", "a:b", "ä"}) {
    ReplayRows rows;
    EXPECT_FALSE(rows.Begin(Start(name).start()).ok()) << name;
  }
  ReplayRows rows;
  EXPECT_FALSE(rows.Begin(Start(std::string(65, 'a')).start()).ok());
  EXPECT_TRUE(rows.Begin(Start(std::string(64, 'a')).start()).ok());
}

v1::RecordedRow EventRow(uint64_t number, const char* venue, const char* symbol) {
  v1::RecordedRow row;
  row.set_source_seq(number);
  row.set_time_ns(1'000 + static_cast<int64_t>(number));
  row.mutable_event()->set_venue(venue);
  row.mutable_event()->set_symbol(symbol);
  row.mutable_event()->mutable_book_delta()->set_last_update(number);
  return row;
}

v1::ReplayRequest Rows(std::vector<v1::RecordedRow> rows) {
  v1::ReplayRequest request;
  for (v1::RecordedRow& row : rows) {
    *request.add_rows() = std::move(row);
  }
  return request;
}

TEST(ReplayRowsTest, EventsKeepTheirSymbolAndTheVenueTheyWereRecordedOf) {
  ReplayRows rows;
  ASSERT_TRUE(rows.Begin(Start("x").start()).ok());
  v1::RecordedRow kept = EventRow(1, "PAPER", "BTCUSDT");
  kept.mutable_event()->set_receive_time_ns(77);
  kept.mutable_event()->set_snapshot(true);
  const v1::FeedEvent event = rows.Event(kept, {99});
  EXPECT_EQ(event.venue(), "REPLAY:x:PAPER");
  EXPECT_EQ(event.symbol(), "BTCUSDT");
  EXPECT_EQ(event.source_seq(), 1u);
  EXPECT_EQ(event.venue_time_ns(), 1'001);
  EXPECT_EQ(event.receive_time_ns(), 77);
  EXPECT_TRUE(event.recorded());
  EXPECT_FALSE(event.snapshot());
  const v1::FeedEvent plain = rows.Event(EventRow(2, "", ""), {99});
  EXPECT_EQ(plain.venue(), "REPLAY:x");
  EXPECT_EQ(plain.symbol(), "IBM");
  EXPECT_EQ(plain.receive_time_ns(), 99);
  rows.Event(Row(3), {99});
  // Each market ends for itself, with its own count.
  const std::vector<v1::FeedEvent> ends = rows.End({100});
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].venue(), "REPLAY:x");
  EXPECT_EQ(ends[0].replay_end().books(), 1u);
  EXPECT_EQ(ends[0].replay_end().trades(), 1u);
  EXPECT_EQ(ends[1].venue(), "REPLAY:x:PAPER");
  EXPECT_EQ(ends[1].source_seq(), 4u);
  EXPECT_EQ(rows.Progress(true).rows(), 3u);
  EXPECT_EQ(rows.Progress(true).books(), 2u);
}

TEST(ReplayRowsTest, WithoutASymbolOfTheWholeEachRowNamesItsOwn) {
  ReplayRows rows;
  v1::ReplayStart start;
  start.set_name("depth");
  ASSERT_TRUE(rows.Begin(start).ok());
  EXPECT_TRUE(rows.Check(Rows({EventRow(1, "", "BTCUSDT")})).ok());
  for (const v1::RecordedRow& nameless : {EventRow(1, "", ""), Row(1)}) {
    EXPECT_THAT(std::string(rows.Check(Rows({nameless})).message()),
                HasSubstr("row 1: neither it nor start names a symbol"));
  }
}

TEST(ReplayRowsTest, SaysWhatIsWrongWithAnEvent) {
  ReplayRows rows;
  ASSERT_TRUE(rows.Begin(Start("x").start()).ok());
  v1::RecordedRow empty = EventRow(1, "", "");
  empty.mutable_event()->clear_body();
  v1::RecordedRow end = EventRow(1, "", "");
  end.mutable_event()->mutable_replay_end();
  const std::pair<v1::RecordedRow, const char*> cases[] = {
      {empty, "row 1: the event has no body"},
      {end, "an event of this kind is not played"},
      {EventRow(1, "", "A B"), "the symbol must be of letters"},
      {EventRow(1, "A:B", ""), "the venue must be of letters"}};
  for (const auto& [row, fault] : cases) {
    EXPECT_THAT(std::string(rows.Check(Rows({row})).message()), HasSubstr(fault));
  }
  std::vector<v1::RecordedRow> many;
  for (uint64_t i = 1; i <= ReplayRows::kMarketsMax + 1; ++i) {
    many.push_back(EventRow(i, "", ("S" + std::to_string(i)).c_str()));
  }
  EXPECT_THAT(std::string(rows.Check(Rows(many)).message()), HasSubstr("more than 1000 venues"));
  many.pop_back();
  EXPECT_TRUE(rows.Check(Rows(many)).ok());
}

}  // namespace
}  // namespace tw::live_gateway
