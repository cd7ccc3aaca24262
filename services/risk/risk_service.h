// The risk service: wires desk, clerk, officer and announcer to gRPC, HTTP and the feeds.
#pragma once

#include <cstdint>
#include <memory>

#include "libs/app/app.h"
#include "libs/feed/ledger_client.h"
#include "libs/feed/market_client.h"
#include "services/risk/announcer.h"
#include "services/risk/clerk.h"
#include "services/risk/config.h"
#include "services/risk/desk.h"
#include "services/risk/kill_watch.h"
#include "services/risk/officer.h"

namespace tw::risk {

class RiskService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override { config_.Read(settings); }
  // Recovers limits, blocks, kill switch and alerts from the journal.
  absl::Status Prepare(app::Context& context) override;
  // Reads oms's ledger from its beginning; ready once that and the market feed are there.
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterRiskService(rpc::Server& server);
  void RegisterAudit(rpc::Service& service);
  void RegisterGate(rpc::Server& server);
  void AddChecks(app::Context& context);
  void StartFeeds(app::Context& context);
  void Tick(http::OpsState& ops);

  RiskConfig config_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Clerk> clerk_;
  std::unique_ptr<KillWatch> kill_watch_;
  std::unique_ptr<Officer> officer_;
  std::shared_ptr<Announcer> announcer_;
  std::unique_ptr<feed::LedgerClient> ledger_;
  std::unique_ptr<feed::MarketClient> market_;
  bool was_ready_ = false;  // touched by the timer alone
};

}  // namespace tw::risk
