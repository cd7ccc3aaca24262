// tidy: analytics file, indicators are statistics that nothing is booked by
//
// BarFeatures: the features of one symbol and timeframe, from its closed bars. Pure; one owner.
//
//   sma_20, sma_50          mean of the newest closes
//   ema_12, ema_26          exponential averages
//   rsi_14                  Wilder's, 0 to 100
//   macd, macd_signal, macd_histogram      ema_12 - ema_26, its ema_9, the difference
//   bollinger_middle, _upper, _lower       sma_20 and two population deviations round it
//   realized_volatility_20  sample deviation of the newest 20 log returns, per bar, not annualized
//
// An interval without trades has no bar and counts for none of them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "services/feature-pipeline/indicators.h"

namespace tw::features {

struct FeatureValue {
  std::string_view name;
  double value = 0;    // zero until ready
  bool ready = false;  // false: not enough input yet
};

class BarFeatures {
 public:
  // A closed bar. False, and no change: not after the newest one, or its close is not above zero.
  bool Add(Timestamp start, Price close);

  // Always all of them, in the order above.
  std::vector<FeatureValue> Values() const;

  uint64_t bars() const { return bars_; }
  Timestamp last_start() const { return last_start_; }  // of the newest bar

 private:
  uint64_t bars_ = 0;
  Timestamp last_start_{INT64_MIN};
  Window closes_{50};
  Ema ema_12_{12};
  Ema ema_26_{26};
  Rsi rsi_14_{14};
  Macd macd_{12, 26, 9};
};

}  // namespace tw::features
