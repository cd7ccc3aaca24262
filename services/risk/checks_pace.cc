// How fast, how often, and how far from one's own prices: what the checks look back at.
#include <algorithm>
#include <optional>

#include "services/risk/checks_run.h"

namespace tw::risk {
namespace {

// A level's bucket: its rate, and the burst, which is a second's worth unless it is set.
struct Bucket {
  Number rate;
  Number burst;
};

std::optional<Bucket> BucketAt(const EffectiveLimits& limits, SumLevel level) {
  const int64_t rate = limits.message_rate.at(level);
  if (rate == kNoLimit) {
    return std::nullopt;
  }
  const int64_t burst = limits.message_burst.at(level);
  return Bucket{Number::FromE8(rate), Number::FromE8(burst == kNoLimit ? rate : burst)};
}

OrderContent ContentOf(const Run& run) {
  // A stop without a limit differs from another by where it is set off.
  const Price price = run.order.price.IsZero() ? run.order.stop_price : run.order.price;
  return {run.account, run.symbol, run.order.side, run.order.quantity, price};
}

Duration WindowOf(const Bound& bound) {
  return Duration{bound.e8 / kDecimalScale * 1'000'000};
}

}  // namespace

bool RateIsSet(const Run& run) {
  return run.limits->message_rate.any;
}

CheckResult MessageRateWithin(Run& run) {
  std::optional<CheckResult> out;
  for (size_t i = 0; i < kSumLevels; ++i) {
    const auto level = static_cast<SumLevel>(i);
    const std::optional<Bucket> bucket = BucketAt(*run.limits, level);
    if (!bucket) {
      continue;
    }
    const Wide size = Wide{bucket->burst.e8()} / kDecimalScale * kDecimalScale;
    const Wide free = Wide{run.state.message_rates.Free(ScopeOf(level), run.NameAt(level),
                                                        bucket->rate, bucket->burst, run.now)} *
                      kDecimalScale;
    const CheckResult result =
        At(ScopeOf(level), Measured(CheckId::kMessageRate, free >= kDecimalScale,
                                    RejectReason::kMessageRate, kDecimalScale, size, size - free));
    if (!out || result.headroom_e8 <= out->headroom_e8) {
      out = result;
    }
  }
  return out ? *out
             : Measured(CheckId::kMessageRate, true, RejectReason::kMessageRate, 0, kNoLimit, 0);
}

bool OwnCollarIsSet(const Run& run) {
  return run.limits->own_collar_percent.set();
}

CheckResult WithinOwnCollar(Run& run) {
  const Bound& percent = run.limits->own_collar_percent;
  const int64_t price = run.reserve_price.e8();
  const std::optional<OwnPrices::Range> own = run.state.own_prices.Find(
      run.account, run.symbol, run.state.rules.own_collar_window, run.now);
  if (!own) {  // the first of a period is held against the market alone
    return At(percent.level, Measured(CheckId::kOwnPriceCollar, true, RejectReason::kOwnPriceCollar,
                                      price, price, price));
  }
  const auto width = [&](Price from) {
    return Wide{
        MulDiv(from.e8(), percent.e8, kPercentE8, Rounding::kDown).value_or(Price::Max().e8())};
  };
  const Wide above = Wide{own->low.e8()} + width(own->low);
  const Wide below = Wide{own->high.e8()} - width(own->high);
  const bool too_high = price > above;
  const bool upper = too_high || (price >= below && above - price <= price - below);
  CheckResult result =
      At(percent.level, Measured(CheckId::kOwnPriceCollar, price <= above && price >= below,
                                 RejectReason::kOwnPriceCollar, price, upper ? above : below,
                                 upper ? own->low.e8() : own->high.e8()));
  result.headroom_e8 = Clamp(upper ? above - price : price - below);
  return result;
}

bool DuplicatesAreSet(const Run& run) {
  return run.limits->duplicate_window_ms.set() && !run.order.replace;
}

CheckResult NoDuplicate(Run& run) {
  const Bound& bound = run.limits->duplicate_window_ms;
  const Duration window = WindowOf(bound);
  const std::optional<Timestamp> last =
      run.account == kNowhere ? std::nullopt : run.state.duplicates.Find(ContentOf(run));
  const Duration age = last ? std::max(run.now - *last, Duration()) : window;
  CheckResult result =
      At(bound.level, Measured(CheckId::kDuplicateOrder, age >= window || run.order.allow_duplicate,
                               RejectReason::kDuplicateOrder, age.ns / kNanosPerE8Second,
                               window.ns / kNanosPerE8Second, 0));
  result.headroom_e8 = Clamp(Wide{age.ns} / kNanosPerE8Second - window.ns / kNanosPerE8Second);
  return result;
}

void Remember(State& state, const OrderTerms& order, const Decision& decision) {
  const bool stopped_before_rate =
      !decision.approved() && decision.refusal().id <= CheckId::kMessageRate;
  if (stopped_before_rate) {
    return;
  }
  Run run(state, order, decision.decided);
  run.account = state.exposure.FindAccount(order.account).value_or(kNowhere);
  run.desk = state.exposure.DeskOf(run.account);
  run.instrument = state.instruments.Find(order.symbol);
  run.symbol = state.IndexOf(*run.instrument);
  if (!order.strategy.empty()) {
    run.strategy = state.exposure.FindStrategy(order.strategy).value_or(kNowhere);
  }
  const EffectiveLimits& limits =
      state.LimitsOf(run.Subject(), run.account, run.symbol, run.strategy);
  if (limits.message_rate.any) {
    for (size_t i = 0; i < kSumLevels; ++i) {
      const auto level = static_cast<SumLevel>(i);
      if (const std::optional<Bucket> bucket = BucketAt(limits, level)) {
        state.message_rates.Count(ScopeOf(level), run.NameAt(level), bucket->rate, bucket->burst,
                                  decision.decided);
      }
    }
  }
  if (!decision.approved() || run.account == kNowhere) {
    return;
  }
  if (limits.duplicate_window_ms.set() && !order.replace) {
    state.duplicates.Add(ContentOf(run), decision.decided);
  }
  if (limits.own_collar_percent.set()) {
    state.own_prices.Add(run.account, run.symbol, decision.reserve_price,
                         state.rules.own_collar_window, decision.decided);
  }
}

}  // namespace tw::risk
