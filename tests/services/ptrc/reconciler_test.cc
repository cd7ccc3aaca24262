#include "services/ptrc/reconciler.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "tests/seed.h"
#include "tests/services/ptrc/trades.h"

namespace tw::ptrc {
namespace {

const PositionKey kDemoBtc = {"demo", "BTCUSDT"};

Quantity Q(const char* text) {
  return *Quantity::Parse(text);
}

class ReconcilerTest : public ::testing::Test {
 protected:
  // "MISSING_IN_OMS PAPER/e1 OPEN", a line each.
  std::vector<std::string> Breaks() const {
    std::vector<std::string> out;
    for (const Break& b : reconciler_.breaks().List()) {
      out.push_back(std::string(Name(b.kind)) + " " + b.key +
                    (b.closed.IsSet() ? " CLOSED" : " OPEN"));
    }
    return out;
  }
  void OnTime(int64_t millis) { reconciler_.OnTime(At(millis), At(0)); }
  void Pnl(const char* quantity, uint64_t ledger_sequence) {
    reconciler_.OnPnlPositions({{kDemoBtc, Q(quantity)}}, ledger_sequence);
  }

  using Lines = std::vector<std::string>;
  Reconciler reconciler_{ReconcilerLimits{}};
};

TEST_F(ReconcilerTest, AFillThatBothSidesShowIsMatched) {
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "0.1"), At(0));
  EXPECT_FALSE(reconciler_.IsMatched("PAPER/e1"));
  reconciler_.OnOmsFill(MakeTrade(9, "e1", Side::kBuy, "0.1"), At(10));
  OnTime(60'000);
  EXPECT_TRUE(reconciler_.IsMatched("PAPER/e1"));
  EXPECT_EQ(reconciler_.matched(), 1u);
  EXPECT_EQ(reconciler_.unmatched(), 0u);
  EXPECT_EQ(Breaks(), Lines{});
}

TEST_F(ReconcilerTest, MissingInOmsIsABreakAfterTheGracePeriodAndHeals) {
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "0.1"), At(0));
  OnTime(1'999);
  EXPECT_EQ(Breaks(), Lines{});
  OnTime(2'000);
  EXPECT_EQ(Breaks(), Lines{"MISSING_IN_OMS PAPER/e1 OPEN"});
  EXPECT_EQ(reconciler_.breaks().List()[0].ours, "BUY 0.1 BTCUSDT @ 100 for demo, order 1-7");
  EXPECT_EQ(reconciler_.breaks().List()[0].theirs, "");
  reconciler_.OnOmsFill(MakeTrade(9, "e1", Side::kBuy, "0.1"), At(5'000));
  EXPECT_EQ(Breaks(), Lines{"MISSING_IN_OMS PAPER/e1 CLOSED"});
  EXPECT_TRUE(reconciler_.IsMatched("PAPER/e1"));
}

TEST_F(ReconcilerTest, MissingAtVenueIsABreakAfterTheGracePeriodAndHeals) {
  reconciler_.OnOmsFill(MakeTrade(9, "e1", Side::kSell, "0.1"), At(0));
  OnTime(2'000);
  EXPECT_EQ(Breaks(), Lines{"MISSING_AT_VENUE PAPER/e1 OPEN"});
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kSell, "0.1"), At(5'000));
  EXPECT_EQ(Breaks(), Lines{"MISSING_AT_VENUE PAPER/e1 CLOSED"});
}

TEST_F(ReconcilerTest, NothingIsJudgedWhileAStreamIsBehind) {
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "0.1"), At(0));
  reconciler_.OnTime(At(60'000), std::nullopt);
  EXPECT_EQ(Breaks(), Lines{});
  reconciler_.OnTime(At(60'100), At(60'050));  // current again: the grace period begins anew
  EXPECT_EQ(Breaks(), Lines{});
  reconciler_.OnTime(At(62'050), At(60'050));
  EXPECT_EQ(Breaks(), Lines{"MISSING_IN_OMS PAPER/e1 OPEN"});
}

TEST_F(ReconcilerTest, DifferencesOfOneFillAreNamed) {
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "0.1", "100"), At(0));
  reconciler_.OnOmsFill(MakeTrade(9, "e1", Side::kBuy, "0.2", "101"), At(0));
  Trade other = MakeTrade(10, "e2", Side::kBuy, "1");
  other.account = "else";
  reconciler_.OnVenueTrade(MakeTrade(2, "e2", Side::kBuy, "1"), At(0));
  reconciler_.OnOmsFill(other, At(0));
  EXPECT_EQ(Breaks(),
            (Lines{"QUANTITY PAPER/e1 OPEN", "PRICE PAPER/e1 OPEN", "TERMS PAPER/e2 OPEN"}));
  EXPECT_EQ(reconciler_.breaks().List()[0].ours, "0.1");
  EXPECT_EQ(reconciler_.breaks().List()[0].theirs, "0.2");
  EXPECT_FALSE(reconciler_.IsMatched("PAPER/e1"));
}

TEST_F(ReconcilerTest, AnExecutionIdUsedTwiceIsABreakAndIsNotBooked) {
  EXPECT_TRUE(reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "1"), At(0)));
  EXPECT_FALSE(reconciler_.OnVenueTrade(MakeTrade(2, "e1", Side::kBuy, "1"), At(0)));
  reconciler_.OnOmsFill(MakeTrade(9, "e1", Side::kBuy, "1"), At(0));
  EXPECT_FALSE(reconciler_.OnVenueTrade(MakeTrade(3, "e1", Side::kBuy, "1"), At(0)));
  reconciler_.OnOmsFill(MakeTrade(10, "e1", Side::kBuy, "1"), At(0));
  EXPECT_EQ(Breaks(),
            (Lines{"DUPLICATE_AT_VENUE PAPER/e1 OPEN", "DUPLICATE_IN_OMS PAPER/e1 OPEN"}));
}

TEST_F(ReconcilerTest, PositionsAreComparedAsOfTheLedgerSequence) {
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "1"), At(0));
  reconciler_.OnOmsFill(MakeTrade(10, "e1", Side::kBuy, "1"), At(0));
  reconciler_.OnVenueTrade(MakeTrade(2, "e2", Side::kBuy, "2"), At(0));
  reconciler_.OnOmsFill(MakeTrade(20, "e2", Side::kBuy, "2"), At(0));
  reconciler_.OnVenueTrade(MakeTrade(3, "e3", Side::kBuy, "4"), At(5'000));  // not in oms yet
  for (const int64_t now : {5'000, 6'000, 6'900}) {
    Pnl("1", 15);  // pnl has seen e1 only, and says so
    OnTime(now);
    Pnl("3", 20);
    OnTime(now);
  }
  EXPECT_EQ(Breaks(), Lines{});
  EXPECT_EQ(reconciler_.positions_compared(), 6u);
}

TEST_F(ReconcilerTest, AnAnswerAheadOfTheLedgerWaitsForIt) {
  Pnl("1", 10);
  OnTime(0);
  EXPECT_EQ(reconciler_.positions_compared(), 0u);
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "1"), At(0));
  reconciler_.OnOmsFill(MakeTrade(10, "e1", Side::kBuy, "1"), At(0));
  OnTime(1);
  EXPECT_EQ(reconciler_.positions_compared(), 1u);
}

TEST_F(ReconcilerTest, WhatIsBroughtInIsExpectedFromItsLedgerSequenceOn) {
  reconciler_.BringIn(kDemoBtc, Q("5"), 10);
  reconciler_.AdvanceLedger(12);
  Pnl("0", 9);  // pnl has not read that far
  OnTime(0);
  Pnl("0", 9);
  OnTime(60'000);
  EXPECT_EQ(Breaks(), Lines{});
  Pnl("5", 10);
  OnTime(61'000);
  Pnl("5", 12);
  OnTime(120'000);
  EXPECT_EQ(Breaks(), Lines{});
  EXPECT_EQ(reconciler_.matched(), 0u) << "it is no trade";
}

TEST_F(ReconcilerTest, APositionThatStaysDifferentIsABreakAndHeals) {
  reconciler_.OpenPosition(kDemoBtc, Q("5"));
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kSell, "1"), At(0));
  reconciler_.OnOmsFill(MakeTrade(10, "e1", Side::kSell, "1"), At(0));
  Pnl("3", 10);
  OnTime(1'000);
  EXPECT_EQ(Breaks(), Lines{});
  Pnl("3", 10);
  OnTime(3'000);
  EXPECT_EQ(Breaks(), Lines{"POSITION demo/BTCUSDT OPEN"});
  EXPECT_EQ(reconciler_.breaks().List()[0].ours, "4");
  EXPECT_EQ(reconciler_.breaks().List()[0].theirs, "3");
  EXPECT_EQ(reconciler_.breaks().List()[0].since, At(1'000));
  Pnl("4", 10);
  OnTime(4'000);
  EXPECT_EQ(Breaks(), Lines{"POSITION demo/BTCUSDT CLOSED"});
}

TEST_F(ReconcilerTest, AFillThatOmsNeverGetsMakesThePositionWrongToo) {
  reconciler_.OnVenueTrade(MakeTrade(1, "e1", Side::kBuy, "1"), At(0));
  for (const int64_t now : {1'000, 2'000, 3'000, 4'000}) {
    reconciler_.OnPnlPositions({}, 0);
    OnTime(now);
  }
  EXPECT_EQ(Breaks(), (Lines{"MISSING_IN_OMS PAPER/e1 OPEN", "POSITION demo/BTCUSDT OPEN"}));
}

TEST(ReconcilerLimitsTest, UnmatchedTradesAreBounded) {
  Reconciler reconciler({.grace = Duration::Seconds(2), .unmatched_max = 2, .matched_max = 10});
  for (uint64_t i = 1; i <= 5; ++i) {
    reconciler.OnVenueTrade(MakeTrade(i, "e" + std::to_string(i), Side::kBuy, "1"), At(0));
  }
  EXPECT_EQ(reconciler.unmatched(), 2u);
  EXPECT_EQ(reconciler.overflowed(), 3u);
}

// Two streams that carry the same fills, each in its order but interleaved and delayed at random,
// with pnl answering for a random sequence: never a break, whenever we look.
TEST(ReconcilerPropertyTest, WhatIsOnItsWayIsNoBreak) {
  Prng prng(TestSeed());
  Reconciler reconciler({.grace = Duration::Seconds(2), .unmatched_max = 1000, .matched_max = 50});
  std::vector<Trade> fills;
  std::vector<Quantity> position = {Quantity()};  // after so many fills
  for (uint64_t i = 1; i <= 2'000; ++i) {
    fills.push_back(MakeTrade(i, "e" + std::to_string(i),
                              prng.Percent(50) ? Side::kBuy : Side::kSell, "1", "100"));
    position.push_back(position.back() + SignedQuantity(fills.back()));
  }
  size_t venue = 0;
  size_t oms = 0;
  int64_t now = 0;
  while (venue < fills.size() || oms < fills.size()) {
    now += prng.Between(0, 20);  // at most 40 apart: 0.8 s, within the grace period
    if (venue < fills.size() && venue < oms + 40 && (prng.Percent(50) || oms >= venue + 40)) {
      reconciler.OnVenueTrade(fills[venue++], At(now));
    } else if (oms < fills.size() && oms < venue + 40) {
      reconciler.OnOmsFill(fills[oms++], At(now));
    }
    if (prng.Percent(20)) {
      const auto at = static_cast<size_t>(
          prng.Between(oms > 5 ? static_cast<int64_t>(oms) - 5 : 0, static_cast<int64_t>(oms)));
      reconciler.OnPnlPositions({{kDemoBtc, position[at]}}, at);
      reconciler.OnTime(At(now), At(0));
      ASSERT_EQ(reconciler.breaks().List().size(), 0u) << "venue " << venue << ", oms " << oms;
    }
  }
  EXPECT_GT(reconciler.positions_compared(), 100u);
  EXPECT_EQ(reconciler.matched(), fills.size());
}

}  // namespace
}  // namespace tw::ptrc
