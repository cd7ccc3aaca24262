// What feature-pipeline counts.
#pragma once

#include "libs/metrics/metrics.h"

namespace tw::features {

class FeatureMetrics {
 public:
  explicit FeatureMetrics(metrics::Registry& registry)
      : inputs_(registry.AddCounter("tw_feature_pipeline_inputs_total",
                                    "Bars, quotes and books that fed features.")),
        bars_(registry.AddGauge("tw_feature_pipeline_bars", "Closed bars taken since the start.")),
        silent_(registry.AddGauge("tw_feature_pipeline_silent_instruments",
                                  "Instruments without an input lately.")),
        lag_(registry.AddGauge("tw_feature_pipeline_feed_lag_seconds",
                               "How far behind normalizer's feed.")) {}

  void InputTaken() const { inputs_.Add(); }
  void Show(uint64_t bars, size_t silent, Duration lag) const {
    bars_.Set(static_cast<double>(bars));
    silent_.Set(static_cast<double>(silent));
    lag_.Set(lag.seconds());
  }

 private:
  metrics::Counter inputs_;
  metrics::Gauge bars_;
  metrics::Gauge silent_;
  metrics::Gauge lag_;
};

}  // namespace tw::features
