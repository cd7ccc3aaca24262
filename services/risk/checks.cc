#include "services/risk/checks.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "libs/base/check.h"

namespace tw::risk {
namespace {

// What one run gathers on its way down the table. Each check may rest on what earlier ones found.
struct Run {
  Run(const State& s, const OrderTerms& o, Timestamp t) : state(s), order(o), now(t) {}

  const State& state;
  const OrderTerms& order;
  Timestamp now;
  const Instrument* instrument = nullptr;  // from symbol_known on
  size_t symbol = 0;
  Reference reference;     // from reference_price on
  Price reserve_price;     // from price_collar on
  EffectiveLimits limits;  // from max_order_quantity on
  Money notional;          // of the whole order, from max_order_notional on
  Cell without;            // the cell without this order, and with it: from max_position on
  Cell with;
  Wide account_used = 0;  // without this order
  Wide firm_used = 0;
  Wide adds = 0;  // what this order adds to both
};

constexpr int64_t kNanosPerE8Second = 10;  // 1e9 / 1e8

int64_t Clamp(Wide value) {
  return ClampMoney(value).e8();
}

CheckResult Outcome(CheckId id, bool passed, RejectReason reason) {
  CheckResult result;
  result.id = id;
  result.reason = passed ? RejectReason::kNone : reason;
  return result;
}

CheckResult Measured(
    CheckId id, bool passed, RejectReason reason, Wide input, Wide limit, Wide used) {
  CheckResult result = Outcome(id, passed, reason);
  result.input_e8 = Clamp(input);
  result.limit_e8 = Clamp(limit);
  result.used_e8 = Clamp(used);
  result.headroom_e8 = Clamp(limit - used);
  return result;
}

// What has none goes out at the collar.
bool HasLimit(OrderType type) {
  return type == OrderType::kLimit || type == OrderType::kStopLimit;
}

CheckResult RiskAvailable(Run& run) {
  return Outcome(CheckId::kRiskAvailable, run.state.ready, RejectReason::kRiskUnavailable);
}

CheckResult KillSwitchReleased(Run& run) {
  const bool engaged = run.state.controls.kill_switch().engaged;
  return Measured(CheckId::kKillSwitch, !engaged, RejectReason::kKillSwitch,
                  engaged ? kDecimalScale : 0, 0, 0);
}

CheckResult AccountKnown(Run& run) {
  return Outcome(CheckId::kAccountKnown, run.state.KnowsAccount(run.order.account),
                 RejectReason::kUnknownAccount);
}

CheckResult SymbolKnown(Run& run) {
  run.instrument = run.state.instruments.Find(run.order.symbol);
  if (run.instrument != nullptr) {
    run.symbol = run.state.IndexOf(*run.instrument);
  }
  return Outcome(CheckId::kSymbolKnown, run.instrument != nullptr, RejectReason::kUnknownSymbol);
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
  const int64_t width =
      *MulDiv(reference.e8(), run.state.rules.collar_e8, kDecimalScale, Rounding::kDown);
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

CheckResult OrderQuantityWithin(Run& run) {
  run.limits = run.state.limits.For(run.order.account, run.order.symbol);
  const Quantity max = run.limits.max_order_quantity;
  return Measured(CheckId::kMaxOrderQuantity, run.order.quantity <= max,
                  RejectReason::kMaxOrderQuantity, run.order.quantity.e8(), max.e8(), 0);
}

CheckResult OrderNotionalWithin(Run& run) {
  const std::optional<Money> notional =
      Notional(run.reserve_price, run.order.quantity, Rounding::kUp);
  run.notional = notional.value_or(Money::Max());
  const Money max = run.limits.max_order_notional;
  return Measured(CheckId::kMaxOrderNotional, notional && *notional <= max,
                  notional ? RejectReason::kMaxOrderNotional : RejectReason::kNotionalOutOfRange,
                  run.notional.e8(), max.e8(), 0);
}

// Sets up the cell without and with the order, and the sums above it.
void Place(Run& run) {
  const OrderTerms& order = run.order;
  const Exposure& exposure = run.state.exposure;
  run.firm_used = exposure.FirmUsed();
  Quantity filled;
  const std::optional<size_t> account = exposure.FindAccount(order.account);
  if (account) {
    run.account_used = exposure.AccountUsed(*account);
    const Cell* cell = exposure.FindCell(*account, run.symbol);
    run.without = cell != nullptr ? *cell : Cell();
    const std::optional<Exposure::Held> held =
        order.order_id.IsSet() ? exposure.FindOrder(order.order_id) : std::nullopt;
    if (held && held->account == *account && held->symbol == run.symbol &&
        held->side == order.side) {
      const Wide before = OpeningReserved(run.without, order.side);
      run.without.AddOpen(order.side, -held->open.leaves, -Wide{held->open.notional.e8()});
      const Wide freed = before - OpeningReserved(run.without, order.side);
      run.account_used -= freed;
      run.firm_used -= freed;
      filled = held->filled;
    }
  }
  const Quantity leaves = std::max(order.quantity - filled, Quantity());
  run.with = run.without;
  const Money notional =
      leaves == order.quantity ? run.notional : ReserveNotional(run.reserve_price, leaves);
  run.with.AddOpen(order.side, leaves, notional.e8());
  run.adds = OpeningReserved(run.with, order.side) - OpeningReserved(run.without, order.side);
}

CheckResult PositionWithin(Run& run) {
  Place(run);
  const Side side = run.order.side;
  const Wide position = Wide{Sign(side)} * run.without.position.e8();
  const Wide used = position + run.without.open(side).e8();
  const Wide after = position + run.with.open(side).e8();
  const Wide max = run.limits.max_position.e8();
  return Measured(CheckId::kMaxPosition, after <= max, RejectReason::kMaxPosition, after - used,
                  max, used);
}

// An order that opens nothing passes whatever is used already.
CheckResult MoneyWithin(const Run& run, CheckId id, RejectReason reason, Wide used, Money max) {
  const Side side = run.order.side;
  const bool opens = OpeningQuantity(run.with, side) > OpeningQuantity(run.without, side);
  return Measured(id, !opens || used + run.adds <= max.e8(), reason, run.adds, max.e8(), used);
}

CheckResult PositionNotionalWithin(Run& run) {
  const Side side = run.order.side;
  const bool with_position = Sign(side) * run.without.position.e8() > 0;
  const Price mark = run.state.exposure.mark(run.symbol);
  const Wide held =
      with_position ? ReserveNotional(mark, run.without.position.Abs()).e8() : int64_t{0};
  return MoneyWithin(run, CheckId::kMaxPositionNotional, RejectReason::kMaxPositionNotional,
                     held + OpeningReserved(run.without, side), run.limits.max_position_notional);
}

CheckResult AccountExposureWithin(Run& run) {
  return MoneyWithin(run, CheckId::kMaxExposure, RejectReason::kMaxExposure, run.account_used,
                     run.limits.max_account_exposure);
}

CheckResult FirmExposureWithin(Run& run) {
  return MoneyWithin(run, CheckId::kMaxFirmExposure, RejectReason::kMaxFirmExposure, run.firm_used,
                     run.limits.max_firm_exposure);
}

struct Row {
  CheckId id;
  std::string_view name;
  bool limit;
  CheckResult (*check)(Run&);
};

// Precedence is the order of the rows.
constexpr std::array<Row, kCheckCount> kTable = {{
    {CheckId::kRiskAvailable, "risk_available", false, RiskAvailable},
    {CheckId::kKillSwitch, "kill_switch", false, KillSwitchReleased},
    {CheckId::kAccountKnown, "account_known", false, AccountKnown},
    {CheckId::kSymbolKnown, "symbol_known", false, SymbolKnown},
    {CheckId::kSymbolBlocked, "symbol_blocked", false, SymbolNotBlocked},
    {CheckId::kOrderType, "order_type", false, OrderTypeSupported},
    {CheckId::kTimeInForce, "time_in_force", false, TimeInForceSupported},
    {CheckId::kTickSize, "tick_size", false, OnTick},
    {CheckId::kLotSize, "lot_size", false, InLots},
    {CheckId::kMinQuantity, "min_quantity", false, NotBelowMinimum},
    {CheckId::kMaxQuantity, "max_quantity", false, NotAboveMaximum},
    {CheckId::kReferencePrice, "reference_price", false, ReferencePresent},
    {CheckId::kReferenceAge, "reference_age", false, ReferenceFresh},
    {CheckId::kPriceCollar, "price_collar", false, WithinCollar},
    {CheckId::kReduceOnly, "reduce_only", false, OnlyReduces},
    {CheckId::kMaxOrderQuantity, "max_order_quantity", true, OrderQuantityWithin},
    {CheckId::kMaxOrderNotional, "max_order_notional", true, OrderNotionalWithin},
    {CheckId::kMaxPosition, "max_position", true, PositionWithin},
    {CheckId::kMaxPositionNotional, "max_position_notional", true, PositionNotionalWithin},
    {CheckId::kMaxExposure, "max_exposure", true, AccountExposureWithin},
    {CheckId::kMaxFirmExposure, "max_firm_exposure", true, FirmExposureWithin},
}};

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
  return kTable[static_cast<size_t>(id)].limit;
}

Decision Check(const State& state, const OrderTerms& order, Timestamp now) {
  Decision decision;
  decision.limits_version = state.limits.version();
  decision.kill_generation = state.controls.kill_switch().generation;
  decision.decided = now;
  Run run(state, order, now);
  for (const Row& row : kTable) {
    CheckResult& result = decision.checks[decision.check_count++];
    result = row.check(run);
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

Reservation ToReservation(const OrderTerms& order, const Decision& decision, uint64_t epoch) {
  TW_CHECK(decision.approved() && order.order_id.IsSet());
  return {epoch,      order.order_id, order.account,          order.symbol,
          order.side, order.quantity, decision.reserve_price, decision.decided};
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
