// Sink: what questdb-writer, sink-ticks and sink-alt share around their rows: the pipeline into
// QuestDB with its settings, the tables it makes, health, /check, POST /flush, /stats and metrics.
//
// Used in the order of app::Service: Configure, Prepare, Start, and at the end StopWaiting (before
// the streams are stopped), Stop (after them). Put and Persist may be called between Start and
// Stop, from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/app/app.h"
#include "libs/ilp/pipeline.h"
#include "libs/questdb/schema.h"
#include "libs/questdb/tables.h"
#include "libs/sink/flusher.h"
#include "libs/sink/metrics.h"

namespace tw::sink {

// Patience of a source that keeps what it has not handed over: wait until there is room.
inline constexpr Duration kForever{INT64_MAX};

using Stats = std::vector<std::pair<std::string, uint64_t>>;

class Sink {
 public:
  // `tables`: those this service writes, by their names in libs/questdb/tables.h.
  explicit Sink(const std::vector<std::string_view>& tables);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void Configure(config::Settings& settings);
  // `extra`: the service's own figures for /stats; may be empty.
  void Prepare(app::Context& context, std::function<Stats()> extra = {});
  // QuestDB need not be there. Unavailable, DataLoss: the spool's folder cannot be used.
  absl::Status Start(app::Context& context);
  // Whoever is blocked in Put is let go, and nobody blocks from then on.
  void StopWaiting();
  void Stop();

  // Takes all rows or none. While the pipeline is full it waits, `patience` at most.
  // ResourceExhausted: still full. Cancelled: StopWaiting.
  absl::Status Put(const ilp::LineBuffer& rows, const ilp::Position& position, Duration patience);

  // Until all that was put is on the disk, see ilp::Pipeline::Persist.
  absl::Status Persist(Duration timeout) { return pipeline_->Persist(timeout); }

  // Empty before Start and after Stop, too.
  std::string DurablePosition(std::string_view source) const;
  ilp::PipelineStats stats() const;

 private:
  void OnAlarm(http::OpsState& ops, std::string_view event, std::string_view detail) const;
  void AddChecks(http::OpsState& ops);
  http::Check CheckQuestDb() const;
  http::Check CheckSpool() const;
  http::Check CheckRows() const;
  std::string StatsJson() const;

  std::vector<questdb::Table> tables_;
  questdb::Retention retention_;
  ilp::PipelineOptions options_;
  std::function<Stats()> extra_;
  std::unique_ptr<SinkMetrics> metrics_;

  mutable std::mutex mutex_;  // guards the two below and their life
  std::shared_ptr<ilp::Pipeline> shared_;
  std::shared_ptr<Flusher> flusher_;
  ilp::Pipeline* pipeline_ = nullptr;  // the same, for between Start and Stop

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
};

}  // namespace tw::sink
