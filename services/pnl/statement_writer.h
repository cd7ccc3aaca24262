// StatementWriter: reads the ledger beside the service, at a pace of its own, and keeps the
// statements of every market's close on disk. What cannot be written is tried again until it can;
// the reading waits meanwhile, so that no statement is left out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/ledger_client.h"
#include "libs/journal/posix_file.h"
#include "libs/metrics/metrics.h"
#include "services/pnl/statement_days.h"

namespace tw::pnl {

class StatementWriter {
 public:
  StatementWriter(app::Context& context, TradingDays days, Duration retry);

  void Start() { ledger_.Start(); }
  void Stop();

  http::Check Check() const;
  // `"statements":..,` and so on, for /stats.
  std::string Stats() const;

 private:
  feed::LedgerOptions Options();
  // Until it is done, or the service stops.
  void Insist(const std::function<absl::Status()>& work);
  void OnWritten(const StatementDays::Written& written);

  app::Context& context_;
  const Duration retry_;
  journal::PosixFileSystem files_;
  metrics::Counter statements_;
  metrics::Counter failures_;
  metrics::Counter left_out_;
  metrics::Gauge sequence_;
  StatementDays days_;  // the ledger's callbacks

  mutable std::mutex mutex_;
  std::condition_variable stop_asked_;
  bool stopping_ = false;
  absl::Status fault_;  // of the last try
  std::string last_;    // "2026-11-27 XNYS"

  feed::LedgerClient ledger_;
};

}  // namespace tw::pnl
