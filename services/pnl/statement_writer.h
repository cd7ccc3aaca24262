// StatementWriter: reads the ledger beside the service and keeps the statements of every market's
// close on disk, by a thread of its own, so that no reader of streams waits for the disk. What
// cannot be written is tried again until it can; up to kWaitingMax events wait meanwhile, then the
// reading does, so that no statement is left out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libs/app/app.h"
#include "libs/feed/ledger_client.h"
#include "libs/journal/posix_file.h"
#include "libs/metrics/metrics.h"
#include "services/pnl/statement_days.h"

namespace tw::pnl {

class StatementWriter {
 public:
  StatementWriter(app::Context& context, TradingDays days, Duration retry);

  static constexpr size_t kWaitingMax = 65'536;  // ledger events, beside those of one message

  void Start();
  void Stop();

  http::Check Check() const;
  // `"statements":..,` and so on, for /stats.
  std::string Stats() const;

 private:
  feed::LedgerOptions Options();
  // What was gathered of one message.
  void Post(bool caught_up);
  void Run();
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
  StatementDays days_;  // thread_ only

  mutable std::mutex mutex_;
  std::condition_variable stop_asked_;
  std::condition_variable posted_;
  std::condition_variable taken_;
  // Events in order; nothing stands for "caught up here".
  std::deque<std::optional<v1::LedgerEvent>> waiting_;
  bool stopping_ = false;
  std::vector<v1::LedgerEvent> gathered_;  // by the stream's callbacks
  absl::Status fault_;                     // of the last try
  std::string last_;                       // "2026-11-27 XNYS"

  feed::LedgerClient ledger_;
  std::thread thread_;
};

}  // namespace tw::pnl
