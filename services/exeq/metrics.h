// What exeq counts. Verbs at the call sites, names here.
#pragma once

#include <cstddef>

#include "libs/metrics/metrics.h"

namespace tw::exeq {

class ExeqMetrics {
 public:
  explicit ExeqMetrics(metrics::Registry& registry)
      : placed_(Commands(registry, "place")),
        canceled_(Commands(registry, "cancel")),
        replaced_(Commands(registry, "replace")),
        executions_(registry.AddCounter("tw_exeq_executions_total", "Executions passed to oms.")),
        unrouted_(registry.AddCounter("tw_exeq_unrouted_total",
                                      "Orders for which no venue was known; sent all the same.")),
        streams_lost_(registry.AddCounter("tw_exeq_streams_lost_total",
                                          "Times the way between oms and the venues was lost.")) {}

  void Placed() const { placed_.Add(); }
  void Canceled() const { canceled_.Add(); }
  void Replaced() const { replaced_.Add(); }
  void Passed(size_t executions) const { executions_.Add(static_cast<double>(executions)); }
  void Unrouted() const { unrouted_.Add(); }
  void StreamLost() const { streams_lost_.Add(); }

 private:
  static metrics::Counter Commands(metrics::Registry& registry, const char* kind) {
    return registry.AddCounter("tw_exeq_commands_total", "Commands sent to venues, by kind.",
                               {{"kind", kind}});
  }

  metrics::Counter placed_;
  metrics::Counter canceled_;
  metrics::Counter replaced_;
  metrics::Counter executions_;
  metrics::Counter unrouted_;
  metrics::Counter streams_lost_;
};

}  // namespace tw::exeq
