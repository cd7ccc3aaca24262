// PtrcService: ptrc as a service. It reads the venue's drop copy and oms's ledger from their first
// events at each start and asks pnl for its positions all the time; on disk it keeps reports alone.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/ledger_client.h"
#include "services/ptrc/drop_copy_client.h"
#include "services/ptrc/metrics.h"
#include "services/ptrc/reports.h"
#include "services/ptrc/state.h"

namespace tw::ptrc {

class PtrcService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterPortfolio();
  void RegisterPostTrade();
  void RegisterHttp();
  void RegisterChecks();
  std::unique_ptr<feed::LedgerClient> MakeLedgerClient();
  std::unique_ptr<DropCopyClient> MakeDropCopyClient();
  // UNAVAILABLE until both streams were read to their heads.
  absl::Status Ready() const;
  void SetReadyWhenRead();
  void OnTick();
  void AskPnl();
  absl::StatusOr<tradewind::v1::Report> WriteReport(
      const tradewind::v1::CreateReportRequest& request);
  absl::StatusOr<tradewind::v1::Report> ReadReport(const std::string& id) const;

  PtrcLimits limits_;
  Duration check_every_;
  app::Context* context_ = nullptr;
  std::unique_ptr<PtrcMetrics> metrics_;
  std::unique_ptr<PtrcState> state_;
  std::unique_ptr<Reports> reports_;
  std::unique_ptr<feed::LagMeter> ledger_lag_;
  std::unique_ptr<feed::LagMeter> drop_copy_lag_;
  std::unique_ptr<feed::LagMeter> pnl_lag_;
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::unique_ptr<DropCopyClient> drop_copy_;
  std::shared_ptr<rpc::Channel> pnl_;
  // Outlives the service in the callbacks of calls that are still open when it stops.
  struct PnlCalls {
    std::mutex mutex;
    bool stopped = false;
    bool open = false;
  };
  const std::shared_ptr<PnlCalls> pnl_calls_ = std::make_shared<PnlCalls>();
  TimerThread::Id tick_ = 0;
  std::atomic<bool> recovered_{false};
  std::atomic<bool> drop_copy_started_{false};
};

}  // namespace tw::ptrc
