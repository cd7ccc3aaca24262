// What every sink shows: the pipeline's statistics, read when somebody looks. Any thread.
#pragma once

#include <mutex>

#include "libs/ilp/pipeline.h"
#include "libs/metrics/metrics.h"

namespace tw::sink {

class SinkMetrics {
 public:
  explicit SinkMetrics(metrics::Registry& registry)
      : added_(registry.AddCounter("tw_sink_rows_added_total", "Rows taken.")),
        acked_(registry.AddCounter("tw_sink_rows_acked_total",
                                   "Rows QuestDB acknowledged, those sent again included.")),
        dead_(registry.AddCounter("tw_sink_rows_dead_total", "Rows QuestDB refused for good.")),
        failed_(registry.AddCounter("tw_sink_requests_failed_total",
                                    "Requests to QuestDB that were not answered with success.")),
        pending_(registry.AddGauge("tw_sink_rows_pending", "Rows in memory, not yet spooled.")),
        spooled_(registry.AddGauge("tw_sink_rows_spooled", "Rows on the spool for QuestDB.")),
        spool_bytes_(registry.AddGauge("tw_sink_spool_bytes", "Size of those rows on disk.")),
        spool_full_(registry.AddGauge("tw_sink_spool_full", "1: rows are no longer durable.")),
        waited_(registry.AddGauge("tw_sink_spool_wait_seconds",
                                  "How long the rows QuestDB took last had been on the spool.")),
        connected_(registry.AddGauge("tw_sink_questdb_connected", "1: QuestDB answers.")) {}

  void Show(const ilp::PipelineStats& stats) {
    const std::lock_guard lock(mutex_);
    Grow(added_, stats.rows_added, shown_.rows_added);
    Grow(acked_, stats.rows_acked, shown_.rows_acked);
    Grow(dead_, stats.dead_rows, shown_.dead_rows);
    Grow(failed_, stats.requests_failed, shown_.requests_failed);
    pending_.Set(static_cast<double>(stats.rows_pending));
    spooled_.Set(static_cast<double>(stats.rows_spooled));
    spool_bytes_.Set(static_cast<double>(stats.spool_bytes));
    spool_full_.Set(stats.spool_full ? 1 : 0);
    waited_.Set(stats.waited.seconds());
    connected_.Set(stats.connected ? 1 : 0);
    shown_ = stats;
  }

 private:
  static void Grow(const metrics::Counter& counter, uint64_t now, uint64_t shown) {
    counter.Add(static_cast<double>(now) - static_cast<double>(shown));
  }

  std::mutex mutex_;
  ilp::PipelineStats shown_;
  metrics::Counter added_;
  metrics::Counter acked_;
  metrics::Counter dead_;
  metrics::Counter failed_;
  metrics::Gauge pending_;
  metrics::Gauge spooled_;
  metrics::Gauge spool_bytes_;
  metrics::Gauge spool_full_;
  metrics::Gauge waited_;
  metrics::Gauge connected_;
};

}  // namespace tw::sink
