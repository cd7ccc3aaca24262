// What sink-ticks counts beside the sink's own figures.
#pragma once

#include "libs/base/time.h"
#include "libs/metrics/metrics.h"

namespace tw::sink_ticks {

class TicksMetrics {
 public:
  explicit TicksMetrics(metrics::Registry& registry)
      : events_(registry.AddCounter("tw_sink_ticks_events_total", "Feed events taken.")),
        faulty_(registry.AddCounter("tw_sink_ticks_faulty_events_total",
                                    "Feed events of which a row could not be made.")),
        gaps_(registry.AddCounter("tw_sink_ticks_gaps_total",
                                  "Stretches of the feed that never came, each a row in gaps.")),
        dropped_(registry.AddCounter("tw_sink_ticks_dropped_events_total",
                                     "Live events dropped because nothing could take them.")),
        waits_(registry.AddCounter("tw_sink_ticks_wait_seconds_total",
                                   "Time the feed was made to wait.")),
        lag_(registry.AddGauge("tw_sink_ticks_feed_lag_seconds", "How far behind the feed.")) {}

  void EventsTaken(size_t count) const { events_.Add(static_cast<double>(count)); }
  void EventFaulty() const { faulty_.Add(); }
  void GapNoticed() const { gaps_.Add(); }
  void EventsDropped(size_t count) const { dropped_.Add(static_cast<double>(count)); }
  void Waited(Duration span) const { waits_.Add(span.seconds()); }
  void ShowLag(Duration lag) const { lag_.Set(lag.seconds()); }

  double faulty() const { return faulty_.value(); }
  double gaps() const { return gaps_.value(); }
  double dropped() const { return dropped_.value(); }
  double events() const { return events_.value(); }

 private:
  metrics::Counter events_;
  metrics::Counter faulty_;
  metrics::Counter gaps_;
  metrics::Counter dropped_;
  metrics::Counter waits_;
  metrics::Gauge lag_;
};

}  // namespace tw::sink_ticks
