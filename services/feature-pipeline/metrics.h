// What feature-pipeline counts.
#pragma once

#include "libs/metrics/metrics.h"

namespace tw::features {

class FeatureMetrics {
 public:
  explicit FeatureMetrics(metrics::Registry& registry)
      : inputs_(registry.AddCounter("tw_feature_pipeline_inputs_total",
                                    "Bars, quotes and books that fed features.")),
        rows_(
            registry.AddCounter("tw_feature_pipeline_rows_total", "Values handed to the history.")),
        dropped_(registry.AddCounter("tw_feature_pipeline_rows_dropped_total",
                                     "Values that the full sink did not take.")),
        read_(registry.AddHistogram("tw_feature_pipeline_read_seconds",
                                    "From a question to its answer from memory.")),
        bars_(registry.AddGauge("tw_feature_pipeline_bars", "Closed bars taken since the start.")),
        refused_(registry.AddGauge("tw_feature_pipeline_bars_refused",
                                   "Bars whose figures cannot be, or are too large.")),
        silent_(registry.AddGauge("tw_feature_pipeline_silent_instruments",
                                  "Instruments without an input lately.")),
        lag_(registry.AddGauge("tw_feature_pipeline_feed_lag_seconds",
                               "How far behind normalizer's feed.")) {}

  void InputTaken() const { inputs_.Add(); }
  void RowsTaken(size_t rows) const { rows_.Add(static_cast<double>(rows)); }
  void RowsDropped(size_t rows) const { dropped_.Add(static_cast<double>(rows)); }
  void Answered(Duration took) const { read_.Observe(took); }
  double dropped() const { return dropped_.value(); }
  void Show(uint64_t bars, uint64_t refused, size_t silent, Duration lag) const {
    bars_.Set(static_cast<double>(bars));
    refused_.Set(static_cast<double>(refused));
    silent_.Set(static_cast<double>(silent));
    lag_.Set(lag.seconds());
  }

 private:
  metrics::Counter inputs_;
  metrics::Counter rows_;
  metrics::Counter dropped_;
  metrics::Histogram read_;
  metrics::Gauge bars_;
  metrics::Gauge refused_;
  metrics::Gauge silent_;
  metrics::Gauge lag_;
};

}  // namespace tw::features
