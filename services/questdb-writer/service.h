// WriterService: questdb-writer as a service. It reads oms's ledger from its first event at each
// start, to have the positions, and writes rows for the events behind its durable position.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/ledger_client.h"
#include "libs/ilp/line_buffer.h"
#include "libs/sink/sink.h"
#include "services/questdb-writer/ledger_rows.h"
#include "services/questdb-writer/metrics.h"
#include "services/questdb-writer/risk_changes.h"

namespace tw::questdb_writer {

class WriterService final : public app::Service {
 public:
  WriterService();
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void AddChecks();
  void OnEvent(const tradewind::v1::LedgerEvent& event);
  void OnBatch(const tradewind::v1::LedgerBatch& batch, bool caught_up);
  // Hands over the rows so far. False: stopping.
  void NoteHead(const v1::JournalHead& head);
  bool Hand(const ilp::Position& position);

  app::Context* context_ = nullptr;
  sink::Sink sink_;
  std::unique_ptr<WriterMetrics> metrics_;
  std::unique_ptr<feed::LagMeter> lag_;
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::shared_ptr<RiskChanges> changes_;
  std::atomic<uint64_t> sequence_{0};  // last event read
  std::atomic<uint64_t> durable_{0};   // at the start: the last event whose rows are safe
  uint64_t journal_record_ = 0;        // of the last head that was a row
  std::atomic<uint64_t> head_{0};

  // The closes that the clock says are over, once all events of before are here.
  void OnTime();

  std::string instruments_;

  std::mutex mutex_;  // of what follows: the stream's callbacks, and the timer between them
  std::unique_ptr<LedgerRows> ledger_rows_;
  ilp::LineBuffer rows_{ilp::Doubles::kBinary};
  uint64_t handed_ = 0;
  bool ready_ = false;
  bool stopping_ = false;
};

}  // namespace tw::questdb_writer
