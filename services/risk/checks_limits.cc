// Sizes, positions and exposure: what an order may ask for, and what it may lead to.
#include <algorithm>
#include <optional>

#include "services/risk/checks_run.h"

namespace tw::risk {
namespace {

// One level's part in a limit on a sum.
struct Use {
  Wide used = 0;  // without this order
  Wide adds = 0;
};

// Holds the order against every level that sets the limit; the one with the least room is reported.
// An order that is not `bound` by it, since it opens nothing, passes whatever is used already.
template <typename UseAt>
CheckResult SumWithin(
    bool bound, CheckId id, RejectReason reason, const SumBounds& bounds, const UseAt& use_at) {
  CheckResult out = Measured(id, true, reason, 0, kNoLimit, 0);
  for (size_t i = 0; i < kSumLevels; ++i) {
    const auto level = static_cast<SumLevel>(i);
    const int64_t limit = bounds.e8[i];
    if (limit == kNoLimit) {
      continue;
    }
    const Use use = use_at(level);
    const bool passed = !bound || use.used + use.adds <= limit;
    const int64_t headroom = Clamp(limit - use.used);
    const bool tighter = out.level == LimitScope::kNone ||
                         (passed == out.passed() ? headroom <= out.headroom_e8 : !passed);
    if (tighter) {
      out = At(ScopeOf(level), Measured(id, passed, reason, use.adds, limit, use.used));
    }
  }
  return out;
}

// The strategy's own cell without and with the order: its positions are not the account's.
struct StrategyCells {
  Cell without;
  Cell with;
  Wide freed = 0;
};

StrategyCells CellsOfStrategy(const Run& run) {
  StrategyCells cells;
  const Side side = run.order.side;
  if (run.strategy != kNowhere) {
    const Cell* cell = run.state.exposure.FindStrategyCell(run.strategy, run.symbol);
    cells.without = cell != nullptr ? *cell : Cell();
  }
  const Wide before = OpeningReserved(cells.without, side);
  if (!run.held.leaves.IsZero()) {
    cells.without.AddOpen(side, -run.held.leaves, -Wide{run.held.notional.e8()});
  }
  cells.freed = before - OpeningReserved(cells.without, side);
  cells.with = cells.without;
  cells.with.AddOpen(side, run.leaves, run.working.e8());
  return cells;
}

Use ExposureAt(const Run& run, SumLevel level) {
  const Exposure& exposure = run.state.exposure;
  Use use{0, run.adds};
  switch (level) {
    case SumLevel::kFirm: use.used = exposure.FirmUsed() - run.freed; break;
    case SumLevel::kDesk: use.used = exposure.DeskUsed(run.desk) - run.freed; break;
    case SumLevel::kAccount:
      use.used = run.account == kNowhere ? Wide{0} : run.worth().used - run.freed;
      break;
    case SumLevel::kSymbol: use.used = exposure.SymbolUsed(run.symbol) - run.freed; break;
    case SumLevel::kStrategy: {
      const StrategyCells cells = CellsOfStrategy(run);
      const Wide all = run.strategy == kNowhere ? Wide{0} : exposure.StrategyUsed(run.strategy);
      use.used = all - cells.freed;
      use.adds = OpeningReserved(cells.with, run.order.side) -
                 OpeningReserved(cells.without, run.order.side);
      break;
    }
  }
  return use;
}

const Totals& TotalsAt(const Run& run, SumLevel level) {
  static const Totals kNone;
  const Exposure& exposure = run.state.exposure;
  switch (level) {
    case SumLevel::kFirm: return exposure.firm_totals();
    case SumLevel::kDesk: return exposure.desk_totals(run.desk);
    case SumLevel::kAccount:
      return run.account == kNowhere ? kNone : exposure.account_totals(run.account);
    case SumLevel::kStrategy:
      return run.strategy == kNowhere ? kNone : exposure.strategy_totals(run.strategy);
    case SumLevel::kSymbol: return exposure.symbol_totals(run.symbol);
  }
  return kNone;
}

Wide NetAt(const Run& run, SumLevel level) {
  const Exposure& exposure = run.state.exposure;
  switch (level) {
    case SumLevel::kFirm: return exposure.FirmNet();
    case SumLevel::kDesk: return exposure.DeskNet(run.desk);
    case SumLevel::kAccount: return run.account == kNowhere ? Wide{0} : run.worth().net;
    case SumLevel::kStrategy:
      return run.strategy == kNowhere ? Wide{0} : exposure.StrategyNet(run.strategy);
    case SumLevel::kSymbol: return exposure.SymbolNet(run.symbol);
  }
  return 0;
}

// Sets up the cell without and with the order.
void Place(Run& run) {
  const OrderTerms& order = run.order;
  const Exposure& exposure = run.state.exposure;
  Quantity filled;
  if (run.account != kNowhere) {
    const Cell* cell = exposure.FindCell(run.account, run.symbol);
    run.without = cell != nullptr ? *cell : Cell();
    const std::optional<Exposure::Held> held =
        order.order_id.IsSet() ? exposure.FindOrder(order.order_id) : std::nullopt;
    if (held && held->account == run.account && held->symbol == run.symbol &&
        held->side == order.side) {
      const Wide before = OpeningReserved(run.without, order.side);
      run.without.AddOpen(order.side, -held->open.leaves, -Wide{held->open.notional.e8()});
      run.freed = before - OpeningReserved(run.without, order.side);
      run.held = held->open;
      filled = held->filled;
    }
  }
  run.leaves = std::max(order.quantity - filled, Quantity());
  run.with = run.without;
  run.working =
      run.leaves == order.quantity ? run.notional : ReserveNotional(run.reserve_price, run.leaves);
  run.with.AddOpen(order.side, run.leaves, run.working.e8());
  run.adds = OpeningReserved(run.with, order.side) - OpeningReserved(run.without, order.side);
  run.opens = OpeningQuantity(run.with, order.side) > OpeningQuantity(run.without, order.side);
}

// Position and open orders of the order's side, with the order's sign, before and after it.
struct Reach {
  Wide before = 0;
  Wide after = 0;
};

Reach ReachOf(const Run& run) {
  const Side side = run.order.side;
  const Wide position = Wide{Sign(side)} * run.without.position.e8();
  return {position + run.without.open(side).e8(), position + run.with.open(side).e8()};
}

}  // namespace

CheckResult OrderQuantityWithin(Run& run) {
  const Bound& max = run.limits->order_quantity;
  const int64_t quantity = run.order.quantity.e8();
  return At(max.level, Measured(CheckId::kMaxOrderQuantity, quantity <= max.e8,
                                RejectReason::kMaxOrderQuantity, quantity, max.e8, 0));
}

CheckResult OrderNotionalWithin(Run& run) {
  const std::optional<Money> notional =
      Notional(run.reserve_price, run.order.quantity, Rounding::kUp);
  run.notional = notional.value_or(Money::Max());
  Place(run);
  const Bound& max = run.limits->order_notional;
  const RejectReason reason =
      notional ? RejectReason::kMaxOrderNotional : RejectReason::kNotionalOutOfRange;
  return At(max.level, Measured(CheckId::kMaxOrderNotional, notional && notional->e8() <= max.e8,
                                reason, run.notional.e8(), max.e8, 0));
}

bool IsRestricted(const Run& run) {
  return run.state.controls.IsRestricted(run.order.symbol);
}

CheckResult NotRestricted(Run& run) {
  return Measured(CheckId::kSymbolRestricted, !run.opens, RejectReason::kSymbolRestricted,
                  kDecimalScale, 0, 0);
}

bool ShortSaleMatters(const Run& run) {
  return run.order.side == Side::kSell && run.rules->short_sale != ShortSale::kAllowed;
}

CheckResult MaySellShort(Run& run) {
  const bool locate = run.rules->short_sale == ShortSale::kLocate;
  const Wide limit = locate ? run.limits->locate.e8 : 0;
  const Reach reach = ReachOf(run);
  return At(LimitScope::kAccount,
            Measured(CheckId::kShortSale, !run.opens || reach.after <= limit,
                     locate ? RejectReason::kLocateRequired : RejectReason::kShortSale,
                     reach.after - reach.before, limit, reach.before));
}

CheckResult PositionWithin(Run& run) {
  const Reach reach = ReachOf(run);
  const Bound& max = run.limits->position;
  const bool passed = reach.after <= max.e8 || !run.opens;
  return At(max.level, Measured(CheckId::kMaxPosition, passed, RejectReason::kMaxPosition,
                                reach.after - reach.before, max.e8, reach.before));
}

CheckResult PositionNotionalWithin(Run& run) {
  const Side side = run.order.side;
  const bool with_position = Sign(side) * run.without.position.e8() > 0;
  const Price mark = run.state.exposure.mark(run.symbol);
  const Wide held =
      with_position ? ReserveNotional(mark, run.without.position.Abs()).e8() : int64_t{0};
  const Wide used = held + OpeningReserved(run.without, side);
  const Bound& max = run.limits->position_notional;
  return At(max.level,
            Measured(CheckId::kMaxPositionNotional, !run.opens || used + run.adds <= max.e8,
                     RejectReason::kMaxPositionNotional, run.adds, max.e8, used));
}

CheckResult ExposureWithin(Run& run) {
  SumBounds bounds = run.limits->exposure;
  bounds.e8[static_cast<size_t>(SumLevel::kFirm)] = kNoLimit;  // has a check of its own
  return SumWithin(run.opens, CheckId::kMaxExposure, RejectReason::kMaxExposure, bounds,
                   [&](SumLevel level) { return ExposureAt(run, level); });
}

CheckResult FirmExposureWithin(Run& run) {
  const int64_t max = run.limits->exposure.at(SumLevel::kFirm);
  const Use use = ExposureAt(run, SumLevel::kFirm);
  return At(LimitScope::kFirm,
            Measured(CheckId::kMaxFirmExposure, !run.opens || use.used + use.adds <= max,
                     RejectReason::kMaxFirmExposure, use.adds, max, use.used));
}

bool NetIsSet(const Run& run) {
  return run.limits->net_exposure.any;
}

CheckResult NetExposureWithin(Run& run) {
  const Side side = run.order.side;
  const Wide notional = run.working.e8();
  return SumWithin(run.opens, CheckId::kMaxNetExposure, RejectReason::kMaxNetExposure,
                   run.limits->net_exposure, [&](SumLevel level) {
                     const Wide open =
                         TotalsAt(run, level).reserved(side) - Wide{run.held.notional.e8()};
                     return Use{Sign(side) * NetAt(run, level) + open, notional};
                   });
}

bool OpenValueIsSet(const Run& run) {
  return run.limits->open_value.any;
}

CheckResult OpenValueWithin(Run& run) {
  const Wide notional = run.working.e8();
  return SumWithin(run.opens, CheckId::kMaxOpenValue, RejectReason::kMaxOpenValue,
                   run.limits->open_value, [&](SumLevel level) {
                     const Totals& totals = TotalsAt(run, level);
                     return Use{
                         totals.reserved_buy + totals.reserved_sell - Wide{run.held.notional.e8()},
                         notional};
                   });
}

bool OpenOrdersAreSet(const Run& run) {
  return run.limits->open_orders.any && !run.order.replace;
}

// Holds for orders that close, too: a count is no position.
CheckResult OpenOrdersWithin(Run& run) {
  return SumWithin(
      /*bound=*/true, CheckId::kMaxOpenOrders, RejectReason::kMaxOpenOrders,
      run.limits->open_orders, [&](SumLevel level) {
        return Use{Wide{TotalsAt(run, level).open_orders} * kDecimalScale, kDecimalScale};
      });
}

}  // namespace tw::risk
