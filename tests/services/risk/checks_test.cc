#include "services/risk/checks.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/services/risk/cases.h"
#include "tests/services/risk/fixture.h"

namespace tw::risk {
namespace {

using testing::Case;
using testing::ControlCases;
using testing::EquityCases;
using testing::Filled;
using testing::kHeld;
using testing::kNow;
using testing::kOpen;
using testing::Limit;
using testing::M;
using testing::MakeState;
using testing::Market;
using testing::Nothing;
using testing::P;
using testing::PaceCases;
using testing::Q;
using testing::RunCases;
using testing::Set;
using testing::SetLimit;
using testing::SumCases;
using testing::With;
using testing::Working;

std::vector<Case> GateCases() {
  const OrderTerms good = Limit(Side::kBuy, "BTCUSDT", Q("0.1"), P("45000"));
  return {
      {"ready", CheckId::kRiskAvailable, RejectReason::kRiskUnavailable, Nothing, good,
       [](State& s) { s.ready = false; }, good},
      {"kill switch", CheckId::kKillSwitch, RejectReason::kKillSwitch, Nothing, good,
       [](State& s) {
         s.controls.Apply(KillSwitchChanged{true, false, 1, "drill", "ana", kNow});
       },
       good},
      {"closed list", CheckId::kAccountKnown, RejectReason::kUnknownAccount,
       [](State& s) {
         s.accounts.closed = true;
         s.accounts.listed.insert("a");
       },
       good, [](State& s) { s.accounts.listed.clear(); }, good},
      {"account name", CheckId::kAccountKnown, RejectReason::kUnknownAccount, Nothing,
       With(good, [](OrderTerms& o) { o.account = "A-z0.9_"; }), Nothing,
       With(good, [](OrderTerms& o) { o.account = "a b"; })},
      {"symbol", CheckId::kSymbolKnown, RejectReason::kUnknownSymbol, Nothing, good, Nothing,
       With(good, [](OrderTerms& o) { o.symbol = "DOGEUSDT"; })},
      {"block", CheckId::kSymbolBlocked, RejectReason::kSymbolBlocked,
       [](State& s) {
         s.controls.Apply(SymbolBlockChanged{"IBM", true, "halt", "ana", kNow});
       },
       good,
       [](State& s) {
         s.controls.Apply(SymbolBlockChanged{"BTCUSDT", true, "halt", "ana", kNow});
       },
       good},
      {"order_type", CheckId::kOrderType, RejectReason::kUnsupportedOrderType, Nothing,
       With(good, [](OrderTerms& o) { o.type = OrderType::kStopLimit; }), Nothing,
       With(good, [](OrderTerms& o) { o.type = OrderType::kUnspecified; })},
      {"time_in_force", CheckId::kTimeInForce, RejectReason::kUnsupportedTimeInForce, Nothing,
       With(good, [](OrderTerms& o) { o.time_in_force = TimeInForce::kGtd; }), Nothing,
       With(good, [](OrderTerms& o) { o.time_in_force = TimeInForce::kUnspecified; })},
  };
}

std::vector<Case> InstrumentCases() {
  const OrderTerms good = Limit(Side::kBuy, "BTCUSDT", Q("0.1"), P("45000"));
  const auto quantity = [&](const char* q) {
    return With(good, [&](OrderTerms& o) { o.quantity = Q(q); });
  };
  const auto price = [&](Side side, const char* p) {
    return Limit(side, "BTCUSDT", Q("0.1"), P(p));
  };
  const auto stop_limit = [](const char* stop, const char* p) {
    return With(Limit(Side::kBuy, "BTCUSDT", Q("0.1"), P(p)), [&](OrderTerms& o) {
      o.type = OrderType::kStopLimit;
      o.stop_price = P(stop);
    });
  };
  const auto age = [](const char* seconds) {
    return [seconds](State& s) {
      const Duration span{Q(seconds).e8() * 10};
      s.references[0].received = kNow - span;
    };
  };
  return {
      {"tick", CheckId::kTickSize, RejectReason::kTickSize, Nothing, price(Side::kBuy, "45000.01"),
       Nothing, price(Side::kBuy, "45000.001")},
      {"no price", CheckId::kTickSize, RejectReason::kTickSize, Nothing, price(Side::kBuy, "45000"),
       Nothing, price(Side::kBuy, "0")},
      {"lot", CheckId::kLotSize, RejectReason::kLotSize, Nothing, quantity("0.00001"), Nothing,
       quantity("0.000011")},
      {"minimum", CheckId::kMinQuantity, RejectReason::kMinQuantity, Nothing, quantity("0.00001"),
       Nothing, quantity("0")},
      {"negative", CheckId::kMinQuantity, RejectReason::kMinQuantity, Nothing, quantity("0.00001"),
       Nothing, quantity("-1")},
      {"maximum", CheckId::kMaxQuantity, RejectReason::kMaxQuantity,
       [](State& s) {
         SetLimit(s, {LimitScope::kSymbol, "", "IBM"}, [](NewLimits& c) {
           c.max_order_quantity = Set(Q("9000000"));
           c.max_order_notional = Set(M("9000000000"));
           c.max_position = Set(Q("9000000"));
           c.max_position_notional = Set(M("9000000000"));
         });
         SetLimit(s, {LimitScope::kAccount, "a", ""},
                  [](NewLimits& c) { c.max_exposure = Set(M("9000000000")); });
       },
       Limit(Side::kBuy, "IBM", Q("1000000"), P("180")), Nothing,
       Limit(Side::kBuy, "IBM", Q("1000001"), P("180"))},
      {"no bid", CheckId::kReferencePrice, RejectReason::kNoReferencePrice, Nothing, good,
       [](State& s) { s.references[0].bid = Price(); }, good},
      {"no ask", CheckId::kReferencePrice, RejectReason::kNoReferencePrice, Nothing, good,
       [](State& s) { s.references[0].ask = Price(); }, good},
      {"age", CheckId::kReferenceAge, RejectReason::kStaleReferencePrice, age("5"), good,
       age("5.00000001"), good},
      {"stale", CheckId::kReferenceAge, RejectReason::kStaleReferencePrice, Nothing, good,
       [](State& s) { s.references[0].stale = true; }, good},
      {"crossed", CheckId::kReferenceAge, RejectReason::kStaleReferencePrice, Nothing, good,
       [](State& s) { s.references[0].bid = P("45010.01"); }, good},
      {"collar above, buy", CheckId::kPriceCollar, RejectReason::kPriceCollar, Nothing,
       price(Side::kBuy, "49511"), Nothing, price(Side::kBuy, "49511.01")},
      {"collar below, buy", CheckId::kPriceCollar, RejectReason::kPriceCollar, Nothing,
       price(Side::kBuy, "40509"), Nothing, price(Side::kBuy, "40508.99")},
      {"collar above, sell", CheckId::kPriceCollar, RejectReason::kPriceCollar, Nothing,
       price(Side::kSell, "49500"), Nothing, price(Side::kSell, "49500.01")},
      {"collar below, sell", CheckId::kPriceCollar, RejectReason::kPriceCollar, Nothing,
       price(Side::kSell, "40500"), Nothing, price(Side::kSell, "40499.99")},
      {"collar of a stop is round its stop price", CheckId::kPriceCollar,
       RejectReason::kPriceCollar, Nothing, stop_limit("55000", "60500"), Nothing,
       stop_limit("55000", "60500.01")},
  };
}

OrderTerms BuyBtc(const char* quantity, const char* price) {
  return Limit(Side::kBuy, "BTCUSDT", Q(quantity), P(price));
}

OrderTerms SellBtc(const char* quantity, const char* price) {
  return Limit(Side::kSell, "BTCUSDT", Q(quantity), P(price));
}

std::vector<Case> ReduceOnlyCases() {
  const auto reduce_only = [](OrderTerms order) {
    order.reduce_only = true;
    return order;
  };
  const auto long_and_closing = [](State& s) {
    s.exposure.Apply(Filled(kHeld, Side::kBuy, "BTCUSDT", Q("4"), P("45000")));
    s.exposure.Apply(Working(kOpen, Side::kSell, "BTCUSDT", Q("3"), P("45000")));
  };
  return {
      {"reduce-only", CheckId::kReduceOnly, RejectReason::kReduceOnly, long_and_closing,
       reduce_only(SellBtc("1", "45000")), Nothing, reduce_only(SellBtc("1.00001", "45000"))},
      {"reduce-only, the wrong way", CheckId::kReduceOnly, RejectReason::kReduceOnly,
       long_and_closing, BuyBtc("1", "45000"), Nothing, reduce_only(BuyBtc("1", "45000"))},
      {"reduce-only, replaced", CheckId::kReduceOnly, RejectReason::kReduceOnly, long_and_closing,
       With(reduce_only(SellBtc("4", "45000")), [](OrderTerms& o) { o.order_id = kOpen; }), Nothing,
       With(reduce_only(SellBtc("4.1", "45000")), [](OrderTerms& o) { o.order_id = kOpen; })},
  };
}

std::vector<Case> LimitCases() {
  const auto notional = [](const char* money) {
    return [money](State& s) {
      SetLimit(s, {LimitScope::kSymbol, "", "BTCUSDT"},
               [&](NewLimits& c) { c.max_order_notional = Set(M(money)); });
    };
  };
  const auto position_notional = [](const char* money) {
    return [money](State& s) {
      SetLimit(s, {LimitScope::kSymbol, "", "BTCUSDT"},
               [&](NewLimits& c) { c.max_position_notional = Set(M(money)); });
    };
  };
  // Long 4 at a mark of 45,005 and 3 more on the way at 45,000.
  const auto long_and_working = [](State& s) {
    s.exposure.Apply(Filled(kHeld, Side::kBuy, "BTCUSDT", Q("4"), P("45000")));
    s.exposure.Apply(Working(kOpen, Side::kBuy, "BTCUSDT", Q("3"), P("45000")));
  };
  const auto exposure = [](LimitScope scope, const char* account, const char* money) {
    return [=](State& s) {
      SetLimit(s, {scope, account, ""}, [&](NewLimits& c) { c.max_exposure = Set(M(money)); });
    };
  };
  const auto both = [](std::function<void(State&)> a, std::function<void(State&)> b) {
    return [a, b](State& s) {
      a(s);
      b(s);
    };
  };
  return {
      {"quantity", CheckId::kMaxOrderQuantity, RejectReason::kMaxOrderQuantity, Nothing,
       BuyBtc("10", "45000"), Nothing, BuyBtc("10.00001", "45000")},
      {"notional", CheckId::kMaxOrderNotional, RejectReason::kMaxOrderNotional, notional("45000"),
       BuyBtc("1", "45000"), Nothing, BuyBtc("1", "45000.01")},
      {"notional rounded up", CheckId::kMaxOrderNotional, RejectReason::kMaxOrderNotional, Nothing,
       BuyBtc("0.00001", "45000.01"), notional("0.45000009"), BuyBtc("0.00001", "45000.01")},
      {"position", CheckId::kMaxPosition, RejectReason::kMaxPosition,
       both(long_and_working, position_notional("9000000")), BuyBtc("3", "45000"), Nothing,
       BuyBtc("3.00001", "45000")},
      {"position, short", CheckId::kMaxPosition, RejectReason::kMaxPosition,
       both(long_and_working, notional("9000000")), SellBtc("10", "45000"),
       [](State& s) {
         s.exposure.Apply(Working(OrderId(1, 3), Side::kSell, "BTCUSDT", Q("4.00001"), P("45000")));
       },
       SellBtc("10", "45000")},
      {"position notional", CheckId::kMaxPositionNotional, RejectReason::kMaxPositionNotional,
       both(long_and_working, position_notional("360020")), BuyBtc("1", "45000"), Nothing,
       BuyBtc("1", "45000.01")},
      {"account exposure", CheckId::kMaxExposure, RejectReason::kMaxExposure,
       both(long_and_working, exposure(LimitScope::kAccount, "a", "360020")), BuyBtc("1", "45000"),
       Nothing, BuyBtc("1", "45000.01")},
      {"account exposure over symbols", CheckId::kMaxExposure, RejectReason::kMaxExposure,
       both(long_and_working, exposure(LimitScope::kAccount, "a", "315200")),
       Limit(Side::kBuy, "IBM", Q("1"), P("180")), Nothing,
       Limit(Side::kBuy, "IBM", Q("1"), P("180.01"))},
      {"firm exposure", CheckId::kMaxFirmExposure, RejectReason::kMaxFirmExposure,
       both(long_and_working, exposure(LimitScope::kFirm, "", "360020")),
       With(BuyBtc("1", "45000"), [](OrderTerms& o) { o.account = "b"; }), Nothing,
       With(BuyBtc("1", "45000.01"), [](OrderTerms& o) { o.account = "b"; })},
  };
}

TEST(ChecksTest, GateRules) {
  RunCases(GateCases());
}
TEST(ChecksTest, InstrumentAndPriceRules) {
  RunCases(InstrumentCases());
}
TEST(ChecksTest, LimitsExactlyReachedPassAndOneUnitMoreRefuses) {
  RunCases(ReduceOnlyCases());
  RunCases(LimitCases());
}

TEST(ChecksTest, EveryCheckHasACase) {
  std::vector<Case> all = GateCases();
  for (auto more : {InstrumentCases(), ReduceOnlyCases(), LimitCases(), ControlCases(), PaceCases(),
                    SumCases(), EquityCases()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  for (size_t i = 0; i < kCheckCount; ++i) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Case& c) {
      return static_cast<size_t>(c.check) == i;
    })) << Name(static_cast<CheckId>(i));
  }
}

// Everything is wrong at once; each repair uncovers the next refusal.
TEST(ChecksTest, PrecedenceIsTheOrderOfTheTable) {
  State state = MakeState();
  state.ready = false;
  state.controls.Apply(KillSwitchChanged{true, false, 1, "drill", "ana", kNow});
  state.accounts.closed = true;
  state.references[0] = Reference();
  OrderTerms order = Limit(Side::kBuy, "NONE", Q("2000000.000001"), P("99999.001"));
  order.type = OrderType::kUnspecified;
  order.time_in_force = TimeInForce::kUnspecified;
  order.reduce_only = true;
  const auto expect = [&](RejectReason reason) {
    EXPECT_EQ(Name(Check(state, order, kNow).reason), Name(reason));
  };
  expect(RejectReason::kRiskUnavailable);
  state.ready = true;
  expect(RejectReason::kKillSwitch);
  state.controls.Apply(KillSwitchChanged{false, false, 2, "over", "ana", kNow});
  expect(RejectReason::kUnknownAccount);
  state.accounts.closed = false;
  expect(RejectReason::kUnknownSymbol);
  order.symbol = "BTCUSDT";
  state.controls.Apply(SymbolBlockChanged{"BTCUSDT", true, "halt", "ana", kNow});
  expect(RejectReason::kSymbolBlocked);
  state.controls.Apply(SymbolBlockChanged{"BTCUSDT", false, "over", "ana", kNow});
  expect(RejectReason::kUnsupportedOrderType);
  order.type = OrderType::kLimit;
  expect(RejectReason::kUnsupportedTimeInForce);
  order.time_in_force = TimeInForce::kGtc;
  expect(RejectReason::kTickSize);
  order.price = P("99999");
  expect(RejectReason::kLotSize);
  order.quantity = Q("0");
  expect(RejectReason::kMinQuantity);
  order.quantity = Q("2000000");
  expect(RejectReason::kMaxQuantity);
  order.quantity = Q("900000");
  expect(RejectReason::kNoReferencePrice);
  state.references[0] = Reference{P("45000"), P("45010"), kNow, true};
  expect(RejectReason::kStaleReferencePrice);
  state.references[0].stale = false;
  expect(RejectReason::kPriceCollar);
  order.price = P("45000");
  expect(RejectReason::kReduceOnly);
  order.reduce_only = false;
  expect(RejectReason::kMaxOrderQuantity);
  order.quantity = Q("10");
  SetLimit(state, {LimitScope::kAccountSymbol, "a", "BTCUSDT"}, [](NewLimits& c) {
    c.max_order_notional = Set(M("0"));
    c.max_position = Set(Q("0"));
    c.max_position_notional = Set(M("0"));
  });
  SetLimit(state, {LimitScope::kAccount, "a", ""},
           [](NewLimits& c) { c.max_exposure = Set(M("0")); });
  SetLimit(state, {LimitScope::kFirm, "", ""}, [](NewLimits& c) { c.max_exposure = Set(M("0")); });
  const LimitKey key{LimitScope::kAccountSymbol, "a", "BTCUSDT"};
  expect(RejectReason::kMaxOrderNotional);
  SetLimit(state, key, [](NewLimits& c) { c.max_order_notional = Set(M("500000")); });
  expect(RejectReason::kMaxPosition);
  SetLimit(state, key, [](NewLimits& c) { c.max_position = Set(Q("10")); });
  expect(RejectReason::kMaxPositionNotional);
  SetLimit(state, key, [](NewLimits& c) { c.max_position_notional = Set(M("500000")); });
  expect(RejectReason::kMaxExposure);
  SetLimit(state, {LimitScope::kAccount, "a", ""},
           [](NewLimits& c) { c.max_exposure = Set(M("500000")); });
  expect(RejectReason::kMaxFirmExposure);
  SetLimit(state, {LimitScope::kFirm, "", ""},
           [](NewLimits& c) { c.max_exposure = Set(M("500000")); });
  expect(RejectReason::kNone);
}

TEST(ChecksTest, AMarketOrderIsPricedAtTheCollarOnTheInnerTick) {
  State state = MakeState();
  state.SetReference(0, P("45000.03"), P("45010.07"), kNow);
  const Decision buy = Check(state, Market(Side::kBuy, "BTCUSDT", Q("1")), kNow);
  EXPECT_TRUE(buy.approved());
  EXPECT_EQ(buy.reserve_price, P("49511.07"));  // 45,010.07 x 1.1 = 49,511.077
  const Decision sell = Check(state, Market(Side::kSell, "BTCUSDT", Q("1")), kNow);
  EXPECT_TRUE(sell.approved());
  EXPECT_EQ(sell.reserve_price, P("40500.03"));  // 45,000.03 x 0.9 = 40,500.027
}

TEST(ChecksTest, TheDecisionSaysWhatItRestsOn) {
  State state = MakeState();
  state.controls.Apply(KillSwitchChanged{false, false, 4, "over", "ana", kNow});
  const Decision decision = Check(state, Limit(Side::kBuy, "BTCUSDT", Q("1"), P("45000")), kNow);
  EXPECT_EQ(decision.kill_generation, 4u);
  EXPECT_EQ(decision.limits_version, 1u);
  EXPECT_EQ(decision.reference_bid, P("45000"));
  EXPECT_EQ(decision.reference_ask, P("45010"));
  EXPECT_EQ(decision.reserve_price, P("45000"));
  EXPECT_EQ(decision.decided, kNow);
  const CheckResult& position = *decision.Find(CheckId::kMaxPosition);
  EXPECT_EQ(position.input_e8, Q("1").e8());
  EXPECT_EQ(position.limit_e8, Q("10").e8());
  EXPECT_EQ(position.used_e8, 0);
  EXPECT_EQ(position.headroom_e8, Q("10").e8());
  EXPECT_EQ(UsedPercent(position), 10);
}

TEST(ChecksTest, TheClosingPartMeetsNoPositionOrExposureLimit) {
  // Long 10, and every limit on positions and exposure taken away since.
  const auto make = [] {
    State state = MakeState();
    state.exposure.Apply(Filled(kHeld, Side::kBuy, "BTCUSDT", Q("10"), P("45000")));
    SetLimit(state, {LimitScope::kAccountSymbol, "a", "BTCUSDT"}, [](NewLimits& c) {
      c.max_position = Set(Q("0"));
      c.max_position_notional = Set(M("0"));
    });
    SetLimit(state, {LimitScope::kAccount, "a", ""},
             [](NewLimits& c) { c.max_exposure = Set(M("0")); });
    SetLimit(state, {LimitScope::kFirm, "", ""},
             [](NewLimits& c) { c.max_exposure = Set(M("0")); });
    return state;
  };
  const auto sell = [](const char* q) { return Limit(Side::kSell, "BTCUSDT", Q(q), P("45000")); };
  State state = make();
  EXPECT_TRUE(Check(state, sell("10"), kNow).approved());
  EXPECT_EQ(Check(state, Limit(Side::kBuy, "BTCUSDT", Q("0.00001"), P("45000")), kNow).reason,
            RejectReason::kMaxPosition);

  // Six are on their way out already: four are left to close.
  state.exposure.Apply(Working(kOpen, Side::kSell, "BTCUSDT", Q("6"), P("45000")));
  EXPECT_TRUE(Check(state, sell("4"), kNow).approved());
  EXPECT_EQ(Check(state, sell("4.00001"), kNow).reason, RejectReason::kMaxPosition);

  // An order's size is still held against its own limits.
  SetLimit(state, {LimitScope::kFirm, "", ""},
           [](NewLimits& c) { c.max_order_quantity = Set(Q("3")); });
  EXPECT_EQ(Check(state, sell("4"), kNow).reason, RejectReason::kMaxOrderQuantity);
}

TEST(ChecksTest, OnlyTheOpeningPartOfAReversalIsMeasured) {
  State state = MakeState();
  state.exposure.Apply(Filled(kHeld, Side::kBuy, "BTCUSDT", Q("4"), P("45000")));
  const Decision decision = Check(state, Limit(Side::kSell, "BTCUSDT", Q("10"), P("45000")), kNow);
  ASSERT_TRUE(decision.approved());
  const auto at = [&](CheckId id) { return *decision.Find(id); };
  EXPECT_EQ(at(CheckId::kMaxPosition).used_e8, Q("-4").e8());
  EXPECT_EQ(at(CheckId::kMaxPosition).headroom_e8, Q("14").e8());
  EXPECT_EQ(at(CheckId::kMaxPositionNotional).input_e8, M("270000").e8());
  EXPECT_EQ(at(CheckId::kMaxExposure).input_e8, M("270000").e8());
  EXPECT_EQ(at(CheckId::kMaxExposure).used_e8, M("180020").e8());
}

TEST(ChecksTest, AReplaceIsMeasuredInPlaceOfTheOrderItChanges) {
  State state = MakeState();
  OrderView working = Working(kOpen, Side::kBuy, "BTCUSDT", Q("6"), P("45000"));
  working.filled = working.fill_quantity = Q("2");
  working.fill_price = P("45000");
  state.exposure.Apply(working);
  OrderTerms replace = Limit(Side::kBuy, "BTCUSDT", Q("10"), P("45000"));
  replace.order_id = kOpen;
  replace.replace = true;
  // Two are filled, eight would work: ten in all.
  EXPECT_TRUE(Check(state, replace, kNow).approved());
  OrderTerms fresh = replace;
  fresh.order_id = OrderId(1, 3);
  fresh.replace = false;
  EXPECT_EQ(Check(state, fresh, kNow).reason, RejectReason::kMaxPosition);
}

TEST(ChecksTest, ANotionalOutOfRangeIsSaidToBeSo) {
  Instrument wide;
  wide.symbol = "WIDE";
  wide.tick_size = P("1");
  wide.lot_size = wide.min_quantity = Q("1");
  wide.max_quantity = Q("90000000000");
  const Instruments instruments({wide}, "test");
  LimitRow row{{LimitScope::kSymbol, "", "*"}, {}};
  row.values = {Quantity::Max(), Money::Max(), Quantity::Max(), Money::Max(), std::nullopt};
  State state(instruments, Limits({row}));
  state.ready = true;
  state.SetReference(0, P("90000000000"), P("90000000000"), kNow);
  OrderTerms order = Limit(Side::kBuy, "WIDE", Q("90000000000"), P("90000000000"));
  EXPECT_EQ(Check(state, order, kNow).reason, RejectReason::kNotionalOutOfRange);
  // The collar above such a price is beyond 64 bits; nothing overflows.
  EXPECT_EQ(Check(state, Market(Side::kBuy, "WIDE", Q("1")), kNow).reason,
            RejectReason::kMaxExposure);
}

TEST(ChecksTest, OpenAccountsAreCounted) {
  State state = MakeState();
  for (size_t i = 0; i < kAccountsMax; ++i) {
    state.exposure.SetOpening("acc-" + std::to_string(i), "IBM", Q("1"));
  }
  EXPECT_TRUE(state.KnowsAccount("acc-17"));
  EXPECT_FALSE(state.KnowsAccount("one-more"));
  state.accounts.listed.insert("one-more");
  EXPECT_TRUE(state.KnowsAccount("one-more"));
  EXPECT_FALSE(state.KnowsAccount(std::string(65, 'a')));
  EXPECT_FALSE(state.KnowsAccount(""));
}

}  // namespace
}  // namespace tw::risk
