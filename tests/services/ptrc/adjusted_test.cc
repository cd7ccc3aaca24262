// Trades that the venue takes back or puts right: both sides book them alike, and nothing breaks.
#include <gtest/gtest.h>

#include "services/ptrc/state.h"

#include "libs/testing/e8.h"

namespace tw::ptrc {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::kE8;
constexpr Timestamp kNow{1'800'000'000'000'000'000};

v1::Execution Execution(v1::ExecutionKind kind, uint64_t number, int64_t quantity, int64_t price) {
  v1::Execution out;
  out.set_kind(kind);
  out.set_execution_sequence(number);
  out.set_venue("PAPER");
  out.set_venue_exec_id("P-" + std::to_string(number));
  out.set_order_id(OrderId(1, 7).value());
  out.set_account("demo");
  out.set_symbol("BTCUSDT");
  out.set_side(v1::SIDE_BUY);
  out.set_quantity_e8(quantity * kE8);
  out.set_price_e8(price * kE8);
  out.set_fee_e8(kE8);
  return out;
}

// As oms writes it: what is taken back is negative, and of a correction has a name of its own.
v1::LedgerEvent Event(v1::OrderEventKind kind, v1::Execution execution, uint64_t sequence) {
  v1::LedgerEvent out;
  out.set_kind(kind);
  out.set_sequence(sequence);
  out.set_order_id(execution.order_id());
  out.set_account(execution.account());
  out.set_symbol(execution.symbol());
  out.set_side(execution.side());
  *out.mutable_execution() = std::move(execution);
  return out;
}

v1::Execution TakenBack(v1::Execution execution, const std::string& exec_id) {
  execution.set_venue_exec_id(exec_id);
  execution.set_quantity_e8(-execution.quantity_e8());
  execution.set_fee_e8(-execution.fee_e8());
  return execution;
}

class AdjustedTest : public ::testing::Test {
 protected:
  std::string Held() {
    const v1::ListPositionsResponse held = state_.Positions(v1::ListPositionsRequest());
    return held.positions_size() == 1 ? held.positions(0).quantity() : "none";
  }
  void ExpectNothingBroken() {
    state_.OnTime(kNow + Duration::Seconds(3'600), kNow);
    EXPECT_EQ(state_.counts().open_breaks, 0U);
    EXPECT_EQ(state_.counts().unmatched, 0U);
    EXPECT_EQ(state_.counts().alerts, 0U);
  }

  PtrcState state_{Accounts(), PtrcLimits()};
};

TEST_F(AdjustedTest, ABustIsATradeTheOtherWayOnBothSides) {
  const v1::Execution fill = Execution(v1::EXECUTION_KIND_FILLED, 1, 3, 100);
  const v1::Execution bust = Execution(v1::EXECUTION_KIND_TRADE_BUSTED, 2, 3, 100);
  state_.OnExecution(fill, kNow);
  state_.OnExecution(bust, kNow);
  EXPECT_EQ(Held(), "0");
  state_.OnLedgerEvent(Event(v1::ORDER_EVENT_KIND_FILLED, fill, 1), kNow);
  state_.OnLedgerEvent(Event(v1::ORDER_EVENT_KIND_TRADE_BUSTED, TakenBack(fill, "P-2"), 2), kNow);
  EXPECT_EQ(state_.counts().matched, 2U);
  ExpectNothingBroken();
}

TEST_F(AdjustedTest, ACorrectionIsWhatWasTakenBackAndWhatItIsNow) {
  const v1::Execution fill = Execution(v1::EXECUTION_KIND_FILLED, 1, 3, 100);
  v1::Execution correction = Execution(v1::EXECUTION_KIND_TRADE_CORRECTED, 2, 2, 99);
  correction.set_original_quantity_e8(3 * kE8);
  correction.set_original_price_e8(100 * kE8);
  correction.set_original_fee_e8(kE8);
  state_.OnExecution(fill, kNow);
  state_.OnExecution(correction, kNow);
  EXPECT_EQ(Held(), "2");
  state_.OnLedgerEvent(Event(v1::ORDER_EVENT_KIND_FILLED, fill, 1), kNow);
  state_.OnLedgerEvent(Event(v1::ORDER_EVENT_KIND_TRADE_CORRECTED, TakenBack(fill, "P-2.0"), 2),
                       kNow);
  state_.OnLedgerEvent(Event(v1::ORDER_EVENT_KIND_TRADE_CORRECTED, correction, 3), kNow);
  EXPECT_EQ(state_.counts().matched, 3U);
  ExpectNothingBroken();
}

TEST(TradesReportTest, SaysHowManyTradesAreTooOldToBeInIt) {
  PtrcLimits limits;
  limits.trades_max = 2;
  PtrcState state(Accounts(), limits);
  v1::CreateReportRequest trades;
  trades.set_kind(v1::REPORT_KIND_TRADES);
  for (uint64_t number = 1; number <= 5; ++number) {
    state.OnExecution(Execution(v1::EXECUTION_KIND_FILLED, number, 1, 100), kNow);
    const auto report = state.Report(trades);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->older(), number <= 2 ? 0U : number - 2);
    EXPECT_NE(report->content().find("P-" + std::to_string(number)), std::string::npos);
  }
  trades.set_kind(v1::REPORT_KIND_POSITIONS);
  EXPECT_EQ(state.Report(trades)->older(), 0U);
}

}  // namespace
}  // namespace tw::ptrc
