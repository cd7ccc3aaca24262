// CandleReader: bars for /candles. The newest come from hot-cache, older ones from QuestDB's table
// `bars`; either alone will do while the other is away.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "libs/work/work_queue.h"
#include "services/gateway/forwarder.h"
#include "services/normalizer/interval.h"

namespace tw::gateway {

// The newest `limit` bars that are on record, oldest first. Blocks, with a time limit of its own.
using BarHistory = std::function<absl::StatusOr<std::vector<v1::Bar>>(const v1::ListBarsRequest&)>;

class CandleReader {
 public:
  static constexpr size_t kQueueMax = 64;  // requests waiting for QuestDB

  // `forwarder` outlives the reader. `intervals`: that there are bars of.
  CandleReader(Forwarder& forwarder, BarHistory history, normalizer::Intervals intervals = {});
  ~CandleReader() { Stop(); }

  // Fills in timeframe (1m) and limit. InvalidArgument: either makes no sense.
  absl::Status Complete(v1::ListBarsRequest& request) const;

  // Any thread; `done` runs exactly once.
  void Read(v1::ListBarsRequest request, Done<v1::ListBarsResponse> done);
  // Answers what waits with what hot-cache had.
  void Stop();

  // Why QuestDB did not answer last time; OK when it did, or was not asked yet.
  absl::Status history_status() const;

 private:
  using Live = absl::StatusOr<v1::ListBarsResponse>;
  struct Job {
    v1::ListBarsRequest request;
    Live live;
    Done<v1::ListBarsResponse> done;
  };

  void OnLive(Job job);
  bool IsAway() const;
  absl::StatusOr<v1::ListBarsResponse> WithHistory(const Job& job);

  Forwarder& forwarder_;
  const BarHistory history_;
  const normalizer::Intervals intervals_;
  mutable std::mutex mutex_;
  absl::Status history_status_;
  int64_t away_until_ns_ = 0;  // QuestDB is not asked before this
  WorkQueue reads_{{.name = "reads of the history", .waiting_max = kQueueMax}};
};

}  // namespace tw::gateway
