// BarFeatures: the features of one symbol and timeframe, from its closed bars. An interval without
// trades has no bar and counts for none of them. Pure; one owner.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "services/feature-pipeline/definition.h"
#include "services/feature-pipeline/indicators.h"

namespace tw::features {

class BarFeatures {
 public:
  // `definitions` live on; those made of quotes are passed over.
  explicit BarFeatures(const std::vector<const Definition*>& definitions);

  // A closed bar. False, and no change: not after the newest one, or not sound. A bar that was
  // corrected after it closed therefore changes nothing: what was known stays what was known.
  bool Add(const Bar& bar);

  // Every output, in the order of the definitions.
  std::vector<FeatureValue> Values() const;

  uint64_t bars() const { return bars_; }
  Timestamp last_start() const { return last_start_; }  // of the newest bar

 private:
  using Indicator = std::variant<Sma,
                                 Ema,
                                 Wma,
                                 Rsi,
                                 Macd,
                                 Bollinger,
                                 Atr,
                                 Vwap,
                                 SessionVwap,
                                 Return,
                                 CloseVolatility,
                                 Parkinson,
                                 GarmanKlass,
                                 ReturnZScore,
                                 VolumeZScore>;
  static Indicator Make(const Definition& definition);

  uint64_t bars_ = 0;
  Timestamp last_start_{INT64_MIN};
  std::vector<std::pair<const Definition*, Indicator>> indicators_;
};

}  // namespace tw::features
