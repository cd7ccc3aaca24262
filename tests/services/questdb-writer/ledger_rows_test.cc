#include "services/questdb-writer/ledger_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/services/questdb-writer/ledger.h"

namespace tw::questdb_writer {
namespace {

namespace v1 = tradewind::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Lines(const ilp::LineBuffer& rows) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (const uint32_t end : rows.row_ends()) {
    lines.emplace_back(rows.bytes().substr(begin, end - begin - 1));
    begin = end;
  }
  return lines;
}

std::vector<std::string> RowsOf(v1::LedgerEvent event, uint64_t sequence = 12) {
  LedgerRows ledger{Accounts()};
  ilp::LineBuffer rows;
  event.set_sequence(sequence);
  const absl::Status made = ledger.Apply(event, &rows);
  EXPECT_TRUE(made.ok()) << made;
  return Lines(rows);
}

TEST(LedgerRowsTest, AnOrderEventSaysAllOfTheOrder) {
  EXPECT_THAT(
      RowsOf(Event(v1::ORDER_EVENT_KIND_SUBMITTED, v1::ORDER_STATUS_PENDING_NEW, 42)),
      ElementsAre("order_events,account=demo,symbol=BTCUSDT,event=SUBMITTED,status=PENDING_NEW,"
                  "side=BUY,type=LIMIT,time_in_force=GTC sequence=12i,order_id=\"3-42\","
                  "client_order_id=\"a-42\",quantity=0.1,price=45000,filled_quantity=0,"
                  "leaves_quantity=0.1 1800000000000000042"));
}

TEST(LedgerRowsTest, WhatDoesNotApplyIsLeftOut) {
  v1::LedgerEvent market = Event(v1::ORDER_EVENT_KIND_REJECTED, v1::ORDER_STATUS_REJECTED, 1);
  market.set_type(v1::ORDER_TYPE_MARKET);
  market.set_price_e8(0);
  market.set_reject_reason(v1::REJECT_REASON_RISK_UNAVAILABLE);
  const auto lines = RowsOf(market);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], Not(HasSubstr("price=")));
  EXPECT_THAT(lines[0], HasSubstr("type=MARKET"));
  EXPECT_THAT(lines[0], HasSubstr("reject_reason=RISK_UNAVAILABLE"));
}

TEST(LedgerRowsTest, EveryCheckIsARowWithItsOwnReason) {
  v1::LedgerEvent event = Approved(42);
  event.mutable_risk()->set_approved(false);
  event.mutable_risk()->mutable_checks(1)->set_passed(false);
  event.mutable_risk()->mutable_checks(1)->set_reason(v1::REJECT_REASON_MAX_POSITION);
  event.mutable_risk()->mutable_checks(1)->set_headroom_e8(-kUnit);
  const auto lines = RowsOf(event);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1],
            "risk_decisions,account=demo,symbol=BTCUSDT,check_name=MAX_ORDER_QUANTITY "
            "sequence=12i,order_id=\"3-42\",approved=f,limits_version=7i,reference_bid=44999,"
            "reference_ask=45001,input=0.1,limit_value=10,used=1,headroom=9 1800000000000000042");
  EXPECT_EQ(lines[2],
            "risk_decisions,account=demo,symbol=BTCUSDT,reason_code=MAX_POSITION,"
            "check_name=MAX_POSITION sequence=12i,order_id=\"3-42\",approved=f,limits_version=7i,"
            "reference_bid=44999,reference_ask=45001,input=0.1,limit_value=10,used=1,headroom=-1 "
            "1800000000000000042");
}

TEST(LedgerRowsTest, ADecisionWithoutChecksIsOneRowWithItsReason) {
  v1::LedgerEvent event = Event(v1::ORDER_EVENT_KIND_REJECTED, v1::ORDER_STATUS_REJECTED, 1);
  event.mutable_risk()->set_reason(v1::REJECT_REASON_KILL_SWITCH);
  const auto lines = RowsOf(event);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1],
            "risk_decisions,account=demo,symbol=BTCUSDT,reason_code=KILL_SWITCH sequence=12i,"
            "order_id=\"3-1\",approved=f,limits_version=0i 1800000000000000001");
}

TEST(LedgerRowsTest, AFillIsAFillAtTheVenuesTimeAndAPosition) {
  const auto lines = RowsOf(Filled(42, /*buy=*/true, 45'010));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], HasSubstr("average_fill_price=45010"));
  EXPECT_EQ(
      lines[1],
      "fills,account=demo,symbol=BTCUSDT,side=BUY,liquidity=TAKER,fee_currency=USDT,"
      "venue=PAPER fill_id=\"3-42-1\",order_id=\"3-42\",client_order_id=\"a-42\","
      "quantity=0.1,price=45010,fee=0.25,venue_exec_id=\"E42\",sequence=12i 1800000000000000037");
  EXPECT_EQ(lines[2],
            "positions,account=demo,symbol=BTCUSDT sequence=12i,quantity=0.1,average_price=45010,"
            "mark_price=45010,realized_pnl=0,unrealized_pnl=0 1800000000000000042");
}

TEST(LedgerRowsTest, PositionsRestOnEveryFillBeforeWrittenOrNot) {
  LedgerRows ledger{Accounts()};
  v1::LedgerEvent buy = Filled(1, /*buy=*/true, 45'000);
  buy.set_sequence(1);
  ASSERT_TRUE(ledger.Apply(buy, nullptr).ok());
  buy = Filled(2, /*buy=*/true, 46'000);
  buy.set_sequence(2);
  ASSERT_TRUE(ledger.Apply(buy, nullptr).ok());
  v1::LedgerEvent sell = Filled(3, /*buy=*/false, 47'000);
  sell.set_sequence(3);
  ilp::LineBuffer rows;
  ASSERT_TRUE(ledger.Apply(sell, &rows).ok());
  // Bought 0.2 at 45,500 on average; 0.1 sold at 47,000 makes 150, the rest is worth as much more.
  EXPECT_EQ(Lines(rows).back(),
            "positions,account=demo,symbol=BTCUSDT sequence=3i,quantity=0.1,average_price=45500,"
            "mark_price=47000,realized_pnl=150,unrealized_pnl=150 1800000000000000003");
}

TEST(LedgerRowsTest, AnEventWithoutATimeIsSaidAndTheNextOneIsTaken) {
  LedgerRows ledger{Accounts()};
  ilp::LineBuffer rows;
  v1::LedgerEvent event = Event(v1::ORDER_EVENT_KIND_SUBMITTED, v1::ORDER_STATUS_PENDING_NEW, 1);
  event.set_time_ns(0);
  EXPECT_TRUE(absl::IsInvalidArgument(ledger.Apply(event, &rows)));
  EXPECT_TRUE(rows.empty());
  event.set_time_ns(kStartNs);
  EXPECT_TRUE(ledger.Apply(event, &rows).ok());
  EXPECT_EQ(rows.rows(), 1u);
}

TEST(LedgerRowsTest, WhatIsBroughtInIsItsRowsAndThePositionsAfterIt) {
  v1::LedgerEvent event;
  event.set_time_ns(kStartNs);
  event.set_kind(v1::ORDER_EVENT_KIND_OPENING_IMPORTED);
  event.set_account("demo");
  v1::Opening& opening = *event.mutable_opening();
  opening.set_import_id("i-1");
  opening.set_by("ann");
  opening.set_reason("moved");
  opening.set_currency("USD");
  opening.set_cash_e8(500 * kUnit);
  for (const int64_t price : {180, 190}) {
    v1::OpeningLot& lot = *opening.add_lots();
    lot.set_symbol("IBM");
    lot.set_quantity_e8(2 * kUnit);
    lot.set_price_e8(price * kUnit);
    lot.set_opened_ns(price == 180 ? kStartNs / 2 : 0);
  }
  EXPECT_THAT(
      RowsOf(event),
      ElementsAre("openings,account=demo,currency=USD import_id=\"i-1\",sequence=12i,number=0i,"
                  "adds=f,imported_by=\"ann\",reason=\"moved\",cash=500 1800000000000000000",
                  "openings,account=demo,symbol=IBM import_id=\"i-1\",sequence=12i,number=1i,"
                  "adds=f,imported_by=\"ann\",reason=\"moved\",quantity=2,price=180,"
                  "opened=900000000000000000n 1800000000000000000",
                  "openings,account=demo,symbol=IBM import_id=\"i-1\",sequence=12i,number=2i,"
                  "adds=f,imported_by=\"ann\",reason=\"moved\",quantity=2,price=190 "
                  "1800000000000000000",
                  "positions,account=demo,symbol=IBM sequence=12i,quantity=4,average_price=185,"
                  "realized_pnl=0,unrealized_pnl=0 1800000000000000000"));
}

}  // namespace
}  // namespace tw::questdb_writer
