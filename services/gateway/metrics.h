// What the gateway counts. Verbs at the call sites, names here.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "libs/base/time.h"
#include "libs/metrics/metrics.h"
#include "services/gateway/methods.h"

namespace tw::gateway {

class GatewayMetrics {
 public:
  explicit GatewayMetrics(metrics::Registry& registry)
      : batches_(registry.AddCounter("tw_gateway_link_messages_total",
                                     "Messages that carried order commands to oms.")),
        commands_(registry.AddCounter("tw_gateway_link_commands_total",
                                      "Order commands sent to oms, repeats included.")),
        repeats_(registry.AddCounter("tw_gateway_link_repeats_total",
                                     "Order commands sent again on a new stream.")),
        unknown_(registry.AddCounter("tw_gateway_link_unknown_total",
                                     "Order commands whose outcome the caller was not told.")),
        lost_(
            registry.AddCounter("tw_gateway_link_lost_total", "Order streams to oms that ended.")),
        waiting_(registry.AddGauge("tw_gateway_link_waiting", "Order commands without an answer.")),
        streams_(registry.AddGauge("tw_gateway_streams", "Streams forwarded now.")),
        sockets_(registry.AddGauge("tw_gateway_websockets", "WebSocket connections.")),
        market_streams_(
            registry.AddGauge("tw_gateway_market_streams", "Streams and channels of market data.")),
        market_sent_(registry.AddCounter("tw_gateway_market_updates_sent_total",
                                         "Updates sent to their clients.")),
        market_merged_(registry.AddCounter("tw_gateway_market_updates_merged_total",
                                           "Updates merged or dropped for slow clients.")),
        healthy_(registry.AddGauge("tw_gateway_services_healthy", "Services found healthy.")) {
    for (size_t i = 0; i < kPeers; ++i) {
      const metrics::Labels labels = {{"peer", std::string(kPeerNames[i])}};
      forward_[i] = registry.AddHistogram("tw_gateway_forward_seconds",
                                          "Time from forwarding a call to its answer.", labels);
      failed_[i] = registry.AddCounter("tw_gateway_forward_failed_total",
                                       "Calls a peer did not answer.", labels);
    }
    link_ = registry.AddHistogram("tw_gateway_order_seconds",
                                  "Time from an order command to oms's answer.");
  }

  void Forwarded(Peer peer, Duration took, bool answered) const {
    forward_[static_cast<size_t>(peer)].Observe(took);
    if (!answered) {
      failed_[static_cast<size_t>(peer)].Add();
    }
  }
  void CommandsSent(size_t commands) const {
    batches_.Add();
    commands_.Add(static_cast<double>(commands));
  }
  void CommandRepeated() const { repeats_.Add(); }
  void OutcomeUnknown() const { unknown_.Add(); }
  void LinkLost() const { lost_.Add(); }
  void OrderAnswered(Duration took) const { link_.Observe(took); }
  void Show(size_t waiting, size_t streams, size_t sockets, size_t healthy) const {
    waiting_.Set(static_cast<double>(waiting));
    streams_.Set(static_cast<double>(streams));
    sockets_.Set(static_cast<double>(sockets));
    healthy_.Set(static_cast<double>(healthy));
  }
  // Totals since the start.
  void ShowMarket(size_t streams, uint64_t sent, uint64_t merged) {
    const std::lock_guard lock(market_mutex_);
    market_streams_.Set(static_cast<double>(streams));
    market_sent_.Add(static_cast<double>(sent - market_sent_shown_));
    market_merged_.Add(static_cast<double>(merged - market_merged_shown_));
    market_sent_shown_ = sent;
    market_merged_shown_ = merged;
  }

 private:
  metrics::Counter batches_;
  metrics::Counter commands_;
  metrics::Counter repeats_;
  metrics::Counter unknown_;
  metrics::Counter lost_;
  metrics::Gauge waiting_;
  metrics::Gauge streams_;
  metrics::Gauge sockets_;
  metrics::Gauge market_streams_;
  metrics::Counter market_sent_;
  metrics::Counter market_merged_;
  metrics::Gauge healthy_;
  std::mutex market_mutex_;
  uint64_t market_sent_shown_ = 0;
  uint64_t market_merged_shown_ = 0;
  metrics::Histogram link_;
  std::array<metrics::Histogram, kPeers> forward_;
  std::array<metrics::Counter, kPeers> failed_;
};

}  // namespace tw::gateway
