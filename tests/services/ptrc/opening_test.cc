// What accounts bring in: ptrc's lots are the same however the ledger and the venue's drop copy
// come, and nothing of it is a break.
#include <gtest/gtest.h>

#include <string>

#include "services/ptrc/state.h"

#include "libs/testing/e8.h"

namespace tw::ptrc {
namespace {

namespace v1 = tradewind::v1;
using tw::testing::kE8;

constexpr Timestamp At(int64_t seconds) {
  return {1'800'000'000'000'000'000 + seconds * 1'000'000'000};
}

v1::Execution Sold(uint64_t number, int64_t quantity, int64_t second) {
  v1::Execution out;
  out.set_kind(v1::EXECUTION_KIND_FILLED);
  out.set_execution_sequence(number);
  out.set_venue("PAPER");
  out.set_venue_exec_id("P-" + std::to_string(number));
  out.set_order_id(OrderId(1, 7).value());
  out.set_account("demo");
  out.set_symbol("IBM");
  out.set_side(v1::SIDE_SELL);
  out.set_quantity_e8(quantity * kE8);
  out.set_price_e8(200 * kE8);
  out.set_venue_time_ns(At(second).ns);
  return out;
}

v1::LedgerEvent Filled(const v1::Execution& execution, uint64_t sequence) {
  v1::LedgerEvent out;
  out.set_kind(v1::ORDER_EVENT_KIND_FILLED);
  out.set_sequence(sequence);
  out.set_order_id(execution.order_id());
  out.set_account(execution.account());
  out.set_symbol(execution.symbol());
  out.set_side(execution.side());
  *out.mutable_execution() = execution;
  return out;
}

// 5 at 180 and 5 at 190, in place of what the file says.
v1::LedgerEvent Opened(uint64_t sequence, int64_t second) {
  v1::LedgerEvent out;
  out.set_kind(v1::ORDER_EVENT_KIND_OPENING_IMPORTED);
  out.set_sequence(sequence);
  out.set_time_ns(At(second).ns);
  out.set_account("demo");
  out.mutable_opening()->set_import_id("i-1");
  for (const int64_t price : {180, 190}) {
    v1::OpeningLot& lot = *out.mutable_opening()->add_lots();
    lot.set_symbol("IBM");
    lot.set_quantity_e8(5 * kE8);
    lot.set_price_e8(price * kE8);
    lot.set_opened_ns(price);
  }
  return out;
}

Accounts Demo() {
  Account account;
  account.name = "demo";
  account.opening_positions = {{"IBM", Quantity::FromUnits(3), Price::FromUnits(100)}};
  return Accounts({account}, true, "h");
}

class PtrcOpeningTest : public ::testing::Test {
 protected:
  std::string Lots() {
    std::string out;
    const v1::ListLotsResponse lots = state_.Lots(v1::ListLotsRequest());
    for (const v1::Lot& lot : lots.lots()) {
      out += lot.open_fill_id() + " " + lot.quantity() + "@" + lot.price() + ";";
    }
    return out;
  }
  // pnl says `quantity` as of a ledger sequence, for an hour.
  void ExpectNoBreak(int64_t quantity, uint64_t ledger_sequence) {
    for (const int64_t second : {100, 3'700}) {
      state_.OnPnlPositions({{{"demo", "IBM"}, Quantity::FromUnits(quantity)}}, ledger_sequence);
      state_.OnTime(At(second), At(50));
    }
    EXPECT_EQ(state_.counts().open_breaks, 0u);
    EXPECT_EQ(state_.counts().unmatched, 0u);
    EXPECT_EQ(state_.counts().trades + state_.counts().alerts, trades_);
  }

  PtrcState state_{Demo(), PtrcLimits()};
  uint64_t trades_ = 0;
};

TEST_F(PtrcOpeningTest, LotsAreThereOnceBothStreamsAreCurrent) {
  state_.OnLedgerEvent(Opened(1, 10), At(10));
  EXPECT_EQ(Lots(), "opening 3@100;") << "what the venue did before may yet come";
  state_.OnTime(At(11), At(11));
  EXPECT_EQ(Lots(), "i-1/1 5@180;i-1/2 5@190;");
  ExpectNoBreak(10, 1);
}

TEST_F(PtrcOpeningTest, ATradeAfterItTakesOfItsLots) {
  state_.OnLedgerEvent(Opened(1, 10), At(10));
  state_.OnExecution(Sold(1, 7, 20), At(20));
  EXPECT_EQ(Lots(), "i-1/2 3@190;");
  state_.OnLedgerEvent(Filled(Sold(1, 7, 20), 2), At(20));
  trades_ = 1;
  ExpectNoBreak(3, 2);
}

TEST_F(PtrcOpeningTest, ATradeBeforeItIsBookedBeforeItAlsoWhenTheLedgerIsReadFirst) {
  v1::LedgerEvent adds = Opened(2, 30);
  adds.mutable_opening()->set_adds(true);
  state_.OnLedgerEvent(Filled(Sold(1, 2, 20), 1), At(40));
  state_.OnLedgerEvent(adds, At(40));
  state_.OnExecution(Sold(1, 2, 20), At(41));  // of the 3 of the file
  EXPECT_EQ(Lots(), "opening 1@100;");
  state_.OnTime(At(42), At(42));
  EXPECT_EQ(Lots(), "opening 1@100;i-1/1 5@180;i-1/2 5@190;");
  trades_ = 1;
  ExpectNoBreak(11, 2);
}

TEST_F(PtrcOpeningTest, APositionThatPnlDoesNotShowIsABreak) {
  state_.OnLedgerEvent(Opened(1, 10), At(10));
  for (const int64_t second : {100, 3'700}) {
    state_.OnPnlPositions({{{"demo", "IBM"}, Quantity::FromUnits(3)}}, 1);
    state_.OnTime(At(second), At(50));
  }
  EXPECT_EQ(state_.counts().open_breaks, 1u);
}

}  // namespace
}  // namespace tw::ptrc
