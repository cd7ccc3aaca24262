// What execution-quality counts.
#pragma once

#include "libs/metrics/metrics.h"
#include "services/execution-quality/state.h"

namespace tw::eq {

class QualityMetrics {
 public:
  explicit QualityMetrics(metrics::Registry& registry)
      : events_(registry.AddCounter("tw_execution_quality_ledger_events_total",
                                    "Ledger events applied.")),
        sequence_(registry.AddGauge("tw_execution_quality_ledger_sequence",
                                    "Last ledger event applied.")),
        orders_(registry.AddGauge("tw_execution_quality_orders", "Orders in memory.")),
        forgotten_(registry.AddGauge("tw_execution_quality_forgotten_orders",
                                     "Finished orders that have left memory.")),
        lag_(registry.AddGauge("tw_execution_quality_ledger_lag_seconds",
                               "How far behind oms's ledger.")),
        sightings_(registry.AddCounter("tw_execution_quality_sightings_total",
                                       "Mids and seconds of the market kept on disk.")),
        sightings_lost_(registry.AddCounter("tw_execution_quality_sightings_lost_total",
                                            "Those that a full disk did not take.")) {}

  void EventApplied() const { events_.Add(); }
  void Kept(size_t kept, size_t lost) const {
    sightings_.Add(static_cast<double>(kept));
    sightings_lost_.Add(static_cast<double>(lost));
  }
  void Show(const QualityState::Counts& counts, Duration ledger_lag) const {
    sequence_.Set(static_cast<double>(counts.sequence));
    orders_.Set(static_cast<double>(counts.orders));
    forgotten_.Set(static_cast<double>(counts.forgotten));
    lag_.Set(ledger_lag.seconds());
  }

 private:
  metrics::Counter events_;
  metrics::Gauge sequence_;
  metrics::Gauge orders_;
  metrics::Gauge forgotten_;
  metrics::Gauge lag_;
  metrics::Counter sightings_;
  metrics::Counter sightings_lost_;
};

}  // namespace tw::eq
