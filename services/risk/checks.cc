#include "services/risk/checks.h"

#include <algorithm>
#include <optional>

#include "libs/base/check.h"
#include "services/risk/checks_run.h"

namespace tw::risk {
namespace {

// What has none goes out at the collar.
bool HasLimit(OrderType type) {
  return type == OrderType::kLimit || type == OrderType::kStopLimit;
}

CheckResult RiskAvailable(Run& run) {
  return Outcome(CheckId::kRiskAvailable, run.state.ready, RejectReason::kRiskUnavailable);
}

CheckResult KillSwitchReleased(Run& run) {
  run.account = run.state.exposure.FindAccount(run.order.account).value_or(kNowhere);
  run.desk = run.state.exposure.DeskOf(run.account);
  const KillSwitchChanged* kill =
      run.state.controls.any_kill() ? run.state.controls.FindKill(run.Subject()) : nullptr;
  return At(kill != nullptr ? kill->scope : LimitScope::kNone,
            Measured(CheckId::kKillSwitch, kill == nullptr, RejectReason::kKillSwitch,
                     kill != nullptr ? kDecimalScale : 0, 0, 0));
}

CheckResult AccountKnown(Run& run) {
  run.rules = &run.state.RulesOf(run.order.account);
  return Outcome(CheckId::kAccountKnown, run.state.KnowsAccount(run.order.account),
                 RejectReason::kUnknownAccount);
}

CheckResult SymbolKnown(Run& run) {
  run.instrument = run.state.instruments.Find(run.order.symbol);
  if (run.instrument != nullptr) {
    run.symbol = run.state.IndexOf(*run.instrument);
    if (!run.order.strategy.empty()) {
      run.strategy = run.state.exposure.FindStrategy(run.order.strategy).value_or(kNowhere);
    }
    run.limits = &run.state.LimitsOf(run.Subject(), run.account, run.symbol, run.strategy);
  }
  return Outcome(CheckId::kSymbolKnown, run.instrument != nullptr, RejectReason::kUnknownSymbol);
}

bool HasEntitlements(const Run& run) {
  return !run.rules->symbols.empty();
}

CheckResult SymbolEntitled(Run& run) {
  const absl::string_view symbol(run.order.symbol.data(), run.order.symbol.size());
  return At(LimitScope::kAccount,
            Outcome(CheckId::kSymbolEntitled, run.rules->symbols.contains(symbol),
                    RejectReason::kNotEntitled));
}

bool NamesStrategy(const Run& run) {
  return !run.order.strategy.empty();
}

CheckResult StrategyKnown(Run& run) {
  const bool known = run.strategy != kNowhere || (IsAccountName(run.order.strategy) &&
                                                  run.state.exposure.strategies() < kStrategiesMax);
  return Outcome(CheckId::kStrategyKnown, known, RejectReason::kUnknownStrategy);
}

CheckResult StrategyEnabled(Run& run) {
  const StrategyChanged* state = run.state.controls.FindStrategy(run.order.strategy);
  const bool off = state != nullptr && state->disabled;
  return At(LimitScope::kStrategy,
            Measured(CheckId::kStrategyEnabled, !off, RejectReason::kStrategyDisabled,
                     off ? kDecimalScale : 0, 0, 0));
}

CheckResult SymbolNotBlocked(Run& run) {
  const bool blocked = run.state.controls.IsBlocked(run.order.symbol);
  return Measured(CheckId::kSymbolBlocked, !blocked, RejectReason::kSymbolBlocked,
                  blocked ? kDecimalScale : 0, 0, 0);
}

CheckResult OrderTypeSupported(Run& run) {
  const OrderType type = run.order.type;
  CheckResult result = Outcome(CheckId::kOrderType, type != OrderType::kUnspecified,
                               RejectReason::kUnsupportedOrderType);
  result.input_e8 = static_cast<int64_t>(type) * kDecimalScale;
  return result;
}

CheckResult TimeInForceSupported(Run& run) {
  const TimeInForce tif = run.order.time_in_force;
  const bool supported = tif == TimeInForce::kDay || tif == TimeInForce::kGtc ||
                         tif == TimeInForce::kIoc || tif == TimeInForce::kFok ||
                         tif == TimeInForce::kGtd;
  CheckResult result =
      Outcome(CheckId::kTimeInForce, supported, RejectReason::kUnsupportedTimeInForce);
  result.input_e8 = static_cast<int64_t>(tif) * kDecimalScale;
  return result;
}

CheckResult OnTick(Run& run) {
  const int64_t price = run.order.price.e8();
  const int64_t tick = run.instrument->tick_size.e8();
  const bool passed = !HasLimit(run.order.type) || (price > 0 && IsMultiple(price, tick));
  CheckResult result =
      Measured(CheckId::kTickSize, passed, RejectReason::kTickSize, price, tick, 0);
  result.headroom_e8 = 0;
  return result;
}

CheckResult InLots(Run& run) {
  const int64_t quantity = run.order.quantity.e8();
  const int64_t lot = run.instrument->lot_size.e8();
  CheckResult result = Measured(CheckId::kLotSize, IsMultiple(quantity, lot),
                                RejectReason::kLotSize, quantity, lot, 0);
  result.headroom_e8 = 0;
  return result;
}

CheckResult NotBelowMinimum(Run& run) {
  const Quantity quantity = run.order.quantity;
  const Quantity min = run.instrument->min_quantity;
  CheckResult result = Measured(CheckId::kMinQuantity, quantity >= min && quantity > Quantity(),
                                RejectReason::kMinQuantity, quantity.e8(), min.e8(), 0);
  result.headroom_e8 = Clamp(Wide{quantity.e8()} - min.e8());
  return result;
}

CheckResult NotAboveMaximum(Run& run) {
  const Quantity quantity = run.order.quantity;
  const Quantity max = run.instrument->max_quantity;
  return Measured(CheckId::kMaxQuantity, quantity <= max, RejectReason::kMaxQuantity, quantity.e8(),
                  max.e8(), 0);
}

CheckResult ReferencePresent(Run& run) {
  run.reference = run.state.references[run.symbol];
  CheckResult result =
      Outcome(CheckId::kReferencePrice, run.reference.bid > Price() && run.reference.ask > Price(),
              RejectReason::kNoReferencePrice);
  result.used_e8 = run.reference.bid.e8();
  return result;
}

CheckResult ReferenceFresh(Run& run) {
  const Duration age = std::max(run.now - run.reference.received, Duration());
  const Duration max = run.state.rules.reference_age_max;
  const bool crossed = run.reference.bid > run.reference.ask;
  return Measured(CheckId::kReferenceAge, age <= max && !run.reference.stale && !crossed,
                  RejectReason::kStaleReferencePrice, age.ns / kNanosPerE8Second,
                  max.ns / kNanosPerE8Second, 0);
}

// Prices a market order at the collar; holds a limit order's price against it, both ways.
CheckResult WithinCollar(Run& run) {
  const bool buy = run.order.side == Side::kBuy;
  const Price market = buy ? run.reference.ask : run.reference.bid;
  const Price reference = run.order.stop_price.IsZero() ? market : run.order.stop_price;
  const Bound& bound_percent = run.limits->collar_percent;
  const bool own = bound_percent.e8 / 100 < run.state.rules.collar_e8;
  const int64_t fraction = own ? bound_percent.e8 / 100 : run.state.rules.collar_e8;
  const int64_t width = *MulDiv(reference.e8(), fraction, kDecimalScale, Rounding::kDown);
  // 128 bits: reference + width may leave 64.
  const Wide low = Wide{reference.e8()} - width;
  const Wide high = Wide{reference.e8()} + width;
  const Price tick = run.instrument->tick_size;
  run.reserve_price = HasLimit(run.order.type)
                          ? run.order.price
                          : RoundToTick(Price::FromE8(Clamp(buy ? high : low)), tick,
                                        buy ? Rounding::kDown : Rounding::kUp);
  const int64_t price = run.reserve_price.e8();
  const bool above = price >= reference.e8();
  const Wide bound = above ? high : low;
  const Wide room = above ? high - price : price - low;
  CheckResult result = Measured(CheckId::kPriceCollar, price > 0 && room >= 0,
                                RejectReason::kPriceCollar, price, bound, reference.e8());
  result.headroom_e8 = Clamp(room);
  result.level = own ? bound_percent.level : LimitScope::kFirm;
  return result;
}

// With what works the same way it may close the position, and no more.
CheckResult OnlyReduces(Run& run) {
  if (!run.order.reduce_only) {
    return Outcome(CheckId::kReduceOnly, true, RejectReason::kReduceOnly);
  }
  const OrderTerms& order = run.order;
  const Exposure& exposure = run.state.exposure;
  Cell cell;
  Quantity own;  // of a working order, what counts in the cell already
  Quantity filled;
  if (const std::optional<size_t> account = exposure.FindAccount(order.account)) {
    const Cell* const found = exposure.FindCell(*account, run.symbol);
    cell = found != nullptr ? *found : Cell();
    if (order.order_id.IsSet()) {
      if (const std::optional<Exposure::Held> held = exposure.FindOrder(order.order_id)) {
        own = held->open.leaves;
        filled = held->filled;
      }
    }
  }
  const Wide position = -Wide{Sign(order.side)} * cell.position.e8();
  const Wide closable = std::max(position, Wide{0});
  const Wide used = Wide{cell.open(order.side).e8()} - own.e8();
  const Wide wanted = std::max(Wide{order.quantity.e8()} - filled.e8(), Wide{0});
  return Measured(CheckId::kReduceOnly, used + wanted <= closable, RejectReason::kReduceOnly,
                  wanted, closable, used);
}

enum class Kind : uint8_t { kRule, kLimit };
// What a check's figures rest on: the decision's moment, or the market as it was last heard of.
enum class Clock : uint8_t { kDecision, kMarket };

struct Row {
  CheckId id;
  std::string_view name;
  Kind kind;
  Clock clock;
  bool (*on)(const Run&);  // null: always
  CheckResult (*check)(Run&);
};

// Precedence is the order of the rows.
constexpr std::array<Row, kCheckCount> kTable = {{
    {CheckId::kRiskAvailable, "risk_available", Kind::kRule, Clock::kDecision, nullptr,
     RiskAvailable},
    {CheckId::kKillSwitch, "kill_switch", Kind::kRule, Clock::kDecision, nullptr,
     KillSwitchReleased},
    {CheckId::kAccountKnown, "account_known", Kind::kRule, Clock::kDecision, nullptr, AccountKnown},
    {CheckId::kSymbolKnown, "symbol_known", Kind::kRule, Clock::kDecision, nullptr, SymbolKnown},
    {CheckId::kSymbolEntitled, "symbol_entitled", Kind::kRule, Clock::kDecision, HasEntitlements,
     SymbolEntitled},
    {CheckId::kSymbolBlocked, "symbol_blocked", Kind::kRule, Clock::kDecision, nullptr,
     SymbolNotBlocked},
    {CheckId::kStrategyKnown, "strategy_known", Kind::kRule, Clock::kDecision, NamesStrategy,
     StrategyKnown},
    {CheckId::kStrategyEnabled, "strategy_enabled", Kind::kRule, Clock::kDecision, NamesStrategy,
     StrategyEnabled},
    {CheckId::kMessageRate, "message_rate", Kind::kLimit, Clock::kDecision, RateIsSet,
     MessageRateWithin},
    {CheckId::kOrderType, "order_type", Kind::kRule, Clock::kDecision, nullptr, OrderTypeSupported},
    {CheckId::kTimeInForce, "time_in_force", Kind::kRule, Clock::kDecision, nullptr,
     TimeInForceSupported},
    {CheckId::kTickSize, "tick_size", Kind::kRule, Clock::kDecision, nullptr, OnTick},
    {CheckId::kLotSize, "lot_size", Kind::kRule, Clock::kDecision, nullptr, InLots},
    {CheckId::kMinQuantity, "min_quantity", Kind::kRule, Clock::kDecision, nullptr,
     NotBelowMinimum},
    {CheckId::kMaxQuantity, "max_quantity", Kind::kRule, Clock::kDecision, nullptr,
     NotAboveMaximum},
    {CheckId::kReferencePrice, "reference_price", Kind::kRule, Clock::kMarket, nullptr,
     ReferencePresent},
    {CheckId::kReferenceAge, "reference_age", Kind::kRule, Clock::kMarket, nullptr, ReferenceFresh},
    {CheckId::kPriceCollar, "price_collar", Kind::kRule, Clock::kMarket, nullptr, WithinCollar},
    {CheckId::kReduceOnly, "reduce_only", Kind::kRule, Clock::kDecision, nullptr, OnlyReduces},
    {CheckId::kOwnPriceCollar, "own_price_collar", Kind::kRule, Clock::kDecision, OwnCollarIsSet,
     WithinOwnCollar},
    {CheckId::kDuplicateOrder, "duplicate_order", Kind::kRule, Clock::kDecision, DuplicatesAreSet,
     NoDuplicate},
    {CheckId::kMaxOrderQuantity, "max_order_quantity", Kind::kLimit, Clock::kDecision, nullptr,
     OrderQuantityWithin},
    {CheckId::kMaxOrderNotional, "max_order_notional", Kind::kLimit, Clock::kDecision, nullptr,
     OrderNotionalWithin},
    {CheckId::kMaxOpenOrders, "max_open_orders", Kind::kLimit, Clock::kDecision, OpenOrdersAreSet,
     OpenOrdersWithin},
    {CheckId::kSymbolRestricted, "symbol_restricted", Kind::kRule, Clock::kDecision, IsRestricted,
     NotRestricted},
    {CheckId::kShortSale, "short_sale", Kind::kRule, Clock::kDecision, ShortSaleMatters,
     MaySellShort},
    {CheckId::kMaxPosition, "max_position", Kind::kLimit, Clock::kDecision, nullptr,
     PositionWithin},
    {CheckId::kMaxPositionNotional, "max_position_notional", Kind::kLimit, Clock::kMarket, nullptr,
     PositionNotionalWithin},
    {CheckId::kMaxConcentration, "max_concentration", Kind::kLimit, Clock::kMarket,
     ConcentrationIsSet, ConcentrationWithin},
    {CheckId::kMaxExposure, "max_exposure", Kind::kLimit, Clock::kMarket, nullptr, ExposureWithin},
    {CheckId::kMaxFirmExposure, "max_firm_exposure", Kind::kLimit, Clock::kMarket, nullptr,
     FirmExposureWithin},
    {CheckId::kMaxNetExposure, "max_net_exposure", Kind::kLimit, Clock::kMarket, NetIsSet,
     NetExposureWithin},
    {CheckId::kMaxOpenValue, "max_open_value", Kind::kLimit, Clock::kDecision, OpenValueIsSet,
     OpenValueWithin},
    {CheckId::kBuyingPower, "buying_power", Kind::kLimit, Clock::kMarket, IsListed,
     BuyingPowerWithin},
    {CheckId::kMargin, "margin", Kind::kLimit, Clock::kMarket, HasMaintenance, MarginHeld},
    {CheckId::kMaxDailyLoss, "max_daily_loss", Kind::kLimit, Clock::kMarket, DailyLossIsSet,
     DailyLossWithin},
    {CheckId::kMaxDrawdown, "max_drawdown", Kind::kLimit, Clock::kMarket, DrawdownIsSet,
     DrawdownWithin},
    {CheckId::kMaxPositionLoss, "max_position_loss", Kind::kLimit, Clock::kMarket,
     PositionLossIsSet, PositionLossWithin},
}};

// Whether a check is about what the order would add.
constexpr bool LooksAround(CheckId id) {
  return id == CheckId::kReduceOnly || id == CheckId::kOwnPriceCollar ||
         id == CheckId::kDuplicateOrder || id >= CheckId::kMaxOpenOrders;
}

constexpr bool RowsStandAtTheirId() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].id) != i) {
      return false;
    }
  }
  return true;
}
static_assert(RowsStandAtTheirId());

}  // namespace

std::string_view Name(CheckId id) {
  return kTable[static_cast<size_t>(id)].name;
}

bool IsLimit(CheckId id) {
  return kTable[static_cast<size_t>(id)].kind == Kind::kLimit;
}

Decision Check(const State& state, const OrderTerms& order, Timestamp now) {
  Decision decision;
  decision.limits_version = state.limits.version();
  decision.kill_generation = state.controls.kill_switch().generation;
  decision.decided = now;
  Run run(state, order, now);
  for (const Row& row : kTable) {
    if ((row.on != nullptr && !row.on(run)) || (order.dormant && LooksAround(row.id))) {
      continue;
    }
    CheckResult& result = decision.checks[decision.check_count++];
    result = row.check(run);
    result.clock = row.clock == Clock::kMarket ? run.reference.received : now;
    if (!result.passed()) {
      decision.reason = result.reason;
      break;
    }
  }
  decision.reserve_price = run.reserve_price;
  decision.reference_bid = run.reference.bid;
  decision.reference_ask = run.reference.ask;
  decision.reference_time = run.reference.received;
  return decision;
}

const CheckResult* Decision::Find(CheckId id) const {
  for (size_t i = 0; i < check_count; ++i) {
    if (checks[i].id == id) {
      return &checks[i];
    }
  }
  return nullptr;
}

Reservation ToReservation(const OrderTerms& order, const Decision& decision, uint64_t epoch) {
  TW_CHECK(decision.approved() && order.order_id.IsSet());
  return {epoch,          order.order_id,         order.account,    order.symbol,  order.side,
          order.quantity, decision.reserve_price, decision.decided, order.strategy};
}

int UsedPercent(const CheckResult& check) {
  const Wide after = Wide{check.used_e8} + check.input_e8;
  if (after <= 0) {
    return 0;
  }
  if (after > check.limit_e8) {
    return 101;
  }
  return static_cast<int>(after * 100 / check.limit_e8);
}

}  // namespace tw::risk
