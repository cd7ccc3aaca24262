// Run: what one pass down the table of checks gathers. Each check may rest on what earlier ones
// found. Only for the files that hold the checks.
#pragma once

#include <optional>

#include "services/risk/checks.h"

namespace tw::risk {

struct Run {
  Run(const State& s, const OrderTerms& o, Timestamp t) : state(s), order(o), now(t) {}

  const State& state;
  const OrderTerms& order;
  Timestamp now;
  const AccountRules* rules = nullptr;  // from account_known on
  size_t account = kNowhere;            // kNowhere: nothing was seen of it yet
  size_t desk = 0;
  size_t strategy = kNowhere;
  const Instrument* instrument = nullptr;  // from symbol_known on
  size_t symbol = 0;
  const EffectiveLimits* limits = nullptr;  // from symbol_known on
  Reference reference;                      // from reference_price on
  Price reserve_price;                      // from price_collar on
  Money notional;                           // of the whole order, from max_order_notional on
  // From max_order_notional on: the cell without this order, and with it.
  Cell without;
  Cell with;
  Quantity leaves;     // what of the order would work
  Money working;       // and what that is worth
  Wide adds = 0;       // what it adds to what its account could open
  Wide freed = 0;      // what a replace takes out of that
  Open held;           // what it holds already
  bool opens = false;  // some of it could open a position

  // Of the account, once a pass; REQUIRES: account != kNowhere.
  const Exposure::Worth& worth() const {
    if (!worth_) {
      worth_ = state.exposure.WorthOf(account);
    }
    return *worth_;
  }
  // The account's day and peak, once a pass; null: it has none yet.
  const State::Equity* equity_mark() const {
    if (!mark_) {
      const auto it =
          state.equity.find(absl::string_view(order.account.data(), order.account.size()));
      mark_ = it == state.equity.end() ? nullptr : &it->second;
    }
    return *mark_;
  }
  LimitSubject Subject() const {
    return {order.account, order.symbol, state.exposure.desk_name(desk), order.strategy};
  }
  std::string_view NameAt(SumLevel level) const {
    switch (level) {
      case SumLevel::kFirm: return "";
      case SumLevel::kDesk: return state.exposure.desk_name(desk);
      case SumLevel::kAccount: return order.account;
      case SumLevel::kStrategy: return order.strategy;
      case SumLevel::kSymbol: return order.symbol;
    }
    return "";
  }

 private:
  mutable std::optional<Exposure::Worth> worth_;
  mutable std::optional<const State::Equity*> mark_;
};

// To what a Money holds. Inline: a pass does it some two hundred times.
inline int64_t Clamp(Wide value) {
  constexpr int64_t kMax = Money::Max().e8();
  if (value >= -Wide{kMax} && value <= kMax) [[likely]] {
    return static_cast<int64_t>(value);
  }
  return value > 0 ? kMax : -kMax;
}

inline CheckResult Outcome(CheckId id, bool passed, RejectReason reason) {
  CheckResult result{};
  result.id = id;
  result.reason = passed ? RejectReason::kNone : reason;
  return result;
}

inline CheckResult Measured(
    CheckId id, bool passed, RejectReason reason, Wide input, Wide limit, Wide used) {
  CheckResult result = Outcome(id, passed, reason);
  result.input_e8 = Clamp(input);
  result.limit_e8 = Clamp(limit);
  result.used_e8 = Clamp(used);
  result.headroom_e8 = Clamp(limit - used);
  return result;
}

inline CheckResult At(LimitScope level, CheckResult result) {
  result.level = level;
  return result;
}

constexpr int64_t kPercentE8 = 100 * kDecimalScale;
constexpr int64_t kNanosPerE8Second = 10;  // 1e9 / 1e8

// checks_pace.cc: how fast, how often, how far from one's own prices.
bool RateIsSet(const Run& run);
CheckResult MessageRateWithin(Run& run);
bool OwnCollarIsSet(const Run& run);
CheckResult WithinOwnCollar(Run& run);
bool DuplicatesAreSet(const Run& run);
CheckResult NoDuplicate(Run& run);

// checks_limits.cc: sizes, positions, exposure.
CheckResult OrderQuantityWithin(Run& run);
CheckResult OrderNotionalWithin(Run& run);
bool IsRestricted(const Run& run);
CheckResult NotRestricted(Run& run);
bool ShortSaleMatters(const Run& run);
CheckResult MaySellShort(Run& run);
CheckResult PositionWithin(Run& run);
CheckResult PositionNotionalWithin(Run& run);
CheckResult ExposureWithin(Run& run);
CheckResult FirmExposureWithin(Run& run);
bool NetIsSet(const Run& run);
CheckResult NetExposureWithin(Run& run);
bool OpenValueIsSet(const Run& run);
CheckResult OpenValueWithin(Run& run);
bool OpenOrdersAreSet(const Run& run);
CheckResult OpenOrdersWithin(Run& run);

// checks_equity.cc: what an account's equity is good for, and what it has lost.
bool ConcentrationIsSet(const Run& run);
CheckResult ConcentrationWithin(Run& run);
bool IsListed(const Run& run);
CheckResult BuyingPowerWithin(Run& run);
bool HasMaintenance(const Run& run);
CheckResult MarginHeld(Run& run);
bool DailyLossIsSet(const Run& run);
CheckResult DailyLossWithin(Run& run);
bool DrawdownIsSet(const Run& run);
CheckResult DrawdownWithin(Run& run);
bool PositionLossIsSet(const Run& run);
CheckResult PositionLossWithin(Run& run);

}  // namespace tw::risk
