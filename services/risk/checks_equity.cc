// What an account's equity is good for, and what it has lost. An order that opens nothing passes
// all of it: it is the way out.
#include <algorithm>

#include "services/risk/checks_run.h"

namespace tw::risk {
namespace {

Wide EquityOf(const Run& run) {
  return run.account == kNowhere ? Wide{kDefaultCash.e8()} : run.worth().equity;
}

// The part of `money` that a rate wants, rounded up.
Wide PartOf(Wide money, int64_t rate_e8) {
  return MulDiv(Clamp(money), rate_e8, kDecimalScale, Rounding::kUp).value_or(Clamp(money));
}

CheckResult LossWithin(
    const Run& run, CheckId id, RejectReason reason, const Bound& max, Wide loss) {
  const Wide lost = std::max<Wide>(loss, 0);
  return At(max.level, Measured(id, !run.opens || lost <= max.e8, reason, 0, max.e8, lost));
}

}  // namespace

bool ConcentrationIsSet(const Run& run) {
  return run.limits->concentration_percent.set();
}

CheckResult ConcentrationWithin(Run& run) {
  const Bound& percent = run.limits->concentration_percent;
  const Wide equity = std::max<Wide>(EquityOf(run), 0);
  const Wide max =
      MulDiv(Clamp(equity), percent.e8, kPercentE8, Rounding::kDown).value_or(Money::Max().e8());
  const Wide used = run.account == kNowhere
                        ? Wide{0}
                        : run.state.exposure.CellUsed(run.account, run.symbol) - run.freed;
  return At(percent.level,
            Measured(CheckId::kMaxConcentration, !run.opens || used + run.adds <= max,
                     RejectReason::kMaxConcentration, run.adds, max, used));
}

bool IsListed(const Run& run) {
  return run.rules->listed;
}

CheckResult BuyingPowerWithin(Run& run) {
  const int64_t rate = run.rules->margin_rate.e8();
  const Wide in_use = run.account == kNowhere ? Wide{0} : run.worth().used - run.freed;
  const Wide used = PartOf(in_use, rate);
  const Wide needs = PartOf(run.adds, rate);
  const Wide equity = EquityOf(run);
  return At(LimitScope::kAccount,
            Measured(CheckId::kBuyingPower, !run.opens || used + needs <= equity,
                     RejectReason::kBuyingPower, needs, equity, used));
}

bool HasMaintenance(const Run& run) {
  return run.rules->listed && !run.rules->maintenance_rate.IsZero();
}

CheckResult MarginHeld(Run& run) {
  const Wide positions = run.account == kNowhere ? Wide{0} : run.worth().positions;
  const Wide wanted = PartOf(positions, run.rules->maintenance_rate.e8());
  const Wide equity = EquityOf(run);
  return At(LimitScope::kAccount, Measured(CheckId::kMargin, !run.opens || wanted <= equity,
                                           RejectReason::kMarginCall, 0, equity, wanted));
}

bool DailyLossIsSet(const Run& run) {
  return run.limits->daily_loss.set();
}

// Nothing was lost of an account that has had no mark yet: it is made within a second.
CheckResult DailyLossWithin(Run& run) {
  const State::Equity* mark = run.equity_mark();
  const Wide loss = mark == nullptr ? Wide{0} : mark->mark.day_start.e8() - EquityOf(run);
  return LossWithin(run, CheckId::kMaxDailyLoss, RejectReason::kMaxDailyLoss,
                    run.limits->daily_loss, loss);
}

bool DrawdownIsSet(const Run& run) {
  return run.limits->drawdown.set();
}

CheckResult DrawdownWithin(Run& run) {
  const State::Equity* mark = run.equity_mark();
  const Wide loss = mark == nullptr ? Wide{0} : mark->mark.peak.e8() - EquityOf(run);
  return LossWithin(run, CheckId::kMaxDrawdown, RejectReason::kMaxDrawdown, run.limits->drawdown,
                    loss);
}

bool PositionLossIsSet(const Run& run) {
  return run.limits->position_loss.set();
}

CheckResult PositionLossWithin(Run& run) {
  const Wide loss =
      run.account == kNowhere ? Wide{0} : run.state.exposure.PositionLoss(run.account, run.symbol);
  return LossWithin(run, CheckId::kMaxPositionLoss, RejectReason::kMaxPositionLoss,
                    run.limits->position_loss, loss);
}

}  // namespace tw::risk
