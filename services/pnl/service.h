// PnlService: pnl as a service. It reads oms's ledger from its first event at each start, so it
// keeps nothing on disk but the statements that it has written; it is ready once it has read to the
// head.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/ledger_client.h"
#include "libs/feed/market_client.h"
#include "services/pnl/metrics.h"
#include "services/pnl/state.h"
#include "services/pnl/statement_writer.h"

namespace tw::pnl {

inline constexpr size_t kPnlStreamsMax = 256;

class PnlService final : public app::Service {
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
  void StreamPnl(const tradewind::v1::StreamPnlRequest& request,
                 const rpc::Stream<tradewind::v1::Pnl, tradewind::v1::StreamPnlRequest>& stream);
  std::unique_ptr<feed::LedgerClient> MakeLedgerClient();
  std::unique_ptr<feed::MarketClient> MakeMarketClient();

  PnlLimits limits_;
  app::Context* context_ = nullptr;
  std::unique_ptr<PnlMetrics> metrics_;
  std::unique_ptr<PnlState> state_;
  std::unique_ptr<feed::LagMeter> ledger_lag_;
  std::unique_ptr<feed::LagMeter> market_lag_;
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::unique_ptr<feed::MarketClient> market_;
  std::unique_ptr<StatementWriter> statements_;
  std::string instruments_;
  Duration statement_retry_;
  TimerThread::Id tick_ = 0;
  std::atomic<bool> recovered_{false};
  std::atomic<size_t> streams_{0};
};

}  // namespace tw::pnl
