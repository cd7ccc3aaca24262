// What sink-alt counts beside the sink's own figures.
#pragma once

#include "libs/base/time.h"
#include "libs/metrics/metrics.h"

namespace tw::sink_alt {

class AltMetrics {
 public:
  explicit AltMetrics(metrics::Registry& registry)
      : accepted_(registry.AddCounter("tw_sink_alt_records_total", "Records taken.")),
        duplicates_(registry.AddCounter("tw_sink_alt_duplicates_total",
                                        "Records that had been taken before.")),
        refused_(registry.AddCounter("tw_sink_alt_requests_refused_total",
                                     "Requests of which nothing was taken.")),
        took_(registry.AddHistogram("tw_sink_alt_ingest_seconds",
                                    "From a request to its records on the disk.")) {}

  void Taken(int accepted, int duplicates, Duration took) const {
    accepted_.Add(accepted);
    duplicates_.Add(duplicates);
    took_.Observe(took);
  }
  void Refused() const { refused_.Add(); }

 private:
  metrics::Counter accepted_;
  metrics::Counter duplicates_;
  metrics::Counter refused_;
  metrics::Histogram took_;
};

}  // namespace tw::sink_alt
