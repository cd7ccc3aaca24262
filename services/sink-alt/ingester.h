// Ingester: takes requests, all or none of each, and answers once their records are on the disk.
// One thread works for all requests that wait, so that they share one sync. Any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/sink/sink.h"
#include "services/sink-alt/alt_types.h"
#include "services/sink-alt/metrics.h"
#include "services/sink-alt/seen.h"
#include "services/sink-alt/seen_log.h"
#include "tradewind/v1/analytics.pb.h"

namespace tw::sink_alt {

struct IngesterOptions {
  size_t requests_max = 256;  // waiting
  size_t bytes_max = 32u << 20;
  size_t seen_max = 1'000'000;
  Duration seen_age = Duration::Seconds(int64_t{72} * 3'600);
  Duration disk_timeout = Duration::Seconds(5);
  AltTypes types{};
};

using IngestDone = std::function<void(const absl::StatusOr<tradewind::v1::IngestResponse>&)>;

class Ingester {
 public:
  // The sink is started and outlives the ingester, as the clock does.
  // `log`: where the contents taken are kept over restarts, `seen` what it held.
  Ingester(sink::Sink& sink,
           const Clock& clock,
           AltMetrics metrics,
           IngesterOptions options,
           SeenLog log,
           Seen seen);
  ~Ingester();  // answers UNAVAILABLE to those who wait
  Ingester(const Ingester&) = delete;
  Ingester& operator=(const Ingester&) = delete;

  const AltTypes& types() const { return options_.types; }

  // `done` runs exactly once. InvalidArgument as Validate has it, nothing was taken.
  // ResourceExhausted: too much waits, nothing was taken. Unavailable: the disk does not take it;
  // records may be stored all the same, sending them again is safe.
  void Ingest(tradewind::v1::IngestRequest request, IngestDone done);

 private:
  struct Job {
    tradewind::v1::IngestRequest request;
    IngestDone done;
    int64_t began_ns = 0;
    size_t bytes = 0;
    // Once its rows are in the pipeline:
    std::vector<ContentHash> fresh{};
    int duplicates = 0;
  };
  using Hashes = absl::flat_hash_set<ContentHash>;

  void Run();
  void Work(std::vector<Job> jobs);
  absl::Status Take(Job& job, Hashes& round);
  void Remember(const std::vector<Job>& taken);
  void Refuse(const Job& job, const absl::Status& why) const;

  sink::Sink& sink_;
  const Clock& clock_;
  const AltMetrics metrics_;
  const IngesterOptions options_;

  Seen seen_;    // the thread's alone
  SeenLog log_;  // likewise

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> waiting_;
  size_t waiting_bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tw::sink_alt
