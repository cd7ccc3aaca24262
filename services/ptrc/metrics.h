// What ptrc counts.
#pragma once

#include "libs/metrics/metrics.h"
#include "services/ptrc/state.h"

namespace tw::ptrc {

class PtrcMetrics {
 public:
  explicit PtrcMetrics(metrics::Registry& registry)
      : reports_(registry.AddCounter("tw_ptrc_reports_total", "Reports written.")),
        trades_(registry.AddGauge("tw_ptrc_trades", "Trades in memory.")),
        matched_(registry.AddGauge("tw_ptrc_matched_trades", "Trades that oms shows too.")),
        unmatched_(registry.AddGauge("tw_ptrc_unmatched_trades", "Fills only one side shows.")),
        open_breaks_(registry.AddGauge("tw_ptrc_open_breaks", "Breaks that have not healed.")),
        alerts_(registry.AddGauge("tw_ptrc_alerts", "Surveillance alerts raised.")),
        compared_(registry.AddGauge("tw_ptrc_position_comparisons",
                                    "Times pnl's positions were compared.")),
        oms_lag_(registry.AddGauge("tw_ptrc_ledger_lag_seconds", "How far behind oms's ledger.")),
        venue_lag_(registry.AddGauge("tw_ptrc_drop_copy_lag_seconds",
                                     "How far behind live-gateway's executions.")) {}

  void ReportWritten() const { reports_.Add(); }
  void Show(const PtrcState::Counts& counts, Duration oms_lag, Duration venue_lag) const {
    trades_.Set(static_cast<double>(counts.trades));
    matched_.Set(static_cast<double>(counts.matched));
    unmatched_.Set(static_cast<double>(counts.unmatched));
    open_breaks_.Set(static_cast<double>(counts.open_breaks));
    alerts_.Set(static_cast<double>(counts.alerts));
    compared_.Set(static_cast<double>(counts.positions_compared));
    oms_lag_.Set(oms_lag.seconds());
    venue_lag_.Set(venue_lag.seconds());
  }

 private:
  metrics::Counter reports_;
  metrics::Gauge trades_;
  metrics::Gauge matched_;
  metrics::Gauge unmatched_;
  metrics::Gauge open_breaks_;
  metrics::Gauge alerts_;
  metrics::Gauge compared_;
  metrics::Gauge oms_lag_;
  metrics::Gauge venue_lag_;
};

}  // namespace tw::ptrc
