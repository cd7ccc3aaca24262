#include "services/risk/desk.h"

#include <gtest/gtest.h>

#include <map>

#include "libs/base/field_error.h"
#include "tests/services/risk/desk_fixture.h"

namespace tw::risk {
namespace {

using testing::DeskTest;
using testing::Event;
using testing::FillEvent;
using testing::GateBuy;
using testing::kNow;
using testing::P;
using testing::Quote;
using testing::TestInstruments;

TEST_F(DeskTest, RefusesUntilTheLedgerIsRead) {
  const v1::GateDecision before = Decide(GateBuy(OrderId(1, 1), "1", "45000"));
  EXPECT_FALSE(before.decision().approved());
  EXPECT_EQ(before.decision().reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  CatchUp();
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 2), "1", "45000")).decision().approved());
}

TEST_F(DeskTest, RefusesWhenTheLedgerIsOutOfSightTooLong) {
  CatchUp();
  desk_.OnLedgerLost(absl::UnavailableError("gone"));
  clock_.Advance(Duration::Seconds(5));
  desk_.OnFeedEvent(Quote("BTCUSDT", "45000", "45010", clock_.Now()));
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 1), "1", "45000")).decision().approved());
  clock_.Advance(Duration::Millis(1));
  EXPECT_EQ(Decide(GateBuy(OrderId(1, 2), "1", "45000")).decision().reason(),
            v1::REJECT_REASON_RISK_UNAVAILABLE);
  CatchUp();
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 3), "1", "45000")).decision().approved());
}

TEST_F(DeskTest, ABatchIsDecidedInItsOrderAndReservedAtOnce) {
  CatchUp();
  v1::GateRequest request;
  request.set_epoch(1);
  *request.add_orders() = GateBuy(OrderId(1, 1), "6", "45000");
  *request.add_orders() = GateBuy(OrderId(1, 2), "5", "45000");
  *request.add_orders() = GateBuy(OrderId(1, 3), "4", "45000");
  request.mutable_orders(1)->set_traced(true);
  const v1::GateResponse response = Gate(request);
  ASSERT_EQ(response.decisions_size(), 3);
  EXPECT_EQ(response.decisions(0).received_ns(), 0);
  EXPECT_GT(response.decisions(1).received_ns(), 0);
  EXPECT_GE(response.decisions(1).sent_ns(), response.decisions(1).received_ns());
  EXPECT_TRUE(response.decisions(0).decision().approved());
  EXPECT_EQ(response.decisions(1).decision().reason(), v1::REJECT_REASON_MAX_POSITION);
  EXPECT_TRUE(response.decisions(2).decision().approved());
  EXPECT_EQ(response.decisions(2).request(), 3u);
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "10");
  EXPECT_EQ(ExposureOf("BTCUSDT").reserved_notional(), "450000");
}

TEST_F(DeskTest, WhatOmsReleasesIsFreeForTheNextOrderOfTheSameMessage) {
  CatchUp();
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 1), "6", "45000")).decision().approved());
  v1::GateRequest request;
  request.set_epoch(1);
  request.add_released(OrderId(1, 1).value());
  request.add_released(OrderId(1, 9).value());  // nothing is held for it
  *request.add_orders() = GateBuy(OrderId(1, 2), "10", "45000");
  EXPECT_TRUE(Gate(request).decisions(0).decision().approved());
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "10");
}

TEST_F(DeskTest, ReleasingAReplaceLeavesWhatTheLedgerShows) {
  CatchUp();
  const OrderId id(1, 1);
  EXPECT_TRUE(Decide(GateBuy(id, "2", "45000")).decision().approved());
  desk_.OnLedgerEvent(Event(id, v1::ORDER_EVENT_KIND_ACCEPTED, v1::ORDER_STATUS_NEW, "2"));
  v1::GateOrder replace = GateBuy(id, "5", "45000");
  replace.set_replace(true);
  EXPECT_TRUE(Decide(replace).decision().approved());
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "5");
  v1::GateRequest request;
  request.add_released(id.value());
  EXPECT_EQ(Gate(request).decisions_size(), 0);
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "2");
}

TEST_F(DeskTest, APreviewReservesNothing) {
  CatchUp();
  v1::GateOrder order = GateBuy(OrderId(1, 1), "6", "45000");
  order.set_preview(true);
  EXPECT_TRUE(Decide(order).decision().approved());
  EXPECT_EQ(ExposureOf("BTCUSDT").symbol(), "");
}

TEST_F(DeskTest, AMarketOrderGoesOutAtTheCollar) {
  CatchUp();
  v1::GateOrder order = GateBuy(OrderId(1, 1), "1", "0");
  order.set_type(v1::ORDER_TYPE_MARKET);
  order.set_time_in_force(v1::TIME_IN_FORCE_IOC);
  const v1::GateDecision decision = Decide(order);
  EXPECT_TRUE(decision.decision().approved()) << decision.decision().message();
  EXPECT_EQ(decision.reserve_price_e8(), P("49511").e8());
  EXPECT_EQ(decision.decision().reference_ask_e8(), P("45010").e8());
}

TEST_F(DeskTest, AnOrderItCannotReadIsRefused) {
  CatchUp();
  v1::GateOrder order = GateBuy(OrderId(1, 1), "1", "45000");
  order.set_side(v1::SIDE_UNSPECIFIED);
  EXPECT_EQ(Decide(order).decision().reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
  order.set_side(static_cast<v1::Side>(77));
  EXPECT_EQ(Decide(order).decision().reason(), v1::REJECT_REASON_RISK_UNAVAILABLE);
}

TEST_F(DeskTest, TheViewIsThatOfTheLedger) {
  CatchUp();
  const OrderId id(1, 1);
  ASSERT_TRUE(Decide(GateBuy(id, "3", "45000")).decision().approved());
  v1::LedgerEvent submitted =
      Event(id, v1::ORDER_EVENT_KIND_SUBMITTED, v1::ORDER_STATUS_PENDING_NEW, "3");
  submitted.set_reserve_price_e8(0);
  submitted.set_sequence(1);
  desk_.OnLedgerEvent(submitted);
  EXPECT_EQ(ExposureOf("BTCUSDT").reserved_notional(), "135000") << "held until risk's answer";
  desk_.OnLedgerEvent(Event(id, v1::ORDER_EVENT_KIND_APPROVED, v1::ORDER_STATUS_PENDING_NEW, "3"));
  v1::LedgerEvent fill = FillEvent(id, "1", "2");
  fill.set_sequence(3);
  desk_.OnLedgerEvent(fill);
  EXPECT_EQ(ExposureOf("BTCUSDT").position(), "1");
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "2");
  EXPECT_EQ(ExposureOf("BTCUSDT").reserved_notional(), "90000");
  EXPECT_EQ(ExposureOf("BTCUSDT").position_notional(), "45005");
  EXPECT_EQ(ExposureOf("BTCUSDT").used_exposure(), "135005");
  EXPECT_EQ(desk_.ledger_sequence(), 3u);
  desk_.OnLedgerEvent(Event(id, v1::ORDER_EVENT_KIND_CANCELED, v1::ORDER_STATUS_CANCELED, "0"));
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "0");
  EXPECT_EQ(ExposureOf("BTCUSDT").reserved_notional(), "0");
}

TEST_F(DeskTest, ANewEpochOfOmsDropsWhatItsLedgerDoesNotShow) {
  CatchUp(1);
  ASSERT_TRUE(Decide(GateBuy(OrderId(1, 1), "9", "45000"), 1).decision().approved());
  EXPECT_EQ(Decide(GateBuy(OrderId(2, 1), "9", "45000"), 2).decision().reason(),
            v1::REJECT_REASON_MAX_POSITION)
      << "kept until the new epoch's ledger was read";
  CatchUp(2);
  EXPECT_TRUE(Decide(GateBuy(OrderId(2, 2), "9", "45000"), 2).decision().approved());
}

TEST_F(DeskTest, AnApprovalThatNeverReachesTheLedgerIsTakenBack) {
  CatchUp();
  ASSERT_TRUE(Decide(GateBuy(OrderId(1, 1), "9", "45000")).decision().approved());
  clock_.Advance(Duration::Seconds(30));
  desk_.Sweep();
  EXPECT_EQ(ExposureOf("BTCUSDT").open_buy(), "9");
  clock_.Advance(Duration::Millis(1));
  desk_.Sweep();
  EXPECT_EQ(ExposureOf("BTCUSDT").symbol(), "");
  ASSERT_FALSE(findings_.empty());
  EXPECT_EQ(findings_.back().kind, AlertKind::kReservationsDropped);
}

TEST_F(DeskTest, OnlyALiveFreshUncrossedBookIsAReference) {
  CatchUp();
  clock_.Advance(Duration::Seconds(6));
  const v1::GateOrder order = GateBuy(OrderId(1, 1), "1", "45000");
  v1::FeedEvent recorded = Quote("BTCUSDT", "45000", "45010", clock_.Now());
  recorded.set_recorded(true);
  desk_.OnFeedEvent(recorded);
  EXPECT_EQ(Decide(order).decision().reason(), v1::REJECT_REASON_STALE_REFERENCE_PRICE);

  // A trade shows that the book is alive.
  v1::FeedEvent trade = Quote("BTCUSDT", "1", "1", clock_.Now());
  trade.mutable_trade()->set_price_e8(P("45005").e8());
  desk_.OnFeedEvent(trade);
  EXPECT_TRUE(Decide(order).decision().approved());

  v1::FeedEvent state = Quote("BTCUSDT", "1", "1", clock_.Now());
  state.mutable_book_state()->set_stale(true);
  desk_.OnFeedEvent(state);
  EXPECT_EQ(Decide(GateBuy(OrderId(1, 2), "1", "45000")).decision().reason(),
            v1::REJECT_REASON_STALE_REFERENCE_PRICE);
  desk_.OnFeedRestart();
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 3), "1", "45000")).decision().approved());
}

TEST_F(DeskTest, TellsOfRefusalsOfNearLimitsAndOfBreaches) {
  CatchUp();
  Decide(GateBuy(OrderId(1, 1), "11", "45000"));
  ASSERT_EQ(findings_.size(), 1u);
  EXPECT_EQ(findings_[0].kind, AlertKind::kOrderRefused);
  EXPECT_EQ(findings_[0].message, "order quantity 11 is above the limit of 10");
  EXPECT_EQ(findings_[0].account, "a");

  ASSERT_TRUE(Decide(GateBuy(OrderId(1, 2), "8", "45000")).decision().approved());
  ASSERT_EQ(findings_.size(), 2u);
  EXPECT_EQ(findings_[1].kind, AlertKind::kLimitNear);

  desk_.OnLedgerEvent(FillEvent(OrderId(1, 2), "8", "0"));
  desk_.Sweep();
  ASSERT_EQ(findings_.size(), 2u);
  desk_.OnFeedEvent(Quote("BTCUSDT", "63000", "63010", kNow));
  desk_.Sweep();
  ASSERT_EQ(findings_.size(), 3u);
  EXPECT_EQ(findings_[2].kind, AlertKind::kLimitBreached);
  EXPECT_EQ(findings_[2].message, "the position is 504040, the limit 500000");
}

TEST_F(DeskTest, CheckSaysWhatEachCheckFound) {
  CatchUp();
  v1::CheckOrderRequest request;
  request.set_account("a");
  request.set_symbol("BTCUSDT");
  request.set_side(v1::SIDE_BUY);
  request.set_quantity("0.1");
  auto response = desk_.Check(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(response->approved()) << response->reason();
  EXPECT_EQ(response->risk_level(), v1::RISK_LEVEL_LOW);
  EXPECT_EQ(response->checks(response->checks_size() - 1).name(), "max_firm_exposure")
      << "the last of those that always run";
  EXPECT_EQ(response->reference_bid(), "45000");

  request.set_quantity("100");
  response = desk_.Check(request);
  ASSERT_TRUE(response.ok());
  EXPECT_FALSE(response->approved());
  EXPECT_EQ(response->reason_code(), v1::REJECT_REASON_MAX_ORDER_QUANTITY);
  EXPECT_EQ(response->risk_level(), v1::RISK_LEVEL_CRITICAL);
  const v1::RiskCheck& last = response->checks(response->checks_size() - 1);
  EXPECT_EQ(last.name(), "max_order_quantity");
  EXPECT_EQ(last.input(), "100");
  EXPECT_EQ(last.limit(), "10");
  EXPECT_EQ(last.headroom(), "10");

  request.set_quantity("5");
  request.set_price("45000");
  EXPECT_EQ(desk_.Check(request)->risk_level(), v1::RISK_LEVEL_MEDIUM);
  request.set_quantity("9");
  response = desk_.Check(request);
  EXPECT_EQ(response->risk_level(), v1::RISK_LEVEL_HIGH);
  EXPECT_GT(response->warnings_size(), 0);
  EXPECT_EQ(ExposureOf("BTCUSDT").symbol(), "") << "reserves nothing";
  EXPECT_TRUE(findings_.empty()) << "tells nobody";
}

TEST_F(DeskTest, CheckNamesTheFieldAtFault) {
  v1::CheckOrderRequest good;
  good.set_symbol("BTCUSDT");
  good.set_side(v1::SIDE_BUY);
  good.set_quantity("1");
  good.set_price("45000");
  const auto field = [&](auto edit) {
    v1::CheckOrderRequest request = good;
    edit(request);
    return FieldOf(desk_.Check(request).status());
  };
  EXPECT_EQ(field([](auto&) {}), "");
  EXPECT_EQ(field([](auto& r) { r.set_symbol(""); }), "symbol");
  EXPECT_EQ(field([](auto& r) { r.set_side(v1::SIDE_UNSPECIFIED); }), "side");
  EXPECT_EQ(field([](auto& r) { r.set_quantity(""); }), "quantity");
  EXPECT_EQ(field([](auto& r) { r.set_quantity("0"); }), "quantity");
  EXPECT_EQ(field([](auto& r) { r.set_price("-1"); }), "price");
  EXPECT_EQ(field([](auto& r) { r.set_order_type(static_cast<v1::OrderType>(99)); }), "order_type");
}

TEST(DeskAccountsTest, AListedAccountIsBoundedByItsEquityDeskAndEntitlements) {
  const ManualClock clock(kNow);
  tw::Account account;
  account.name = "m";
  account.desk = "crypto";
  account.listed = true;
  account.opening_cash = testing::M("9000");
  account.margin_rate = *Rate::Parse("0.5");
  account.symbols = {"BTCUSDT"};
  Desk desk(clock, TestInstruments(), tw::Accounts({account}, true, "h"),
            {testing::DefaultRows(), Rules(), "hash"}, RiskConfig(), RiskMetrics());
  v1::LedgerBatch batch;
  batch.set_epoch(1);
  desk.OnLedgerBatch(batch, true);
  desk.OnFeedEvent(Quote("BTCUSDT", "45000", "45010", kNow));
  desk.OnFeedEvent(Quote("IBM", "180", "180.10", kNow));
  const auto check = [&](const char* symbol, const char* quantity, const char* price) {
    v1::CheckOrderRequest request;
    request.set_account("m");
    request.set_symbol(symbol);
    request.set_side(v1::SIDE_BUY);
    request.set_quantity(quantity);
    request.set_price(price);
    return desk.Check(request)->reason_code();
  };
  EXPECT_EQ(check("BTCUSDT", "0.4", "45000"), v1::REJECT_REASON_NONE);
  EXPECT_EQ(check("BTCUSDT", "0.40001", "45000"), v1::REJECT_REASON_BUYING_POWER);
  EXPECT_EQ(check("IBM", "1", "180"), v1::REJECT_REASON_NOT_ENTITLED);
  desk.Write([](State& state, Alerts&) {
    state.controls.Apply(
        KillSwitchChanged{true, false, 1, "r", "ana", kNow, LimitScope::kDesk, "crypto"});
  });
  EXPECT_EQ(check("BTCUSDT", "0.1", "45000"), v1::REJECT_REASON_KILL_SWITCH);
}

// What the desk tells to be kept: the mark of an account with a limit on its losses.
TEST_F(DeskTest, TheEquityOfAnAccountWithALossLimitIsKept) {
  std::vector<EquityMarked> kept;
  desk_.OnChange([&](tw::risk::Event change) {
    if (const auto* mark = std::get_if<EquityMarked>(&change)) {
      kept.push_back(*mark);
    }
  });
  CatchUp();
  desk_.OnLedgerEvent(FillEvent(OrderId(1, 1), "1", "0"));
  desk_.Sweep();
  EXPECT_TRUE(kept.empty()) << "no such limit: known, not kept";
  desk_.Write([](State& state, Alerts&) {
    NewLimits command;
    command.key = {LimitScope::kAccount, "*", ""};
    command.max_daily_loss = {Edit<Money>::Kind::kSet, testing::M("100")};
    command.reason = "test";
    state.limits.Apply(*state.limits.Decide(command, kNow));
  });
  clock_.Advance(Duration::Seconds(86'400));
  desk_.OnFeedEvent(Quote("BTCUSDT", "45000", "45010", clock_.Now()));
  CatchUp();
  desk_.Sweep();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].account, "a");
  EXPECT_EQ(kept[0].day_start, testing::M("1000005"));
  // 105 lost on paper: nothing more is opened.
  desk_.OnFeedEvent(Quote("BTCUSDT", "44895", "44905", clock_.Now()));
  const v1::GateDecision refused = Decide(GateBuy(OrderId(1, 2), "0.1", "44900"));
  EXPECT_EQ(refused.decision().reason(), v1::REJECT_REASON_MAX_DAILY_LOSS);
  EXPECT_EQ(refused.decision().message(),
            "the account has lost 105 today, the limit is 100; only closing orders are taken");
}

TEST_F(DeskTest, WhatWasSentAMomentAgoIsRememberedPreviewsAreNot) {
  CatchUp();
  desk_.Write([](State& state, Alerts&) {
    NewLimits command;
    command.key = {LimitScope::kAccount, "a", ""};
    command.max_message_rate = {Edit<Number>::Kind::kSet, Number::FromUnits(1)};
    command.reason = "test";
    state.limits.Apply(*state.limits.Decide(command, kNow));
  });
  v1::GateOrder preview = GateBuy(OrderId(1, 1), "0.1", "45000");
  preview.set_preview(true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Decide(preview).decision().approved());
  }
  EXPECT_TRUE(Decide(GateBuy(OrderId(1, 2), "0.1", "45000")).decision().approved());
  EXPECT_EQ(Decide(GateBuy(OrderId(1, 3), "0.1", "45000")).decision().reason(),
            v1::REJECT_REASON_MESSAGE_RATE);
}

// What was brought in counts for limits, and is neither a gain nor a loss.
TEST_F(DeskTest, ExposureIsToldByFirmDeskAndStrategyToo) {
  CatchUp();
  v1::GateOrder order = GateBuy(OrderId(1, 1), "1", "45000");
  order.set_strategy("burst");
  ASSERT_TRUE(Decide(order).decision().approved());
  const auto all = desk_.GetExposure(v1::GetExposureRequest());
  std::map<std::string, v1::ScopeExposure> scopes;
  for (const v1::ScopeExposure& scope : all.scopes()) {
    scopes[scope.scope() + " " + scope.name()] = scope;
  }
  ASSERT_EQ(scopes.size(), 3u) << "none of a desk or strategy that has nothing";
  for (const char* const name : {"firm ", "desk default", "strategy burst"}) {
    EXPECT_EQ(scopes[name].used_exposure(), "45000") << name;
    EXPECT_EQ(scopes[name].open_value(), "45000") << name;
    EXPECT_EQ(scopes[name].open_orders(), 1) << name;
    EXPECT_EQ(scopes[name].net_exposure(), "0") << name;
  }
  EXPECT_EQ(all.firm_exposure(), scopes["firm "].used_exposure());
  v1::GetExposureRequest one;
  one.set_account("demo");
  EXPECT_EQ(desk_.GetExposure(one).scopes_size(), 0) << "those are of many accounts";
}

}  // namespace
}  // namespace tw::risk
