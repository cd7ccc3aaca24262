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
                                    "From a request to its records on the disk.")),
        seen_(registry.AddGauge("tw_sink_alt_seen", "Contents remembered, of 72 hours.")),
        forgetful_(registry.AddCounter("tw_sink_alt_seen_failed_total",
                                       "Times the disk did not keep what was seen.")),
        upload_faults_(registry.AddCounter("tw_sink_alt_upload_faults_total",
                                           "Faults found in uploaded files.")) {}

  void Taken(int accepted, int duplicates, Duration took) const {
    accepted_.Add(accepted);
    duplicates_.Add(duplicates);
    took_.Observe(took);
  }
  void Refused() const { refused_.Add(); }
  void Remembered(size_t seen, bool kept) const {
    seen_.Set(static_cast<double>(seen));
    forgetful_.Add(kept ? 0 : 1);
  }
  void UploadFaults(int64_t faults) const { upload_faults_.Add(static_cast<double>(faults)); }
  double forgetful() const { return forgetful_.value(); }

 private:
  metrics::Counter accepted_;
  metrics::Counter duplicates_;
  metrics::Counter refused_;
  metrics::Histogram took_;
  metrics::Gauge seen_;
  metrics::Counter forgetful_;
  metrics::Counter upload_faults_;
};

}  // namespace tw::sink_alt
