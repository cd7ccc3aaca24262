// What accounts held before they traded here, at risk.
#include <gtest/gtest.h>

#include <map>

#include "services/risk/desk.h"
#include "tests/services/risk/desk_fixture.h"

namespace tw::risk {
namespace {

using testing::DeskTest;
using testing::Event;
using testing::FillEvent;
using testing::GateBuy;
using testing::kNow;
using testing::P;
using testing::Q;
using testing::TestInstruments;

v1::LedgerEvent OpeningEvent(uint64_t sequence, Timestamp time, int64_t cash, int64_t btc) {
  v1::LedgerEvent event;
  event.set_sequence(sequence);
  event.set_time_ns(time.ns);
  event.set_kind(v1::ORDER_EVENT_KIND_OPENING_IMPORTED);
  event.set_account("a");
  event.mutable_opening()->set_cash_e8(cash * kDecimalScale);
  v1::OpeningLot& lot = *event.mutable_opening()->add_lots();
  lot.set_symbol("BTCUSDT");
  lot.set_quantity_e8(btc * kDecimalScale);
  lot.set_price_e8(40'000 * kDecimalScale);
  return event;
}

TEST_F(DeskTest, WhatIsBroughtInCountsAndMovesTheMarksOfEquity) {
  std::vector<EquityMarked> kept;
  desk_.OnChange([&](tw::risk::Event change) {
    if (const auto* mark = std::get_if<EquityMarked>(&change)) {
      kept.push_back(*mark);
    }
  });
  desk_.Write([](State& state, Alerts&) {
    NewLimits command;
    command.key = {LimitScope::kAccount, "*", ""};
    command.max_daily_loss = {Edit<Money>::Kind::kSet, testing::M("100")};
    command.reason = "test";
    state.limits.Apply(*state.limits.Decide(command, kNow));
  });
  CatchUp();
  desk_.OnLedgerEvent(FillEvent(OrderId(1, 1), "1", "0"));
  desk_.Sweep();
  ASSERT_EQ(kept.size(), 1u);
  const Money before = kept[0].day_start;
  v1::LedgerEvent opening = OpeningEvent(9, kNow, -500'000, 2);
  opening.mutable_opening()->set_adds(true);
  desk_.OnLedgerEvent(opening);
  EXPECT_EQ(desk_.ledger_sequence(), 9u);
  EXPECT_EQ(ExposureOf("BTCUSDT").position(), "3");
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].day_start - before, testing::M("-409990"));  // 2 x 45005 - 500000
  EXPECT_EQ(kept[1].peak, kept[1].day_start);
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 2), "0.001", "45000")).decision().approved());
}

TEST_F(DeskTest, AMarkThatWasKeptSinceIsNotMovedByTheLedgerReadAnew) {
  const auto keep = [&](Timestamp time) {
    desk_.Write([&](State& state, Alerts&) {
      state.Apply({"a", 0, testing::M("7"), testing::M("7"), time});
    });
  };
  const auto day_start = [&] {
    Money out;
    desk_.Read([&](const State& state, const Alerts&) {
      out = state.equity.find("a")->second.mark.day_start;
    });
    return out;
  };
  keep(kNow + Duration::Seconds(1));
  desk_.OnLedgerEvent(OpeningEvent(1, kNow, 1'000'000, 1));
  EXPECT_EQ(day_start(), testing::M("7"));
  keep(kNow - Duration::Seconds(1));
  v1::LedgerEvent more = OpeningEvent(2, kNow, 100, 1);
  more.mutable_opening()->set_adds(true);
  desk_.OnLedgerEvent(more);
  EXPECT_EQ(day_start(), testing::M("45112"));  // 7 + 100 + 45005
}

TEST(DeskAccountsTest, OpeningPositionsCount) {
  Account account;
  account.name = "a";
  account.opening_positions.push_back({"BTCUSDT", Q("-2"), P("45000")});
  const ManualClock clock(kNow);
  Desk desk(clock, TestInstruments(), tw::Accounts({account}, false, "h"),
            {testing::DefaultRows(), Rules(), "hash"}, RiskConfig(), RiskMetrics());
  const auto exposure = desk.GetExposure(v1::GetExposureRequest());
  ASSERT_EQ(exposure.exposures_size(), 1);
  EXPECT_EQ(exposure.exposures(0).position(), "-2");
  desk.Read([](const State& state, const Alerts&) {
    EXPECT_TRUE(state.KnowsAccount("a"));
    EXPECT_FALSE(state.KnowsAccount("b"));
  });
}

}  // namespace
}  // namespace tw::risk
