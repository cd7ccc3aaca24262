// ExecutionQualityService: execution-quality as a service. It reads oms's ledger from its first
// event at each start, and beside it what it saw of the market itself, which it keeps; it is ready
// once it has read to the head.
#pragma once

#include <atomic>
#include <memory>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/ledger_client.h"
#include "libs/feed/market_client.h"
#include "libs/journal/posix_file.h"
#include "libs/timer/timer.h"
#include "services/execution-quality/metrics.h"
#include "services/execution-quality/sight_log.h"
#include "services/execution-quality/state.h"

namespace tw::eq {

class ExecutionQualityService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterGrpc();
  void RegisterHttp();
  void RegisterChecks();
  // UNAVAILABLE until the ledger was read to its head.
  absl::Status Ready() const;
  std::unique_ptr<feed::LedgerClient> MakeLedgerClient();
  std::unique_ptr<feed::MarketClient> MakeMarketClient();
  absl::Status OpenLog();
  void See();  // what is due of the market

  absl::StatusOr<tradewind::v1::OrderQuality> Order(const std::string& order_id) const;
  absl::StatusOr<tradewind::v1::ListVenueQualityResponse> Venues() const;
  absl::StatusOr<tradewind::v1::Benchmarks> BenchmarksOf(const std::string& symbol) const;

  QualityLimits limits_;
  app::Context* context_ = nullptr;
  std::unique_ptr<QualityMetrics> metrics_;
  std::unique_ptr<QualityState> state_;
  std::unique_ptr<feed::LagMeter> ledger_lag_;
  std::unique_ptr<feed::LagMeter> market_lag_;
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::unique_ptr<feed::MarketClient> market_;
  TimerThread::Id tick_ = 0;
  journal::PosixFileSystem files_;
  std::unique_ptr<SightLog> log_;
  std::atomic<bool> log_full_{false};
  std::unique_ptr<TimerThread> keeping_;  // of its own: it waits for the disk
  std::atomic<bool> recovered_{false};
};

}  // namespace tw::eq
