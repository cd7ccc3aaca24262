// What oms counts. Verbs at the call sites, names here.
#pragma once

#include <string>

#include "libs/base/time.h"
#include "libs/metrics/metrics.h"

namespace tw::oms {

class OmsMetrics {
 public:
  explicit OmsMetrics(metrics::Registry& registry)
      : accepted_(registry.AddCounter(
            "tw_oms_orders_total", "Orders by outcome.", {{"outcome", "accepted"}})),
        rejected_(registry.AddCounter(
            "tw_oms_orders_total", "Orders by outcome.", {{"outcome", "rejected"}})),
        duplicate_(registry.AddCounter(
            "tw_oms_orders_total", "Orders by outcome.", {{"outcome", "duplicate"}})),
        refused_(registry.AddCounter("tw_oms_requests_refused_total",
                                     "Requests that journaled nothing.")),
        fills_(registry.AddCounter("tw_oms_fills_total", "Fills.")),
        ignored_(registry.AddCounter("tw_oms_executions_ignored_total",
                                     "Reports that changed no order.")),
        resolved_(registry.AddCounter("tw_oms_orders_resolved_total",
                                      "Uncertain orders that an operator ended.")),
        contradicted_(registry.AddCounter("tw_oms_resolutions_contradicted_total",
                                          "Fills the venue told of orders that were resolved.")),
        triggered_(registry.AddCounter("tw_oms_stops_triggered_total",
                                       "Stops that were set off and sent on.")),
        self_trades_(registry.AddCounter("tw_oms_self_trades_prevented_total",
                                         "Orders that would have traded with one of their own.")),
        events_(registry.AddCounter("tw_oms_events_total", "Ledger events made durable.")),
        sync_(registry.AddHistogram("tw_oms_journal_sync_seconds",
                                    "Time to make one batch durable.")),
        gate_(registry.AddHistogram("tw_oms_risk_answer_seconds",
                                    "Time from asking risk to its answer.")),
        submit_(registry.AddHistogram("tw_oms_submit_seconds",
                                      "Time from a new order to its answer.")) {}

  void OrderAccepted() const { accepted_.Add(); }
  void OrderRejected() const { rejected_.Add(); }
  void OrderRepeated() const { duplicate_.Add(); }
  void RequestRefused() const { refused_.Add(); }
  void FillBooked() const { fills_.Add(); }
  void ExecutionIgnored() const { ignored_.Add(); }
  void OrderResolved() const { resolved_.Add(); }
  void ResolutionContradicted() const { contradicted_.Add(); }
  void StopTriggered() const { triggered_.Add(); }
  void SelfTradePrevented() const { self_trades_.Add(); }
  void Synced(Duration took, size_t events) const {
    sync_.Observe(took);
    events_.Add(static_cast<double>(events));
  }
  void RiskAnswered(Duration took) const { gate_.Observe(took); }
  void OrderAnswered(Duration took) const { submit_.Observe(took); }

 private:
  metrics::Counter accepted_;
  metrics::Counter rejected_;
  metrics::Counter duplicate_;
  metrics::Counter refused_;
  metrics::Counter fills_;
  metrics::Counter ignored_;
  metrics::Counter resolved_;
  metrics::Counter contradicted_;
  metrics::Counter triggered_;
  metrics::Counter self_trades_;
  metrics::Counter events_;
  metrics::Histogram sync_;
  metrics::Histogram gate_;
  metrics::Histogram submit_;
};

}  // namespace tw::oms
