// What execution-quality saw of the market outlives its process: started anew at any point, from
// the ledger and its own folder, it reports what it did.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/journal/mem_file.h"
#include "libs/testing/e8.h"
#include "libs/testing/service_host.h"
#include "services/execution-quality/sight_codec.h"
#include "services/execution-quality/sight_log.h"
#include "services/execution-quality/state.h"

namespace tw::eq {
namespace {

namespace v1 = tradewind::v1;

using tw::testing::kE8;
constexpr const char* kFolder = "sightings";

Timestamp At(int64_t millis) {
  return Timestamp{} + Duration::Seconds(1'800'000'000) + Duration::Millis(millis);
}

// One process: what it has in memory, and its hold on the folder.
class Process {
 public:
  Process(journal::MemFileSystem& files, Timestamp now, uint64_t roll_bytes) {
    SightLog::Options options;
    options.folder = kFolder;
    options.roll_bytes = roll_bytes;
    options.segment_bytes = uint64_t{4} << 10;
    auto log = SightLog::Open(files, options,
                              [&](Sighting sighting) { state_.Restore(now, std::move(sighting)); });
    EXPECT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }

  QualityState& state() { return state_; }
  SightLog& log() { return *log_; }

  // False: the disk failed, upon which the process ends.
  bool See(Timestamp now) {
    bool alive = true;
    state_.See(now, [&](const std::vector<Sighting>& seen) {
      const absl::StatusOr<size_t> kept = log_->Keep(seen);
      alive = kept.ok();
      return kept.value_or(0);
    });
    if (alive && log_->WantsRoll()) {
      state_.Summarize(
          [&](const std::vector<Sighting>& seen) { EXPECT_TRUE(log_->Roll(seen).ok()); });
    }
    return alive;
  }

  // What it tells of its orders and venues.
  std::string Orders() const {
    std::string out = state_.Venues().DebugString();
    for (uint32_t n = 1; n <= 4; ++n) {
      const auto order = state_.Order(OrderId(1, n).ToString());
      out += order.ok() ? order->DebugString() : "none\n";
    }
    return out;
  }
  // And of its markets, up to the last second that is over.
  std::string Report(Timestamp now) const {
    std::string out = Orders();
    for (const char* symbol : {"BTCUSDT", "IBM"}) {
      v1::Benchmarks benchmarks = *state_.BenchmarksOf(symbol, now - Duration::Seconds(1));
      benchmarks.clear_mid();  // of the feed, which a new process has yet to hear
      benchmarks.clear_timestamp();
      out += benchmarks.DebugString();
    }
    return out;
  }

 private:
  QualityState state_{tw::testing::TwoInstruments(), {}};
  std::unique_ptr<SightLog> log_;
};

// A day: the ledger so far, and the processes that read it.
class SightingsTest : public ::testing::Test {
 protected:
  v1::LedgerEvent Event(uint32_t order, v1::OrderEventKind kind, v1::OrderStatus status) {
    v1::LedgerEvent out;
    out.set_sequence(ledger_.size() + 1);
    out.set_kind(kind);
    out.set_status(status);
    out.set_time_ns(now_.ns);
    out.set_created_ns(now_.ns);
    out.set_order_id(OrderId(1, order).value());
    out.set_account("demo");
    out.set_symbol("BTCUSDT");
    out.set_side(v1::SIDE_BUY);
    out.set_quantity_e8(4 * kE8);
    out.set_venue("PAPER");
    return out;
  }
  void Approve(uint32_t order) {
    v1::LedgerEvent event =
        Event(order, v1::ORDER_EVENT_KIND_APPROVED, v1::ORDER_STATUS_PENDING_NEW);
    event.mutable_risk()->set_reference_bid_e8(99 * kE8);
    event.mutable_risk()->set_reference_ask_e8(101 * kE8);
    Happen(event);
  }
  void Fill(uint32_t order, const std::string& id, int64_t quantity, v1::OrderStatus status) {
    Happen(Filled(order, id, quantity, status));
  }
  v1::LedgerEvent Filled(uint32_t order,
                         const std::string& id,
                         int64_t quantity,
                         v1::OrderStatus status) {
    v1::LedgerEvent event = Event(order, v1::ORDER_EVENT_KIND_FILLED, status);
    event.mutable_execution()->set_venue("PAPER");
    event.mutable_execution()->set_fill_id(id);
    event.mutable_execution()->set_quantity_e8(quantity * kE8);
    event.mutable_execution()->set_price_e8(100 * kE8);
    return event;
  }
  // The trade that became fill PAPER-`id` never was.
  void Bust(uint32_t order, const std::string& id, int64_t quantity) {
    v1::LedgerEvent event =
        Filled(order, "PAPER-" + id + "-bust", -quantity, v1::ORDER_STATUS_FILLED);
    event.mutable_execution()->set_original_venue_exec_id(id);
    Happen(event);
  }
  void Cancel(uint32_t order) {
    Happen(Event(order, v1::ORDER_EVENT_KIND_CANCELED, v1::ORDER_STATUS_CANCELED));
  }
  void Happen(const v1::LedgerEvent& event) {
    ledger_.push_back(event);
    process_->state().OnLedgerEvent(event);
  }
  void Quote(int64_t bid, int64_t ask) {
    quote_.set_symbol("BTCUSDT");
    quote_.mutable_quote()->set_bid_e8(bid * kE8);
    quote_.mutable_quote()->set_ask_e8(ask * kE8);
    process_->state().OnFeedEvent(quote_, now_);
    v1::FeedEvent trade;
    trade.set_symbol("BTCUSDT");
    trade.mutable_trade()->set_price_e8(ask * kE8);
    trade.mutable_trade()->set_quantity_e8(kE8);
    process_->state().OnFeedEvent(trade, now_);
  }
  // Time goes by in ticks of 100 ms, a second's market at a time.
  bool Pass(int64_t millis) {
    for (const Timestamp end = now_ + Duration::Millis(millis); now_ < end;) {
      now_ = now_ + Duration::Millis(100);
      process_->state().OnTime(now_);
      if (!process_->See(now_)) {
        return false;
      }
    }
    return true;
  }

  std::unique_ptr<Process> Read(journal::MemFileSystem& files) const {
    auto process = std::make_unique<Process>(files, now_, roll_bytes_);
    for (const v1::LedgerEvent& event : ledger_) {
      process->state().OnLedgerEvent(event);
    }
    EXPECT_EQ(process->state().OnCaughtUp(), 0u);
    return process;
  }
  // Killed, and started again: the ledger, the folder and the feed say what they did.
  void Restart() {
    process_.reset();
    process_ = Read(files_);
    process_->state().OnFeedEvent(quote_, now_);
  }
  // Another process, were it started now.
  std::unique_ptr<Process> Another() {
    another_.SetImage(files_.Image());
    return Read(another_);
  }

  // The steps of a day in which everything happens that is seen once.
  std::vector<std::function<void()>> Day() {
    return {[&] { Quote(99, 101); },
            [&] { Approve(1); },
            [&] { Fill(1, "PAPER-a", 1, v1::ORDER_STATUS_PARTIALLY_FILLED); },
            [&] { Pass(1'100); },
            [&] { Quote(101, 103); },
            [&] { Fill(1, "PAPER-b", 3, v1::ORDER_STATUS_FILLED); },
            [&] { Pass(500); },
            [&] { Bust(1, "a", 1); },  // after its first mark-out, before the second
            [&] { Approve(2); },
            [&] { Fill(2, "PAPER-c", 2, v1::ORDER_STATUS_PARTIALLY_FILLED); },
            [&] { Pass(9'000); },
            [&] { Cancel(2); },
            [&] { Pass(100); },
            [&] { Quote(105, 107); },
            [&] { Approve(3); },
            [&] { Cancel(3); },
            [&] { Pass(1'000); },
            [&] { Fill(4, "PAPER-d", 2, v1::ORDER_STATUS_FILLED); },  // of an order nobody knows
            [&] { Pass(60'000); },
            [&] { Quote(95, 97); }};
  }

  Timestamp now_ = At(0);
  uint64_t roll_bytes_ = uint64_t{1} << 20;
  journal::MemFileSystem files_;
  journal::MemFileSystem another_;
  v1::FeedEvent quote_;
  std::vector<v1::LedgerEvent> ledger_;
  std::unique_ptr<Process> process_ = std::make_unique<Process>(files_, now_, roll_bytes_);
};

TEST_F(SightingsTest, AProcessStartedAtAnyPointReportsTheSame) {
  for (const auto& step : Day()) {
    step();
    ASSERT_TRUE(
        Pass(1'000));  // what is seen is kept within a tick, a second's market within a second
    EXPECT_EQ(Another()->Report(now_), process_->Report(now_)) << "after event " << ledger_.size();
  }
  const v1::OrderQuality order = *process_->state().Order("1-2");
  ASSERT_EQ(order.mark_outs_size(), 3);
  EXPECT_EQ(order.end_mid(), "102");
  EXPECT_EQ(process_->state().Order("1-3")->end_mid(), "106");
  EXPECT_NE(order.shortfall(), "");
  EXPECT_EQ(process_->state().Venues().venues(0).mark_outs(0).fills(), 3) << "a, b and c";
}

TEST_F(SightingsTest, AProcessKilledAfterEachStepEndsWhereOneThatLivedDoes) {
  for (const auto& step : Day()) {
    step();
    ASSERT_TRUE(Pass(1'000));
  }
  const std::string lived = process_->Report(now_);
  process_.reset();
  files_.SetImage({});
  ledger_.clear();
  now_ = At(0);
  process_ = Read(files_);
  for (const auto& step : Day()) {
    step();
    ASSERT_TRUE(Pass(1'000));
    Restart();
  }
  EXPECT_EQ(process_->Report(now_), lived);
}

TEST_F(SightingsTest, ANewGenerationHoldsWhatAllBeforeCameTo) {
  roll_bytes_ = 200;  // a few records
  process_.reset();
  process_ = Read(files_);
  uint64_t generations = 0;
  for (const auto& step : Day()) {
    step();
    ASSERT_TRUE(Pass(1'000));
    EXPECT_EQ(Another()->Report(now_), process_->Report(now_)) << "after event " << ledger_.size();
    generations = process_->log().generation();
  }
  EXPECT_GT(generations, 3u);
  for (const auto& [path, bytes] : files_.Image()) {
    EXPECT_TRUE(path == std::string(kFolder) + "/current" ||
                path.rfind(std::string(kFolder) + "/" + std::to_string(generations) + "/", 0) == 0)
        << path << " is of a generation that counts no more";
  }
}

TEST_F(SightingsTest, AWriteThatIsCutShortIsSeenWholeOrNotAtAll) {
  Quote(99, 101);
  for (uint32_t order = 1; order <= 3; ++order) {  // three sightings in one write
    Approve(order);
    Cancel(order);
  }
  const auto image = files_.Image();
  const std::string before = process_->Orders();
  ASSERT_TRUE(process_->See(now_));
  const std::string whole = process_->Orders();
  ASSERT_NE(whole, before);
  bool alive = false;
  for (uint64_t bytes = 0; !alive; ++bytes) {
    process_.reset();
    files_.SetImage(image);
    Restart();
    files_.CrashAfter(bytes);
    alive = process_->See(now_);
    files_.LiftFaults();
    EXPECT_EQ(process_->Orders(), alive ? whole : before) << "what is not kept is not shown";
    const std::string again = Another()->Orders();
    EXPECT_TRUE(again == whole || (again == before && !alive)) << "cut after " << bytes << again;
  }
}

TEST_F(SightingsTest, AChangeOfGenerationThatIsCutShortLosesNothing) {
  for (const auto& step : Day()) {
    step();
    ASSERT_TRUE(Pass(1'000));
  }
  const std::string report = process_->Report(now_);
  const auto image = files_.Image();
  bool rolled = false;
  for (uint64_t bytes = 0; !rolled; bytes += 7) {
    process_.reset();
    files_.SetImage(image);
    process_ = Read(files_);
    files_.CrashAfter(bytes);
    process_->state().Summarize(
        [&](const std::vector<Sighting>& seen) { rolled = process_->log().Roll(seen).ok(); });
    files_.LiftFaults();
    EXPECT_EQ(Another()->Report(now_), report) << "cut after " << bytes << " bytes";
  }
}

TEST_F(SightingsTest, WhatAFullDiskDoesNotTakeIsNotShown) {
  Quote(99, 101);
  files_.LimitSpace(0);  // what was claimed before lasts for some seconds
  ASSERT_TRUE(Pass(100'000));
  for (uint32_t order = 1; order <= 4; ++order) {
    Approve(order);
    Fill(order, "PAPER-" + std::to_string(order), 4, v1::ORDER_STATUS_FILLED);
    ASSERT_TRUE(Pass(11'000));
  }
  EXPECT_TRUE(process_->log().full());
  EXPECT_EQ(process_->state().Order("1-4")->mark_outs_size(), 0);
  EXPECT_EQ(Another()->Orders(), process_->Orders());
}

TEST_F(SightingsTest, WhatBelongsBehindEventsThatTheLedgerDoesNotHoldIsLeftOut) {
  Quote(99, 101);
  Approve(1);
  Fill(1, "PAPER-a", 4, v1::ORDER_STATUS_FILLED);
  ASSERT_TRUE(Pass(1'100));
  process_.reset();
  Process process(files_, now_, roll_bytes_);
  process.state().OnLedgerEvent(ledger_[0]);
  EXPECT_FALSE(process.state().Summarize([](const std::vector<Sighting>&) {}))
      << "not before everything has its place";
  EXPECT_EQ(process.state().OnCaughtUp(), 1u);
  EXPECT_TRUE(process.state().Summarize([](const std::vector<Sighting>&) {}));
}

TEST(SightCodecTest, BytesAndBack) {
  const __int128 large = (__int128{1} << 100) + 7;
  const std::vector<Sighting> all = {
      {7, MarkSeen{OrderId(3, 4), "PAPER-1\t\xff", 2, Price::FromE8(-5), true}},
      {8, EndSeen{OrderId(3, 4), Price::FromUnits(9)}},
      {9, MarksSummed{"PAPER", 1, {.cost = -large, .notional = large, .fills = 12}}},
      {10, SecondSeen{"IBM", {.number = 11, .notional = large, .quantity = 12, .mid_e8 = 13}}}};
  for (const Sighting& each : all) {
    const std::string bytes = Encode(each);
    const absl::StatusOr<Sighting> back = DecodeSighting(bytes);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->after, each.after);
    EXPECT_EQ(back->what.index(), each.what.index());
    EXPECT_EQ(Encode(*back), bytes);
    for (size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_FALSE(DecodeSighting(bytes.substr(0, n)).ok()) << n;
    }
    EXPECT_FALSE(DecodeSighting(bytes + "x").ok());
  }
  const auto mark = std::get<MarkSeen>(DecodeSighting(Encode(all[0]))->what);
  EXPECT_EQ(mark.fill_id, "PAPER-1\t\xff");
  EXPECT_EQ(mark.mid, Price::FromE8(-5));
  const auto sum = std::get<MarksSummed>(DecodeSighting(Encode(all[2]))->what);
  EXPECT_TRUE(sum.sum.cost == -large && sum.sum.notional == large);
  EXPECT_FALSE(DecodeSighting("\x05........").ok()) << "an unknown kind";
}

}  // namespace
}  // namespace tw::eq
