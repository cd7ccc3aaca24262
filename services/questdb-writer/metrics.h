// What questdb-writer counts beside the sink's own figures.
#pragma once

#include "libs/metrics/metrics.h"

namespace tw::questdb_writer {

class WriterMetrics {
 public:
  explicit WriterMetrics(metrics::Registry& registry)
      : events_(registry.AddCounter("tw_questdb_writer_events_total",
                                    "Ledger events turned into rows.")),
        faulty_(registry.AddCounter("tw_questdb_writer_faulty_events_total",
                                    "Ledger events of which a row could not be made.")),
        sequence_(registry.AddGauge("tw_questdb_writer_ledger_sequence",
                                    "Last ledger event read, written before or now.")),
        durable_(registry.AddGauge("tw_questdb_writer_durable_sequence",
                                   "Last ledger event whose rows are on the spool.")),
        lag_(registry.AddGauge("tw_questdb_writer_ledger_lag_seconds",
                               "How far behind oms's ledger the writer is.")) {}

  void EventWritten() const { events_.Add(); }
  void EventFaulty() const { faulty_.Add(); }
  double faulty() const { return faulty_.value(); }
  void Show(uint64_t sequence, uint64_t durable, Duration lag) const {
    sequence_.Set(static_cast<double>(sequence));
    durable_.Set(static_cast<double>(durable));
    lag_.Set(lag.seconds());
  }

 private:
  metrics::Counter events_;
  metrics::Counter faulty_;
  metrics::Gauge sequence_;
  metrics::Gauge durable_;
  metrics::Gauge lag_;
};

}  // namespace tw::questdb_writer
