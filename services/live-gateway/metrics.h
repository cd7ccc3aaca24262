// What live-gateway counts. Verbs at the call sites, names here.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "libs/base/time.h"
#include "libs/metrics/metrics.h"
#include "services/live-gateway/venue_events.h"

namespace tw::live_gateway {

class LiveGatewayMetrics {
 public:
  explicit LiveGatewayMetrics(metrics::Registry& registry)
      : repeated_(registry.AddCounter("tw_live_gateway_orders_repeated_total",
                                      "Orders placed again under a known child_id.")),
        refused_(registry.AddCounter("tw_live_gateway_orders_refused_total",
                                     "Orders and changes refused before the venue saw them.")),
        feed_events_(
            registry.AddCounter("tw_live_gateway_feed_events_total", "Market events published.")),
        replayed_(
            registry.AddCounter("tw_live_gateway_replayed_rows_total", "Recorded rows published.")),
        open_orders_(registry.AddGauge("tw_live_gateway_open_orders",
                                       "Orders of ours that rest at the paper venue.")),
        sync_(registry.AddHistogram("tw_live_gateway_journal_sync_seconds",
                                    "Time to make one batch durable.")),
        step_(registry.AddHistogram("tw_live_gateway_market_step_seconds",
                                    "Time of one step of the synthetic market.")) {
    constexpr std::array<const char*, 11> kKinds = {
        "",         "accepted",        "rejected",       "filled",
        "canceled", "cancel_rejected", "replaced",       "replace_rejected",
        "expired",  "trade_busted",    "trade_corrected"};
    for (size_t kind = 1; kind < kKinds.size(); ++kind) {
      reports_[kind] = registry.AddCounter("tw_live_gateway_executions_total",
                                           "Execution reports about our orders, by kind.",
                                           {{"kind", kKinds[kind]}});
    }
  }

  void Reported(ReportKind kind) const { reports_[static_cast<size_t>(kind)].Add(); }
  void OrderRepeated() const { repeated_.Add(); }
  void OrderRefused() const { refused_.Add(); }
  void Published(size_t events) const { feed_events_.Add(static_cast<double>(events)); }
  void Replayed(size_t rows) const { replayed_.Add(static_cast<double>(rows)); }
  void OpenOrders(size_t count) const { open_orders_.Set(static_cast<double>(count)); }
  void Synced(Duration took) const { sync_.Observe(took); }
  void Stepped(Duration took) const { step_.Observe(took); }

 private:
  std::array<metrics::Counter, 11> reports_;
  metrics::Counter repeated_;
  metrics::Counter refused_;
  metrics::Counter feed_events_;
  metrics::Counter replayed_;
  metrics::Gauge open_orders_;
  metrics::Histogram sync_;
  metrics::Histogram step_;
};

}  // namespace tw::live_gateway
