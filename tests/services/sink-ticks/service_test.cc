#include "services/sink-ticks/service.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <thread>

#include "libs/testing/service_host.h"
#include "tests/libs/sink/questdb_fixture.h"
#include "tests/services/sink-ticks/fake_normalizer.h"

namespace tw::sink_ticks {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::ScriptedQuestDb;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

// A row of some 48 kB.
v1::FeedEvent BigBook(uint64_t source_seq, bool recorded) {
  v1::FeedEvent event = Tick(source_seq);
  event.set_recorded(recorded);
  for (int i = 0; i < 3'000; ++i) {
    v1::Level& bid = *event.mutable_book()->add_bids();
    bid.set_price_e8(1);
    bid.set_size_e8(1);
  }
  return event;
}

// The sum over the gaps rows of the stretches they tell.
uint64_t LostByGaps(const std::string& text) {
  const std::regex row(
      "gaps,venue=\\*,symbol=\\*,reason=spool_full from_seq=(\\d+)i,to_seq=(\\d+)i ");
  std::set<std::pair<uint64_t, uint64_t>> gaps;  // once, however often they were sent
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it) {
    gaps.emplace(std::stoull((*it)[1]), std::stoull((*it)[2]));
  }
  uint64_t lost = 0;
  for (const auto& [from, to] : gaps) {
    lost += to - from + 1;
  }
  return lost;
}

class TicksTest : public ::testing::Test {
 protected:
  // A sink with the same folder each time; the one before has to be stopped.
  ServiceHost& StartSink(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags = questdb_.Flags();
    flags.insert(flags.end(), more.begin(), more.end());
    if (!hosts_.empty()) {
      hosts_.back()->KeepFolder();  // it goes with the last host, not from under it
    }
    hosts_.push_back(
        std::make_unique<ServiceHost>("sink-ticks", std::make_unique<TicksService>(), flags));
    hosts_.back()->Start();
    EXPECT_TRUE(hosts_.back()->WaitReady());
    return *hosts_.back();
  }
  void PublishTrades(uint64_t first, uint64_t last) {
    for (uint64_t seq = first; seq <= last; ++seq) {
      normalizer_.Publish(Trade(seq));
    }
  }
  bool Arrived(size_t rows) {
    return WaitFor([&] { return questdb_.Lines().size() >= rows; });
  }
  static uint64_t Stat(ServiceHost& host, const char* name) {
    return nlohmann::json::parse(host.Get("/stats").body)[name].get<uint64_t>();
  }
  std::vector<std::string> Gaps() const {
    std::vector<std::string> gaps;
    for (const std::string& line : questdb_.Lines()) {
      if (line.starts_with("gaps,")) {
        gaps.push_back(line);
      }
    }
    return gaps;
  }

  FakeNormalizer normalizer_;
  ScriptedQuestDb questdb_;
  std::vector<std::unique_ptr<ServiceHost>> hosts_;
};

TEST_F(TicksTest, EveryTickOnceOverARestart) {
  ServiceHost& first = StartSink();
  PublishTrades(1, 1'000);
  ASSERT_TRUE(Arrived(1'000));
  first.Stop();
  PublishTrades(1'001, 1'500);  // while it is away: normalizer still has them
  ServiceHost& second = StartSink();
  PublishTrades(1'501, 2'000);
  ASSERT_TRUE(Arrived(2'000));
  EXPECT_EQ(second.Http("POST", "/flush").status, 200);
  const std::vector<std::string> lines = questdb_.Lines();
  EXPECT_EQ(lines.size(), 2'000u);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), 2'000u);
  EXPECT_EQ(Gaps(), std::vector<std::string>());
}

TEST_F(TicksTest, AFeedThatStartedAnewIsAGapSinceTheLastTick) {
  ServiceHost& sink = StartSink();
  PublishTrades(1, 10);
  ASSERT_TRUE(Arrived(10));
  normalizer_.Restart();
  ASSERT_TRUE(WaitFor([&] { return normalizer_.HasReader(); }));
  PublishTrades(11, 12);
  ASSERT_TRUE(Arrived(13));
  EXPECT_EQ(Gaps(), std::vector<std::string>{"gaps,venue=*,symbol=*,reason=feed_lost "
                                             "from_seq=11i 1800000000000000510"});
  EXPECT_EQ(Stat(sink, "gaps"), 1u);
}

TEST_F(TicksTest, AFeedThatStartedAnewWhileWeWereAwayIsAGapToo) {
  ServiceHost& first = StartSink();
  PublishTrades(1, 10);
  ASSERT_TRUE(Arrived(10));
  first.Stop();
  normalizer_.Restart();
  StartSink();
  PublishTrades(11, 11);
  ASSERT_TRUE(Arrived(12));
  EXPECT_EQ(Gaps(), std::vector<std::string>{"gaps,venue=*,symbol=*,reason=feed_lost "
                                             "from_seq=11i 1800000000000000510"});
}

TEST_F(TicksTest, OfASnapshotOnlyClosedBarsAreNews) {
  v1::FeedEvent bar = Tick(1);
  bar.mutable_bar()->set_interval("1m");
  bar.mutable_bar()->set_start_ns(kStartNs);
  bar.mutable_bar()->set_closed(true);
  normalizer_.SetSnapshot({Quote(1), bar, Trade(1)});
  StartSink();
  PublishTrades(2, 2);
  ASSERT_TRUE(Arrived(2));
  const std::vector<std::string> lines = questdb_.Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].find("bars,"), 0u);
  EXPECT_EQ(lines[1].find("trades,venue=PAPER,symbol=BTCUSDT,side=SELL source_seq=2i"), 0u);
}

TEST_F(TicksTest, RecordedDataWaitsForAFullSpoolAndNothingIsLost) {
  constexpr uint64_t kBooks = 3'000;
  questdb_.SetUp(false);
  ServiceHost& sink = StartSink({"--spool-max-mb", "64", "--live-wait-ms", "50"});
  std::thread venue([&] {
    for (uint64_t seq = 1; seq <= kBooks; ++seq) {
      normalizer_.Publish(BigBook(seq, /*recorded=*/true));
    }
  });
  ASSERT_TRUE(WaitFor([&] { return sink.Get("/health").status == 503; }));
  venue.join();
  EXPECT_LT(Stat(sink, "rows_added"), kBooks);
  questdb_.SetUp(true);
  ASSERT_TRUE(WaitFor([&] { return Stat(sink, "rows_acked") == kBooks; }));
  EXPECT_EQ(Stat(sink, "events_dropped"), 0u);
  EXPECT_TRUE(WaitFor([&] { return sink.Get("/health").status == 200; }));
  EXPECT_EQ(questdb_.Text().find("gaps,"), std::string::npos);
}

TEST_F(TicksTest, LiveDataIsDroppedInTheEndAndTheGapIsTold) {
  constexpr uint64_t kBooks = 3'000;
  questdb_.SetUp(false);
  ServiceHost& sink = StartSink({"--spool-max-mb", "64", "--live-wait-ms", "50"});
  for (uint64_t seq = 1; seq <= kBooks; ++seq) {
    normalizer_.Publish(BigBook(seq, /*recorded=*/false));
  }
  ASSERT_TRUE(
      WaitFor([&] { return Stat(sink, "events_taken") + Stat(sink, "events_dropped") == kBooks; }));
  const uint64_t dropped = Stat(sink, "events_dropped");
  EXPECT_GT(dropped, 0u);
  EXPECT_NE(sink.Get("/check").body.find("live events were dropped"), std::string::npos);

  questdb_.SetUp(true);
  ASSERT_TRUE(
      WaitFor([&] { return Stat(sink, "rows_pending") + Stat(sink, "rows_spooled") == 0; }));
  PublishTrades(kBooks + 1, kBooks + 1);
  // A smaller batch may have found room between two that did not: more than one gap then.
  ASSERT_TRUE(WaitFor(
      [&] { return Stat(sink, "rows_acked") == kBooks - dropped + Stat(sink, "gaps") + 1; }));
  EXPECT_EQ(LostByGaps(questdb_.Text()), dropped);
}

}  // namespace
}  // namespace tw::sink_ticks
