#include "services/questdb-writer/day_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/questdb-writer/ledger_rows.h"
#include "tests/services/questdb-writer/ledger.h"

namespace tw::questdb_writer {
namespace {

namespace v1 = tradewind::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kHour = Duration::Seconds(3'600).ns;

// Markets that close every ten hours, those of ETHUSDT an hour later.
Timestamp TenHours(const std::string& symbol, Timestamp after) {
  const int64_t shift = symbol == "ETHUSDT" ? kHour : 0;
  const int64_t since = after.ns - kStartNs - shift;
  return {kStartNs + shift + (since < 0 ? 0 : since / (10 * kHour) + 1) * 10 * kHour};
}

Accounts Demo() {
  Account account;
  account.name = "demo";
  account.opening_cash = Money::FromUnits(100'000);
  return Accounts({account}, true, "");
}

// Ledger rows of which only day_ends are looked at.
class Ledger {
 public:
  Ledger() : rows_(Demo(), TenHours) {}

  // A fill of 0.1 at `hours` since the start. `written`: false for what an earlier process wrote.
  void Fill(double hours,  // tidy: analytics, a test's shorthand for a time
            bool buy,
            int64_t price,
            const std::string& symbol = "BTCUSDT",
            bool written = true) {
    v1::LedgerEvent event = Filled(1, buy, price);
    event.set_sequence(++sequence_);
    event.set_symbol(symbol);
    event.set_time_ns(kStartNs + static_cast<int64_t>(hours * static_cast<double>(kHour)));
    EXPECT_TRUE(rows_.Apply(event, written ? &buffer_ : nullptr).ok());
  }
  void Clock(int64_t hours) {
    EXPECT_TRUE(rows_.RollTo({kStartNs + hours * kHour}, &buffer_).ok());
  }
  // The rows since the last call, without their table.
  std::vector<std::string> DayEnds() {
    std::vector<std::string> out;
    size_t begin = 0;
    for (const uint32_t end : buffer_.row_ends()) {
      const std::string line(buffer_.bytes().substr(begin, end - begin - 1));
      if (line.starts_with("day_ends,account=demo,symbol=")) {
        out.push_back(line.substr(29));
      }
      begin = end;
    }
    buffer_.Clear();
    return out;
  }

 private:
  LedgerRows rows_;
  ilp::LineBuffer buffer_;
  uint64_t sequence_ = 0;
};

void FirstDay(Ledger& ledger, bool written = true) {
  ledger.Fill(1, true, 45'000, "BTCUSDT", written);
  ledger.Fill(2, true, 46'000, "BTCUSDT", written);
  ledger.Fill(3, false, 46'000, "BTCUSDT", written);
}

TEST(DayEndsTest, AnEventAtOrAfterTheCloseEndsTheDay) {
  Ledger ledger;
  ledger.Fill(1, true, 45'000);
  ledger.Fill(9, true, 46'000);
  EXPECT_THAT(ledger.DayEnds(), IsEmpty());
  ledger.Fill(10, false, 47'000);  // at the close: of the next day
  EXPECT_THAT(
      ledger.DayEnds(),
      ElementsAre("BTCUSDT quantity=0.2,average_price=45500,realized_pnl=0,"
                  "realized_total=0,unrealized_pnl=100,fees=0.5,fees_total=0.5,cash=90899.5,"
                  "mark_price=46000 1800036000000000000"));
  ledger.Fill(20, true, 47'000);
  EXPECT_THAT(ledger.DayEnds(),
              ElementsAre("BTCUSDT quantity=0.1,average_price=45500,realized_pnl=150,"
                          "realized_total=150,unrealized_pnl=150,fees=0.25,fees_total=0.75,"
                          "cash=95599.25,mark_price=47000 1800072000000000000"));
}

TEST(DayEndsTest, OrTheClockDoesAndTheNextEventNotAgain) {
  Ledger ledger;
  ledger.Fill(1, true, 45'000);
  ledger.Clock(9);
  EXPECT_THAT(ledger.DayEnds(), IsEmpty());
  ledger.Clock(10);
  EXPECT_EQ(ledger.DayEnds().size(), 1u);
  ledger.Clock(11);
  ledger.Fill(12, true, 45'000);
  EXPECT_THAT(ledger.DayEnds(), IsEmpty());
}

TEST(DayEndsTest, AQuietDayHasARowWhileSomethingIsHeld) {
  Ledger ledger;
  ledger.Fill(1, true, 45'000);
  ledger.Clock(30);
  EXPECT_EQ(ledger.DayEnds().size(), 3u);
  ledger.Fill(31, false, 45'000);
  ledger.Clock(60);  // flat: the day of the sale, and no more
  EXPECT_EQ(ledger.DayEnds().size(), 1u);
}

TEST(DayEndsTest, EachMarketClosesByItself) {
  Ledger ledger;
  ledger.Fill(2, true, 45'000);
  ledger.Fill(2, true, 2'500, "ETHUSDT");
  ledger.Clock(10);
  EXPECT_EQ(ledger.DayEnds().size(), 1u);
  ledger.Clock(11);
  const std::vector<std::string> rows = ledger.DayEnds();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0].starts_with("ETHUSDT")) << rows[0];
}

TEST(DayEndsTest, ARestartMakesTheSameRowsOrNone) {
  Ledger live;
  FirstDay(live);
  live.Clock(10);
  const std::vector<std::string> told = live.DayEnds();
  ASSERT_EQ(told.size(), 1u);

  // Killed after the clock's row and before the next event: the same row once more, which QuestDB
  // has.
  Ledger again;
  FirstDay(again, /*written=*/false);
  again.Clock(10);
  EXPECT_EQ(again.DayEnds(), told);

  // Killed after the next event was safe: the day is over and told.
  Ledger later;
  FirstDay(later, /*written=*/false);
  later.Fill(12, true, 45'000, "BTCUSDT", /*written=*/false);
  later.Clock(12);
  EXPECT_THAT(later.DayEnds(), IsEmpty());
}

TEST(DayEndsTest, WhatIsHeldBeforeTheFirstFillIsRolledToo) {
  Account account;
  account.name = "demo";
  account.opening_positions = {{"ETHUSDT", Quantity::FromUnits(2), Price::FromUnits(2'000)}};
  LedgerRows rows(Accounts({account}, true, ""), TenHours);
  ilp::LineBuffer buffer;
  v1::LedgerEvent first = Event(v1::ORDER_EVENT_KIND_SUBMITTED, v1::ORDER_STATUS_PENDING_NEW, 1);
  first.set_sequence(1);
  ASSERT_TRUE(rows.Apply(first, nullptr).ok());
  ASSERT_TRUE(rows.RollTo({kStartNs + 11 * kHour}, &buffer).ok());
  EXPECT_EQ(buffer.rows(), 2u);  // its market closes at hour one for the first time
}

}  // namespace
}  // namespace tw::questdb_writer
