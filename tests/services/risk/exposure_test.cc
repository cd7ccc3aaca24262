#include "services/risk/exposure.h"

#include <gtest/gtest.h>

#include "tests/services/risk/fixture.h"

namespace tw::risk {
namespace {

using testing::Filled;
using testing::kNow;
using testing::M;
using testing::P;
using testing::Q;
using testing::TestInstruments;
using testing::View;
using testing::Working;

constexpr OrderId kFirst(1, 1);
constexpr OrderId kSecond(1, 2);

Reservation Hold(OrderId id, Side side, const char* quantity, const char* price) {
  return {id.epoch(), id, "a", "BTCUSDT", side, Q(quantity), P(price), kNow};
}

const Cell& CellOf(const Exposure& exposure) {
  const Cell* cell = exposure.FindCell(*exposure.FindAccount("a"), 0);
  EXPECT_NE(cell, nullptr);
  return *cell;
}

TEST(ExposureTest, AReservationCountsAtOnceAndTheLedgerTakesItOver) {
  Exposure exposure(TestInstruments());
  exposure.Reserve(Hold(kFirst, Side::kBuy, "2", "45000"));
  EXPECT_EQ(CellOf(exposure).open_buy, Q("2"));
  EXPECT_EQ(CellOf(exposure).reserved_buy, M("90000").e8());
  EXPECT_EQ(exposure.reservations(), 1u);

  exposure.Apply(Working(kFirst, Side::kBuy, "BTCUSDT", Q("2"), P("45000")));
  EXPECT_EQ(CellOf(exposure).reserved_buy, M("90000").e8()) << "counted once";
  EXPECT_EQ(exposure.reservations(), 0u);
  EXPECT_EQ(exposure.open_orders(), 1u);
}

TEST(ExposureTest, TheLedgersOpenPartIsTakenAsItIs) {
  Exposure exposure(TestInstruments());
  exposure.Reserve(Hold(kFirst, Side::kBuy, "2", "45000"));
  exposure.Apply(Working(kFirst, Side::kBuy, "BTCUSDT", Q("1.5"), P("44000")));
  EXPECT_EQ(CellOf(exposure).open_buy, Q("1.5"));
  EXPECT_EQ(CellOf(exposure).reserved_buy, M("66000").e8());
}

TEST(ExposureTest, AFillMovesTheOpenPartIntoThePosition) {
  Exposure exposure(TestInstruments());
  exposure.Apply(Working(kFirst, Side::kSell, "BTCUSDT", Q("2"), P("45000")));
  OrderView fill = View(kFirst, Side::kSell, "BTCUSDT", OrderStatus::kPartiallyFilled);
  fill.filled = Q("0.5");
  fill.fill_quantity = Q("0.5");
  fill.fill_price = P("45100");
  fill.leaves = Q("1.5");
  fill.reserve_price = P("45000");
  exposure.Apply(fill);
  EXPECT_EQ(CellOf(exposure).position, Q("-0.5"));
  EXPECT_EQ(CellOf(exposure).open_sell, Q("1.5"));
  EXPECT_EQ(CellOf(exposure).reserved_sell, M("67500").e8());
  // Not quoted yet: the position is valued at the fill. Both are short, so both count.
  EXPECT_EQ(exposure.CellUsed(0, 0), M("90050").e8());
  exposure.SetMark(0, P("46000"));
  EXPECT_EQ(exposure.CellUsed(0, 0), M("90500").e8());
  EXPECT_EQ(exposure.FirmUsed(), M("90500").e8());
}

TEST(ExposureTest, EveryEndOfAnOrderReleasesIt) {
  for (const OrderStatus end : {OrderStatus::kCanceled, OrderStatus::kRejected,
                                OrderStatus::kExpired, OrderStatus::kFilled}) {
    Exposure exposure(TestInstruments());
    exposure.Reserve(Hold(kFirst, Side::kBuy, "2", "45000"));
    exposure.Apply(View(kFirst, Side::kBuy, "BTCUSDT", end));
    EXPECT_EQ(CellOf(exposure).open_buy, Quantity()) << Name(end);
    EXPECT_TRUE(CellOf(exposure).reserved_buy == 0) << Name(end);
    EXPECT_TRUE(exposure.FirmUsed() == 0) << Name(end);
    EXPECT_EQ(exposure.open_orders(), 0u);
    EXPECT_EQ(exposure.reservations(), 0u);
  }
}

TEST(ExposureTest, ANewEpochDropsWhatTheLedgerDoesNotShow) {
  Exposure exposure(TestInstruments());
  exposure.Reserve(Hold(kFirst, Side::kBuy, "1", "45000"));
  exposure.Reserve(Hold(kSecond, Side::kBuy, "2", "45000"));
  exposure.Reserve(Hold(OrderId(2, 1), Side::kBuy, "4", "45000"));
  exposure.Apply(Working(kSecond, Side::kBuy, "BTCUSDT", Q("2"), P("45000")));
  EXPECT_EQ(exposure.DropOlderEpochs(2), 1u);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("6")) << "the confirmed one and the new epoch's stay";
  EXPECT_EQ(exposure.DropOlderEpochs(2), 0u);
}

TEST(ExposureTest, AnOldReservationThatTheLedgerNeverShowedIsDropped) {
  Exposure exposure(TestInstruments());
  exposure.Reserve(Hold(kFirst, Side::kBuy, "1", "45000"));
  Reservation later = Hold(kSecond, Side::kBuy, "2", "45000");
  later.time = kNow + Duration::Seconds(10);
  exposure.Reserve(later);
  EXPECT_EQ(exposure.DropReservedBefore(kNow), 0u);
  EXPECT_EQ(exposure.DropReservedBefore(kNow + Duration::Seconds(1)), 1u);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("2"));
}

TEST(ExposureTest, AReplaceHoldsTheLargerOfOldAndNewUntilItIsDecided) {
  Exposure exposure(TestInstruments());
  exposure.Apply(Working(kFirst, Side::kBuy, "BTCUSDT", Q("2"), P("45000")));
  exposure.Reserve(Hold(kFirst, Side::kBuy, "3", "44000"));
  EXPECT_EQ(CellOf(exposure).open_buy, Q("3"));
  EXPECT_EQ(CellOf(exposure).reserved_buy, M("132000").e8());

  // A fill on the way does not end the reservation.
  OrderView fill = Working(kFirst, Side::kBuy, "BTCUSDT", Q("1"), P("45000"));
  fill.filled = fill.fill_quantity = Q("1");
  fill.fill_price = P("45000");
  exposure.Apply(fill);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("2"));
  EXPECT_EQ(exposure.reservations(), 1u);

  OrderView pending = Working(kFirst, Side::kBuy, "BTCUSDT", Q("1"), P("45000"));
  pending.status = OrderStatus::kPendingReplace;
  pending.filled = Q("1");
  pending.requested_quantity = Q("3");
  pending.requested_price = P("44000");
  exposure.Apply(pending);
  EXPECT_EQ(exposure.reservations(), 0u);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("2"));

  OrderView replaced = Working(kFirst, Side::kBuy, "BTCUSDT", Q("2"), P("44000"));
  replaced.filled = Q("1");
  exposure.Apply(replaced);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("2"));
  EXPECT_EQ(CellOf(exposure).reserved_buy, M("88000").e8());
}

TEST(ExposureTest, AStopThatIsSetOffTakesItsReservationOver) {
  Exposure exposure(TestInstruments());
  exposure.Apply(Working(kFirst, Side::kBuy, "BTCUSDT", Q("2"), P("45000")));
  exposure.Reserve(Hold(kFirst, Side::kBuy, "2", "46000"));
  OrderView triggered = Working(kFirst, Side::kBuy, "BTCUSDT", Q("1"), P("46000"));
  triggered.ends_reservation = true;
  exposure.Apply(triggered);
  EXPECT_EQ(exposure.reservations(), 0u);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("1")) << "what goes out, not what was asked about";
}

TEST(ExposureTest, DroppingAReplaceLeavesTheOrderItself) {
  Exposure exposure(TestInstruments());
  exposure.Apply(Working(kFirst, Side::kBuy, "BTCUSDT", Q("2"), P("45000")));
  exposure.Reserve(Hold(kFirst, Side::kBuy, "5", "45000"));
  EXPECT_EQ(exposure.DropReservedBefore(kNow + Duration::Seconds(1)), 1u);
  EXPECT_EQ(CellOf(exposure).open_buy, Q("2"));
}

TEST(ExposureTest, OrdersAgainstThePositionCountOnlyForWhatTheyCouldOpen) {
  Exposure exposure(TestInstruments());
  exposure.SetMark(0, P("45000"));
  exposure.Apply(Filled(kFirst, Side::kBuy, "BTCUSDT", Q("2"), P("45000")));
  exposure.Apply(Working(OrderId(1, 3), Side::kSell, "BTCUSDT", Q("2"), P("46000")));
  EXPECT_EQ(exposure.CellUsed(0, 0), M("90000").e8());
  exposure.Apply(Working(OrderId(1, 4), Side::kSell, "BTCUSDT", Q("2"), P("46000")));
  EXPECT_EQ(exposure.CellUsed(0, 0), M("182000").e8());
  EXPECT_EQ(exposure.AccountUsed(0), M("182000").e8());
  EXPECT_EQ(exposure.FirmUsed(), M("182000").e8());
}

TEST(ExposureTest, ReservesNothingBelowTheTrueNotional) {
  EXPECT_EQ(ReserveNotional(P("0.00000001"), Q("0.00000001")).e8(), 1);
  EXPECT_EQ(ReserveNotional(P("92000000000"), Q("92000000000")), Money::Max());
}

TEST(ExposureTest, ASymbolOutsideTheInstrumentsIsKept) {
  Exposure exposure(TestInstruments());
  exposure.Apply(Filled(kFirst, Side::kBuy, "GONE", Q("3"), P("7")));
  const auto symbol = exposure.FindSymbol("GONE");
  ASSERT_TRUE(symbol.has_value());
  EXPECT_EQ(exposure.FindCell(0, *symbol)->position, Q("3"));
  EXPECT_EQ(exposure.FirmUsed(), M("21").e8());
}

TEST(ExposureTest, AnOpeningPositionCounts) {
  Exposure exposure(TestInstruments());
  exposure.SetOpening("a", "BTCUSDT", Q("-2"));
  exposure.SetMark(0, P("45000"));
  EXPECT_EQ(exposure.AccountUsed(0), M("90000").e8());
  EXPECT_EQ(exposure.FirmUsed(), M("90000").e8());
}

TEST(ExposureTest, WhatIsBroughtInStandsInPlaceOfTheOpeningOrComesToIt) {
  Exposure exposure(TestInstruments());
  exposure.SetAccount("a", "crypto", M("700"));
  exposure.SetOpening("a", "BTCUSDT", Q("-2"), P("40000"));
  exposure.SetMark(0, P("45000"));
  Opening opening;
  opening.account = "a";
  opening.cash = M("500");
  opening.lots = {{"BTCUSDT", Q("1"), P("44000"), {}}, {"BTCUSDT", Q("0.5"), P("46000"), {}}};
  exposure.BringIn(opening);
  EXPECT_EQ(exposure.AccountCash(0), M("500").e8());
  EXPECT_EQ(exposure.FindCell(0, 0)->position, Q("1.5"));
  EXPECT_EQ(exposure.FirmUsed(), M("67500").e8());
  EXPECT_EQ(exposure.PositionLoss(0, 0), M("-500").e8());  // worth 67500, cost 67000
  opening.adds = true;
  exposure.BringIn(opening);
  EXPECT_EQ(exposure.AccountCash(0), M("1000").e8());
  EXPECT_EQ(exposure.FindCell(0, 0)->position, Q("3"));
  EXPECT_EQ(exposure.DeskUsed(*exposure.FindDesk("crypto")), M("135000").e8());
  opening.adds = false;
  opening.account = "new";
  exposure.BringIn(opening);
  EXPECT_EQ(exposure.AccountCash(*exposure.FindAccount("new")), M("500").e8());
}

}  // namespace
}  // namespace tw::risk
