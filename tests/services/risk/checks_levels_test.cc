// The checks of people's controls, of pace, of sums at every level, and of equity.
#include <gtest/gtest.h>

#include "tests/services/risk/cases.h"

namespace tw::risk {
namespace testing {
namespace {

using SetUp = std::function<void(State&)>;

OrderTerms Buy(const char* quantity, const char* price) {
  return Limit(Side::kBuy, "BTCUSDT", Q(quantity), P(price));
}
OrderTerms Sell(const char* quantity, const char* price) {
  return Limit(Side::kSell, "BTCUSDT", Q(quantity), P(price));
}
Number N(const char* text) {
  return *Number::Parse(text);
}

SetUp All(const std::vector<SetUp>& steps) {
  return [steps](State& s) {
    for (const SetUp& step : steps) {
      step(s);
    }
  };
}

// A limit of account "a".
template <typename T>
SetUp OfAccount(Edit<T> NewLimits::*member, T value) {
  return [=](State& s) {
    SetLimit(s, {LimitScope::kAccount, "a", ""}, [&](NewLimits& c) { c.*member = Set(value); });
  };
}

SetUp Rules(std::function<void(AccountRules&)> edit) {
  return [edit](State& s) { edit(s.account_rules["a"]); };
}

// "a" is long so much at 45,000; the mark is 45,005.
SetUp Long(const char* quantity, const char* strategy = "") {
  return [=](State& s) {
    OrderView fill = Filled(kHeld, Side::kBuy, "BTCUSDT", Q(quantity), P("45000"));
    fill.strategy = strategy;
    s.exposure.Apply(fill);
  };
}

// A buy of so much rests at 45,000.
SetUp Resting(const char* quantity) {
  return [=](State& s) {
    s.exposure.Apply(Working(kOpen, Side::kBuy, "BTCUSDT", Q(quantity), P("45000")));
  };
}

SetUp Sent(OrderTerms order, Duration ago) {
  return [=](State& s) {
    const Decision decision = Check(s, order, kNow - ago);
    ASSERT_TRUE(decision.approved()) << RefusalMessage(decision, order);
    Remember(s, order, decision);
  };
}

SetUp Quoted(const char* bid, const char* ask) {
  return [=](State& s) { s.SetReference(0, P(bid), P(ask), kNow); };
}

SetUp Marked(const char* day_start, const char* peak) {
  return [=](State& s) {
    s.Apply(EquityMarked{"a", kNow.ns / 86'400'000'000'000, M(day_start), M(peak), kNow});
  };
}

}  // namespace

std::vector<Case> ControlCases() {
  const OrderTerms good = Buy("0.1", "45000");
  const auto of_strategy = [&](const char* name) {
    return With(good, [&](OrderTerms& o) { o.strategy = name; });
  };
  const auto may_trade = [](const char* symbol) {
    return Rules([symbol](AccountRules& r) { r.symbols = {"ETHUSDT", symbol}; });
  };
  const auto short_sale = [](ShortSale how) {
    return Rules([how](AccountRules& r) { r.short_sale = how; });
  };
  const SetUp located = [](State& s) {
    SetLimit(s, {LimitScope::kAccountSymbol, "a", "BTCUSDT"},
             [](NewLimits& c) { c.locate_quantity = Set(Q("2")); });
  };
  const SetUp restricted = [](State& s) {
    s.controls.Apply(SymbolBlockChanged{"BTCUSDT", true, "merger", "ana", kNow, true});
  };
  return {
      {"entitlement", CheckId::kSymbolEntitled, RejectReason::kNotEntitled, may_trade("BTCUSDT"),
       good, may_trade("IBM"), good},
      {"strategy's name", CheckId::kStrategyKnown, RejectReason::kUnknownStrategy, Nothing,
       of_strategy("mean-reversion.v2"), Nothing, of_strategy("mean reversion")},
      {"strategy switched off", CheckId::kStrategyEnabled, RejectReason::kStrategyDisabled, Nothing,
       of_strategy("s"),
       [](State& s) {
         s.controls.Apply(StrategyChanged{"s", true, "too many", "throttle", kNow});
       },
       of_strategy("s")},
      {"restricted", CheckId::kSymbolRestricted, RejectReason::kSymbolRestricted,
       All({Long("1"), restricted}), Sell("1", "45000"), Nothing, Sell("1.00001", "45000")},
      {"short sale", CheckId::kShortSale, RejectReason::kShortSale,
       All({Long("1"), short_sale(ShortSale::kForbidden)}), Sell("1", "45000"), Nothing,
       Sell("1.00001", "45000")},
      {"locate", CheckId::kShortSale, RejectReason::kLocateRequired,
       All({Long("1"), short_sale(ShortSale::kLocate), located}), Sell("3", "45000"), Nothing,
       Sell("3.00001", "45000")},
  };
}

std::vector<Case> PaceCases() {
  const OrderTerms good = Buy("0.1", "45000");
  const SetUp rate = OfAccount(&NewLimits::max_message_rate, N("2"));
  const SetUp window = All({Long("1"), OfAccount(&NewLimits::duplicate_window_ms, N("1000"))});
  const SetUp own = All({Long("1"), OfAccount(&NewLimits::own_collar_percent, N("1")),
                         Sent(good, Duration::Seconds(30))});
  return {
      {"message rate", CheckId::kMessageRate, RejectReason::kMessageRate,
       All({rate, Sent(good, Duration())}), good, Sent(good, Duration()), good},
      {"own price", CheckId::kOwnPriceCollar, RejectReason::kOwnPriceCollar, own,
       Buy("0.1", "45450"), Nothing, Buy("0.1", "45450.01")},
      {"own price below", CheckId::kOwnPriceCollar, RejectReason::kOwnPriceCollar, own,
       Buy("0.1", "44550"), Nothing, Buy("0.1", "44549.99")},
      {"duplicate", CheckId::kDuplicateOrder, RejectReason::kDuplicateOrder,
       All({window, Sent(good, Duration::Millis(1000))}), good,
       Sent(Buy("0.2", "45000"), Duration::Millis(999)), Buy("0.2", "45000")},
      {"open orders", CheckId::kMaxOpenOrders, RejectReason::kMaxOpenOrders,
       OfAccount(&NewLimits::max_open_orders, N("1")), good, Resting("1"), good},
  };
}

std::vector<Case> SumCases() {
  const SetUp held = All({Long("4"), Resting("3")});
  const auto by_b = [](const char* price) {
    return With(Buy("1", price), [](OrderTerms& o) { o.account = "b"; });
  };
  const auto of_s = [](const char* price) {
    return With(Buy("1", price), [](OrderTerms& o) { o.strategy = "s"; });
  };
  const auto exposure = [](const LimitKey& key, const char* money) {
    return
        [=](State& s) { SetLimit(s, key, [&](NewLimits& c) { c.max_exposure = Set(M(money)); }); };
  };
  const LimitKey desk{LimitScope::kDesk, "", "", "default"};
  const LimitKey symbol{LimitScope::kSymbol, "", "BTCUSDT"};
  const LimitKey strategy{LimitScope::kStrategy, "", "", "", "s"};
  return {
      {"desk exposure", CheckId::kMaxExposure, RejectReason::kMaxExposure,
       All({held, exposure(desk, "360020")}), by_b("45000"), Nothing, by_b("45000.01")},
      {"symbol exposure", CheckId::kMaxExposure, RejectReason::kMaxExposure,
       All({held, exposure(symbol, "360020")}), by_b("45000"), Nothing, by_b("45000.01")},
      {"strategy exposure", CheckId::kMaxExposure, RejectReason::kMaxExposure,
       All({Long("1", "s"), exposure(strategy, "90010")}), of_s("45005"), Nothing,
       of_s("45005.01")},
      {"net exposure", CheckId::kMaxNetExposure, RejectReason::kMaxNetExposure,
       All({held, OfAccount(&NewLimits::max_net_exposure, M("360020"))}), Buy("1", "45000"),
       Nothing, Buy("1", "45000.01")},
      {"open value", CheckId::kMaxOpenValue, RejectReason::kMaxOpenValue,
       All({held, OfAccount(&NewLimits::max_open_value, M("180000"))}), Buy("1", "45000"), Nothing,
       Buy("1", "45000.01")},
      // Equity 1,000,020, of it 36 %: 360,007.20; in use 180,020 and 135,000.
      {"concentration", CheckId::kMaxConcentration, RejectReason::kMaxConcentration,
       All({held, OfAccount(&NewLimits::max_concentration_percent, N("36"))}), Buy("1", "44987.20"),
       Nothing, Buy("1", "44987.21")},
  };
}

std::vector<Case> EquityCases() {
  const OrderTerms good = Buy("0.1", "45000");
  const auto margin = [](const char* cash, const char* rate, const char* maintenance) {
    return [=](State& s) {
      AccountRules& rules = s.account_rules["a"];
      rules.listed = true;
      rules.margin_rate = *Rate::Parse(rate);
      rules.maintenance_rate = *Rate::Parse(maintenance);
      s.exposure.SetAccount("a", "default", M(cash));
    };
  };
  const SetUp daily = All({Long("4"), OfAccount(&NewLimits::max_daily_loss, M("1000"))});
  const SetUp drawdown = All({Long("4"), OfAccount(&NewLimits::max_drawdown, M("1000"))});
  return {
      {"buying power", CheckId::kBuyingPower, RejectReason::kBuyingPower,
       margin("22500", "0.5", "0"), Buy("1", "45000"), Nothing, Buy("1", "45000.01")},
      // 180,020 of positions want 45,005; the equity is the cash of 44,985 and 20 of gain.
      {"margin", CheckId::kMargin, RejectReason::kMarginCall,
       All({margin("44985", "0.01", "0.25"), Long("4")}), good, Quoted("44900", "44910"), good},
      {"daily loss", CheckId::kMaxDailyLoss, RejectReason::kMaxDailyLoss,
       All({daily, Marked("1001020", "9999999")}), good, Marked("1001020.01", "9999999"), good},
      {"drawdown", CheckId::kMaxDrawdown, RejectReason::kMaxDrawdown,
       All({drawdown, Marked("9999999", "1001020")}), good, Marked("9999999", "1001020.01"), good},
      // Four for 180,000, worth 179,020.
      {"loss of a position", CheckId::kMaxPositionLoss, RejectReason::kMaxPositionLoss,
       All({Long("4"), OfAccount(&NewLimits::max_position_loss, M("980")),
            Quoted("44750", "44760")}),
       good, Quoted("44749.99", "44760"), good},
  };
}

}  // namespace testing

namespace {

using testing::All;
using testing::Buy;
using testing::ControlCases;
using testing::EquityCases;
using testing::kNow;
using testing::kOpen;
using testing::Long;
using testing::M;
using testing::MakeState;
using testing::N;
using testing::OfAccount;
using testing::PaceCases;
using testing::Q;
using testing::Quoted;
using testing::Resting;
using testing::RunCases;
using testing::Sell;
using testing::Sent;
using testing::Set;
using testing::SetLimit;
using testing::SumCases;
using testing::With;

TEST(ChecksLevelsTest, ControlsOfPeople) {
  RunCases(ControlCases());
}
TEST(ChecksLevelsTest, PaceOfOrders) {
  RunCases(PaceCases());
}
TEST(ChecksLevelsTest, SumsAtEveryLevel) {
  RunCases(SumCases());
}
TEST(ChecksLevelsTest, EquityAndLosses) {
  RunCases(EquityCases());
}

TEST(ChecksLevelsTest, TheAnswerNamesTheLevelThatBoundAndWhenItsFiguresWereTrue) {
  State state = MakeState();
  state.references[0].received = kNow - Duration::Seconds(1);
  SetLimit(state, {LimitScope::kStrategy, "", "", "", "s"},
           [](NewLimits& c) { c.max_order_quantity = Set(Q("0.05")); });
  const OrderTerms order = With(Buy("0.1", "45000"), [](OrderTerms& o) { o.strategy = "s"; });
  const Decision decision = Check(state, order, kNow);
  ASSERT_EQ(decision.reason, RejectReason::kMaxOrderQuantity);
  EXPECT_EQ(decision.refusal().level, LimitScope::kStrategy);
  EXPECT_EQ(RefusalMessage(decision, order),
            "order quantity 0.1 is above the limit of 0.05, set for the strategy");
  EXPECT_EQ(decision.refusal().clock, kNow);
  EXPECT_EQ(decision.Find(CheckId::kPriceCollar)->clock, kNow - Duration::Seconds(1));
  EXPECT_EQ(decision.Find(CheckId::kMaxNetExposure), nullptr) << "not set: did not run";
}

TEST(ChecksLevelsTest, OfSeveralLevelsTheOneWithTheLeastRoomIsReported) {
  State state = MakeState();
  Long("4")(state);
  const LimitKey desk{LimitScope::kDesk, "", "", "default"};
  SetLimit(state, desk, [](NewLimits& c) { c.max_exposure = Set(M("200000")); });
  const Decision decision = Check(state, Buy("0.1", "45000"), kNow);
  ASSERT_TRUE(decision.approved());
  const CheckResult& exposure = *decision.Find(CheckId::kMaxExposure);
  EXPECT_EQ(exposure.level, LimitScope::kDesk);
  EXPECT_EQ(exposure.limit_e8, M("200000").e8());
  EXPECT_EQ(exposure.used_e8, M("180020").e8());
  EXPECT_EQ(exposure.headroom_e8, M("19980").e8());
}

TEST(ChecksLevelsTest, TheKillSwitchOfEachScopeStopsItsOrdersAlone) {
  const struct {
    LimitScope scope;
    const char* name;
    const char* other;
  } cases[] = {{LimitScope::kDesk, "default", "crypto"},
               {LimitScope::kAccount, "a", "b"},
               {LimitScope::kStrategy, "s", "t"},
               {LimitScope::kSymbol, "BTCUSDT", "IBM"}};
  const OrderTerms order = With(Buy("0.1", "45000"), [](OrderTerms& o) { o.strategy = "s"; });
  for (const auto& c : cases) {
    SCOPED_TRACE(Name(c.scope));
    State state = MakeState();
    state.controls.Apply(KillSwitchChanged{true, false, 1, "r", "ana", kNow, c.scope, c.other});
    EXPECT_TRUE(Check(state, order, kNow).approved());
    state.controls.Apply(KillSwitchChanged{true, false, 2, "r", "ana", kNow, c.scope, c.name});
    const Decision decision = Check(state, order, kNow);
    EXPECT_EQ(decision.reason, RejectReason::kKillSwitch);
    EXPECT_EQ(decision.refusal().level, c.scope);
    EXPECT_EQ(decision.kill_generation, 2u);
    state.controls.Apply(KillSwitchChanged{false, false, 3, "r", "ana", kNow, c.scope, c.name});
    EXPECT_TRUE(Check(state, order, kNow).approved());
    EXPECT_EQ(Check(state, order, kNow).kill_generation, 3u);
  }
}

TEST(ChecksLevelsTest, ADuplicatePassesOnceWithAWord) {
  State state = MakeState();
  All({Long("1"), OfAccount(&NewLimits::duplicate_window_ms, N("1000"))})(state);
  const OrderTerms order = Buy("0.1", "45000");
  Sent(order, Duration())(state);
  EXPECT_EQ(Check(state, order, kNow).reason, RejectReason::kDuplicateOrder);
  OrderTerms meant = order;
  meant.allow_duplicate = true;
  EXPECT_TRUE(Check(state, meant, kNow).approved());
  Remember(state, meant, Check(state, meant, kNow));
  EXPECT_EQ(Check(state, order, kNow).reason, RejectReason::kDuplicateOrder) << "one-off";
  for (const OrderTerms& other : {Buy("0.2", "45000"), Buy("0.1", "45000.01"), Sell("0.1", "45000"),
                                  With(order, [](OrderTerms& o) { o.account = "b"; })}) {
    EXPECT_TRUE(Check(state, other, kNow).approved());
  }
  EXPECT_TRUE(Check(state, order, kNow + Duration::Seconds(1)).approved());
}

TEST(ChecksLevelsTest, MessagesComeBackAtTheRateAndRefusedOnesTakeNone) {
  State state = MakeState();
  All({OfAccount(&NewLimits::max_message_rate, N("10")),
       OfAccount(&NewLimits::message_burst, N("2"))})(state);
  const OrderTerms order = Buy("0.1", "45000");
  const auto send = [&](Timestamp now) {
    const Decision decision = Check(state, order, now);
    Remember(state, order, decision);
    return decision.reason;
  };
  EXPECT_EQ(send(kNow), RejectReason::kNone);
  EXPECT_EQ(send(kNow), RejectReason::kNone);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(send(kNow), RejectReason::kMessageRate);
  }
  EXPECT_EQ(send(kNow + Duration::Millis(99)), RejectReason::kMessageRate);
  EXPECT_EQ(send(kNow + Duration::Millis(100)), RejectReason::kNone);
  EXPECT_EQ(send(kNow + Duration::Millis(100)), RejectReason::kMessageRate);
}

TEST(ChecksLevelsTest, OnesOwnPricesAreForgottenAfterThePeriod) {
  State state = MakeState();
  const OrderTerms order = Buy("0.1", "45000");
  All({Long("1"), OfAccount(&NewLimits::own_collar_percent, N("1")), Sent(order, Duration())})(
      state);
  const OrderTerms far = Buy("0.1", "44000");
  EXPECT_EQ(Check(state, far, kNow).reason, RejectReason::kOwnPriceCollar);
  state.references[0].received = kNow + Duration::Seconds(90);
  EXPECT_TRUE(Check(state, far, kNow + Duration::Seconds(90)).approved());
}

TEST(ChecksLevelsTest, ATighterCollarOfAnyLevelHoldsAndAWiderOneDoesNot) {
  State state = MakeState();
  OfAccount(&NewLimits::collar_percent, N("1"))(state);
  EXPECT_TRUE(Check(state, Buy("0.1", "44559.90"), kNow).approved());
  const Decision refused = Check(state, Buy("0.1", "44559.89"), kNow);
  EXPECT_EQ(refused.reason, RejectReason::kPriceCollar);
  EXPECT_EQ(refused.refusal().level, LimitScope::kAccount);
  OfAccount(&NewLimits::collar_percent, N("50"))(state);
  EXPECT_EQ(Check(state, Buy("0.1", "40508.99"), kNow).reason, RejectReason::kPriceCollar);
}

// Everything about money and positions is used up; what closes still goes out.
TEST(ChecksLevelsTest, AnOrderThatOpensNothingPassesEveryLimitOnPositionsAndEquity) {
  State state = MakeState();
  All({Long("4"), OfAccount(&NewLimits::max_net_exposure, M("0")),
       OfAccount(&NewLimits::max_open_value, M("0")),
       OfAccount(&NewLimits::max_concentration_percent, N("0")),
       OfAccount(&NewLimits::max_exposure, M("0")), OfAccount(&NewLimits::max_daily_loss, M("0")),
       OfAccount(&NewLimits::max_drawdown, M("0")),
       OfAccount(&NewLimits::max_position_loss, M("0")), Quoted("44000", "44010")})(state);
  state.Apply(EquityMarked{"a", kNow.ns / 86'400'000'000'000, M("2000000"), M("2000000"), kNow});
  AccountRules& rules = state.account_rules["a"];
  rules.listed = true;
  rules.maintenance_rate = Rate::FromUnits(1);
  EXPECT_TRUE(Check(state, Sell("4", "44000"), kNow).approved());
  EXPECT_FALSE(Check(state, Sell("4.00001", "44000"), kNow).approved());
}

TEST(ChecksLevelsTest, ALimitThatChangesHoldsForTheNextOrder) {
  State state = MakeState();
  Long("1")(state);
  EXPECT_TRUE(Check(state, Buy("0.1", "45000"), kNow).approved());
  OfAccount(&NewLimits::max_order_quantity, Q("0.05"))(state);
  EXPECT_EQ(Check(state, Buy("0.1", "45000"), kNow).reason, RejectReason::kMaxOrderQuantity);
  OfAccount(&NewLimits::max_order_quantity, Q("1"))(state);
  EXPECT_TRUE(Check(state, Buy("0.1", "45000"), kNow).approved());
}

TEST(ChecksLevelsTest, AReplaceIsNoOrderMoreAndNoDuplicate) {
  State state = MakeState();
  All({Resting("1"), OfAccount(&NewLimits::max_open_orders, N("1")),
       OfAccount(&NewLimits::duplicate_window_ms, N("1000"))})(state);
  OrderTerms replace = Buy("2", "45000");
  replace.order_id = kOpen;
  replace.replace = true;
  for (int i = 0; i < 2; ++i) {
    const Decision decision = Check(state, replace, kNow);
    EXPECT_TRUE(decision.approved()) << RefusalMessage(decision, replace);
    Remember(state, replace, decision);
  }
}

TEST(StateTest, EquityIsMarkedAtTheDaysStartAndAtItsHighest) {
  State state = MakeState();
  Long("4")(state);
  const size_t a = *state.exposure.FindAccount("a");
  const auto first = state.MarkEquity(a, kNow);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->day_start, M("1000020"));
  EXPECT_FALSE(state.MarkEquity(a, kNow).has_value());
  Quoted("46000", "46010")(state);  // mark 46,005: 4,020 gained
  EXPECT_TRUE(state.MarkEquity(a, kNow).has_value()) << "a thousandth more";
  EXPECT_EQ(state.equity["a"].mark.peak, M("1004020"));
  Quoted("46010", "46020")(state);
  EXPECT_FALSE(state.MarkEquity(a, kNow).has_value()) << "too little to keep";
  EXPECT_EQ(state.equity["a"].mark.peak, M("1004060")) << "but known";
  const auto next_day = state.MarkEquity(a, kNow + Duration::Seconds(86'400));
  ASSERT_TRUE(next_day.has_value());
  EXPECT_EQ(next_day->day_start, M("1004060"));
}

}  // namespace
}  // namespace tw::risk
