// What risk counts. Call sites use the verbs; names stand here alone. Any thread.
#pragma once

#include <array>
#include <string>

#include "libs/core/types.h"
#include "libs/metrics/metrics.h"

namespace tw::risk {

class RiskMetrics {
 public:
  RiskMetrics() = default;
  explicit RiskMetrics(metrics::Registry& registry)
      : registry_(&registry),
        approved_(registry.AddCounter(
            "tw_risk_decisions_total", "Orders decided by the gate.", {{"reason", "NONE"}})),
        gate_(registry.AddHistogram("tw_risk_gate_seconds",
                                    "Time to decide one message of the gate, waiting included.")),
        dropped_(registry.AddCounter("tw_risk_reservations_dropped_total",
                                     "Approvals that oms's ledger never showed.")),
        alerts_lost_(registry.AddCounter("tw_risk_alerts_lost_total",
                                         "Alerts that could not be kept: the queue was full.")),
        journal_(registry.AddHistogram("tw_risk_journal_sync_seconds",
                                       "Time to append and sync one change.")),
        open_orders_(registry.AddGauge("tw_risk_open_orders", "Orders that hold exposure.")),
        reservations_(
            registry.AddGauge("tw_risk_reservations", "Approvals the ledger does not show yet.")),
        exposure_(registry.AddGauge("tw_risk_firm_exposure", "The firm's exposure, USD.")),
        alerts_open_(registry.AddGauge("tw_risk_alerts_open", "Alerts nobody acknowledged.")),
        kill_switch_(registry.AddGauge("tw_risk_kill_switch", "1 while it is engaged.")) {}

  void Approved() const { approved_.Add(); }
  void Refused(RejectReason reason) const {
    if (registry_ != nullptr) {
      registry_
          ->AddCounter("tw_risk_decisions_total", "Orders decided by the gate.",
                       {{"reason", std::string(Name(reason))}})
          .Add();
    }
  }
  void GateAnswered(Duration took) const { gate_.Observe(took); }
  void ReservationsDropped(size_t count) const { dropped_.Add(static_cast<double>(count)); }
  void AlertLost() const { alerts_lost_.Add(); }
  void JournalSynced(Duration took) const { journal_.Observe(took); }
  void Show(size_t open_orders, size_t reservations, double exposure) const {
    open_orders_.Set(static_cast<double>(open_orders));
    reservations_.Set(static_cast<double>(reservations));
    exposure_.Set(exposure);
  }
  void Show(size_t alerts_open, bool kill_switch) const {
    alerts_open_.Set(static_cast<double>(alerts_open));
    kill_switch_.Set(kill_switch ? 1 : 0);
  }

 private:
  metrics::Registry* registry_ = nullptr;
  metrics::Counter approved_;
  metrics::Histogram gate_;
  metrics::Counter dropped_;
  metrics::Counter alerts_lost_;
  metrics::Histogram journal_;
  metrics::Gauge open_orders_;
  metrics::Gauge reservations_;
  metrics::Gauge exposure_;
  metrics::Gauge alerts_open_;
  metrics::Gauge kill_switch_;
};

}  // namespace tw::risk
