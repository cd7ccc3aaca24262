#include "services/pnl/statement_days.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "libs/calendar/date.h"
#include "libs/convert/opening.h"
#include "services/pnl/statement_events.h"
#include "tests/seed.h"
#include "tests/services/pnl/faulty_files.h"

namespace tw::pnl {
namespace {

namespace fs = std::filesystem;
namespace v1 = tradewind::v1;

using Files = std::map<std::string, std::string>;  // by path below the statements

constexpr int64_t kHour = Duration::Seconds(3'600).ns;

// XNYS closes at 21:00 UTC then, on the 27th at 18:00, and rests on the 26th.
int64_t At(const char* day, int64_t hour) {
  return (calendar::DayNumber(*calendar::ParseIsoDate(day)) * 24 + hour) * kHour;
}

const TradingDays& Days() {
  static const absl::StatusOr<TradingDays> days =
      TradingDays::Load(TW_SOURCE_DIR "/deploy/config/instruments.toml");
  EXPECT_TRUE(days.ok()) << days.status();
  return *days;
}

class StatementDaysTest : public ::testing::Test {
 protected:
  StatementDaysTest() {
    Account listed;
    listed.name = "held";
    listed.opening_positions = {{"IBM", Quantity::FromUnits(10), Price::FromUnits(150)}};
    accounts_ = Accounts({listed}, true, "");
  }
  ~StatementDaysTest() override { fs::remove_all(folder_); }

  v1::LedgerEvent& Add(v1::OrderEventKind kind, int64_t at) {
    v1::LedgerEvent& event = ledger_.emplace_back();
    event.set_sequence(ledger_.size());
    event.set_kind(kind);
    event.set_time_ns(at);
    return event;
  }
  void AddFill(int64_t at,
               const std::string& account,
               const std::string& symbol,
               v1::Side side,
               int64_t quantity_e8,
               int64_t price) {
    v1::LedgerEvent& event = Add(v1::ORDER_EVENT_KIND_FILLED, at);
    event.set_account(account);
    event.set_symbol(symbol);
    event.set_side(side);
    event.set_order_id(7);
    v1::Execution& execution = *event.mutable_execution();
    execution.set_fill_id("PAPER-P-" + std::to_string(event.sequence()));
    execution.set_quantity_e8(quantity_e8);
    execution.set_price_e8(price * kDecimalScale);
    execution.set_fee_e8(kDecimalScale / 100);
  }
  void AddOpening(int64_t at, const std::string& account, int64_t cash) {
    Opening opening;
    opening.account = account;
    opening.cash = Money::FromUnits(cash);
    v1::LedgerEvent& event = Add(v1::ORDER_EVENT_KIND_OPENING_IMPORTED, at);
    EncodeOpening(opening, event);
  }
  // Two days of two markets.
  void AddDays() {
    AddFill(At("2026-11-24", 15), "desk", "IBM", v1::SIDE_BUY, 5 * kDecimalScale, 180);
    AddFill(At("2026-11-24", 22), "desk", "IBM", v1::SIDE_SELL, 2 * kDecimalScale, 181);
    AddFill(At("2026-11-24", 23), "coin", "BTCUSDT", v1::SIDE_BUY, kDecimalScale / 10, 45'000);
    AddOpening(At("2026-11-25", 9), "moved", 250);
    AddFill(At("2026-11-25", 15), "desk", "IBM", v1::SIDE_SELL, 3 * kDecimalScale, 182);
    Add(v1::ORDER_EVENT_KIND_SUBMITTED, At("2026-11-26", 1));
  }

  std::unique_ptr<StatementDays> Make() {
    written_.clear();
    return std::make_unique<StatementDays>(
        accounts_, Days(), files_, folder_, [this](const StatementDays::Written& w) {
          written_.push_back(w.day + " " + w.market + " " + std::to_string(w.accounts));
        });
  }
  absl::Status Run(StatementDays& days) {
    absl::Status status;
    for (size_t i = 0; i < ledger_.size() && status.ok(); ++i) {
      status = days.Apply(ledger_[i]);
    }
    return status;
  }
  Files Read() const {
    Files out;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/statements", none)) {
      const std::string path = entry.path().lexically_relative(folder_ + "/statements").string();
      if (entry.is_regular_file() && path.find("/.") == std::string::npos) {
        std::ifstream file(entry.path());
        out[path] = std::string(std::istreambuf_iterator<char>(file), {});
      }
    }
    return out;
  }
  // As `tradewind statement ACCOUNT --day D --market M --no-questdb` makes it.
  std::string OfTheCommand(const std::string& account,
                           const char* day,
                           const std::string& market,
                           bool json) const {
    const int64_t number = calendar::DayNumber(*calendar::ParseIsoDate(day));
    StatementMaker maker(*accounts_.Find(account),
                         [&](const std::string&) { return Days().OfMarket(market, number); });
    for (const v1::LedgerEvent& event : ledger_) {
      if (const auto opening = DecodeOpening(event); opening && opening->account == account) {
        maker.Apply(*opening, {event.time_ns()});
      }
      if (const auto fill = DecodeStatementFill(event); fill && event.account() == account) {
        maker.Apply(*fill);
      }
    }
    const Statement statement =
        maker.Make([](const std::string&, Timestamp) { return std::optional<Price>(); });
    EXPECT_TRUE(statement.Reconciles());
    const StatementHead head = {day, true, market};
    return json ? StatementJson(head, statement) : StatementCsv(head, statement);
  }
  void ExpectTheCommandsFigures(const Files& files) const {
    for (const auto& [path, text] : files) {
      const std::string day = path.substr(0, 10);
      const size_t slash = path.find('/', 11);
      const std::string market = path.substr(11, slash - 11);
      const std::string account = path.substr(slash + 1, path.rfind('.') - slash - 1);
      const bool json = path.substr(path.rfind('.')) == ".json";
      EXPECT_EQ(text, OfTheCommand(account, day.c_str(), market, json)) << path;
    }
  }

  const std::string folder_ = ::testing::TempDir() + "tw-days-" + std::to_string(::getpid());
  Accounts accounts_;
  std::vector<v1::LedgerEvent> ledger_;
  FaultyFiles files_;
  std::vector<std::string> written_;
};

TEST_F(StatementDaysTest, EveryCloseWritesTheAccountsThatHadSomethingThere) {
  AddDays();
  const auto days = Make();
  ASSERT_TRUE(Run(*days).ok());
  const Files files = Read();
  std::vector<std::string> names;
  for (const auto& [path, text] : files) {
    if (path.find(".json") != std::string::npos) {
      names.push_back(path);
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"2026-11-24/XNYS/desk.json",  // traded
                                             "2026-11-24/XNYS/held.json",  // held
                                             "2026-11-24/utc/coin.json",
                                             "2026-11-25/XNYS/desk.json",  // sold all of it
                                             "2026-11-25/XNYS/held.json",
                                             "2026-11-25/utc/coin.json",      // held on
                                             "2026-11-25/utc/moved.json"}));  // brought in cash
  EXPECT_EQ(files.size(), 2 * names.size()) << "and as CSV";
  ExpectTheCommandsFigures(files);
  EXPECT_EQ(written_, (std::vector<std::string>{"2026-11-24 XNYS 2", "2026-11-24 utc 1",
                                                "2026-11-25 utc 2", "2026-11-25 XNYS 2"}));
}

TEST_F(StatementDaysTest, TheClockClosesADayToWhichNothingMoreComes) {
  AddFill(At("2026-11-27", 15), "desk", "IBM", v1::SIDE_BUY, kDecimalScale, 180);
  const auto days = Make();
  ASSERT_TRUE(days->RollTo({At("2026-11-27", 1)}).ok()) << "before the first event: nothing";
  ASSERT_TRUE(Run(*days).ok());
  ASSERT_TRUE(days->RollTo({At("2026-11-27", 18) - 1}).ok());
  EXPECT_TRUE(Read().empty());
  ASSERT_TRUE(days->RollTo({At("2026-11-27", 18)}).ok());  // an early close
  EXPECT_EQ(Read().count("2026-11-27/XNYS/desk.csv"), 1u);
  ASSERT_TRUE(days->RollTo({At("2026-11-30", 21)}).ok());
  EXPECT_EQ(written_, (std::vector<std::string>{"2026-11-27 XNYS 2", "2026-11-30 XNYS 2"}))
      << "none of the weekend";
  ExpectTheCommandsFigures(Read());
}

TEST_F(StatementDaysTest, ASecondRunWritesNothingAndARemovedDayComesAgainAsItWas) {
  AddDays();
  ASSERT_TRUE(Run(*Make()).ok());
  const Files first = Read();
  ASSERT_TRUE(Run(*Make()).ok());
  EXPECT_TRUE(written_.empty());
  EXPECT_EQ(Read(), first);
  fs::remove_all(folder_ + "/statements/2026-11-25");
  ASSERT_TRUE(Run(*Make()).ok());
  EXPECT_EQ(written_, (std::vector<std::string>{"2026-11-25 utc 2", "2026-11-25 XNYS 2"}));
  EXPECT_EQ(Read(), first);
}

// Whatever step the process dies at: what has a name is whole, and the next process makes the rest
// as if nothing had been.
TEST_F(StatementDaysTest, ACrashAtAnyStepIsMadeGood) {
  AddDays();
  ASSERT_TRUE(Run(*Make()).ok());
  const Files whole = Read();
  bool done = false;
  int crashes = 0;
  for (; !done; ++crashes) {
    fs::remove_all(folder_);
    files_.CrashAt(crashes);
    done = Run(*Make()).ok();
    files_.CrashAt(FaultyFiles::kNever);
    for (const auto& [path, text] : Read()) {
      ASSERT_EQ(text, whole.at(path)) << path << " after a crash at step " << crashes;
    }
    ASSERT_TRUE(Run(*Make()).ok());
    ASSERT_EQ(Read(), whole) << "crash at step " << crashes;
  }
  EXPECT_GT(crashes, 50);
}

// What fails is told, and the same event applied again, in the same process, loses nothing.
TEST_F(StatementDaysTest, WhatCannotBeWrittenIsWrittenLater) {
  AddDays();
  ASSERT_TRUE(Run(*Make()).ok());
  const Files whole = Read();
  fs::remove_all(folder_);
  const auto days = Make();
  int failures = 0;
  for (const v1::LedgerEvent& event : ledger_) {
    for (int step = 0;; step += 7) {
      files_.CrashAt(step);
      const absl::Status applied = days->Apply(event);
      files_.CrashAt(FaultyFiles::kNever);
      if (applied.ok()) {
        break;
      }
      ++failures;
    }
  }
  EXPECT_GT(failures, 5);
  EXPECT_EQ(Read(), whole);
}

// Random trading of three accounts over three weeks.
TEST_F(StatementDaysTest, FiguresAreThoseOfTheCommand) {
  std::mt19937_64 random(TestSeed());
  const char* const accounts[] = {"held", "desk", "coin"};
  for (int64_t at = At("2026-11-16", 1); at < At("2026-12-05", 1);
       at += static_cast<int64_t>(random() % (8 * static_cast<uint64_t>(kHour)))) {
    const std::string account = accounts[random() % 3];
    if (random() % 12 == 0) {
      AddOpening(at, account, static_cast<int64_t>(random() % 1'000));
      continue;
    }
    const bool back = random() % 8 == 0;
    AddFill(at, account, random() % 2 == 0 ? "IBM" : "BTCUSDT",
            random() % 2 == 0 ? v1::SIDE_BUY : v1::SIDE_SELL,
            static_cast<int64_t>(1 + random() % 1'000'000'000) * (back ? -1 : 1),
            static_cast<int64_t>(1 + random() % 50'000));
  }
  const auto days = Make();
  ASSERT_TRUE(Run(*days).ok());
  const Files files = Read();
  EXPECT_GT(files.size(), 60u);
  ExpectTheCommandsFigures(files);
}

}  // namespace
}  // namespace tw::pnl
