// What pnl counts.
#pragma once

#include "libs/metrics/metrics.h"
#include "services/pnl/state.h"

namespace tw::pnl {

class PnlMetrics {
 public:
  explicit PnlMetrics(metrics::Registry& registry)
      : events_(registry.AddCounter("tw_pnl_ledger_events_total", "Ledger events applied.")),
        out_of_range_(registry.AddCounter("tw_pnl_fills_out_of_range_total",
                                          "Fills that would take a position out of range.")),
        sequence_(registry.AddGauge("tw_pnl_ledger_sequence", "Last ledger event applied.")),
        lag_(registry.AddGauge("tw_pnl_ledger_lag_seconds", "How far behind oms's ledger pnl is.")),
        accounts_(registry.AddGauge("tw_pnl_accounts", "Accounts with a book.")),
        stale_marks_(registry.AddGauge("tw_pnl_stale_marks", "Symbols without a fresh mark.")),
        history_(registry.AddGauge("tw_pnl_history_points", "Points of history in memory.")) {}

  void EventApplied(Applied applied) const {
    if (applied != Applied::kDuplicate) {
      events_.Add();
    }
    if (applied == Applied::kOutOfRange) {
      out_of_range_.Add();
    }
  }
  double out_of_range() const { return out_of_range_.value(); }
  void Show(const PnlState::Counts& counts, Duration ledger_lag) const {
    sequence_.Set(static_cast<double>(counts.sequence));
    lag_.Set(ledger_lag.seconds());
    accounts_.Set(static_cast<double>(counts.accounts));
    stale_marks_.Set(static_cast<double>(counts.stale_marks));
    history_.Set(static_cast<double>(counts.history_points));
  }

 private:
  metrics::Counter events_;
  metrics::Counter out_of_range_;
  metrics::Gauge sequence_;
  metrics::Gauge lag_;
  metrics::Gauge accounts_;
  metrics::Gauge stale_marks_;
  metrics::Gauge history_;
};

}  // namespace tw::pnl
