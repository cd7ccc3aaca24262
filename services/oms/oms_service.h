// OmsService: oms as a library. Wires engine, peers, gRPC, REST and checks together.
#pragma once

#include <memory>

#include "libs/app/app.h"
#include "libs/feed/market_client.h"
#include "libs/stream/pump.h"
#include "services/oms/clients.h"
#include "services/oms/engine.h"
#include "services/oms/market_watch.h"
#include "services/oms/requests.h"
#include "services/oms/session.h"

namespace tw::oms {

class OmsService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterOrderService(rpc::Server& server);
  void RegisterAdminService(rpc::Server& server,
                            const Accounts& accounts,
                            const Instruments& instruments);
  void RegisterLedgerService(rpc::Server& server);
  void RegisterKillSwitch(rpc::Server& server);
  void ConnectPeers(app::Context& context);
  void Tick(http::OpsState& ops);
  void AddChecks(http::OpsState& ops);
  void ShowQueues(metrics::Registry& registry);
  void ServeEvents(const v1::StreamOrderEventsRequest& request,
                   rpc::Stream<v1::OrderEventBatch, v1::StreamOrderEventsRequest> stream);
  Subscription SubscribeSession(const v1::StreamOrderEventsRequest& request,
                                const TradeStream& stream);
  void ServeLedger(const v1::StreamLedgerRequest& request,
                   rpc::Stream<v1::LedgerBatch, v1::StreamLedgerRequest> stream);

  EngineOptions options_;
  trace::AdmissionOptions tracing_;
  std::string folder_;
  std::string instruments_path_;
  MarketWatch market_watch_;
  std::unique_ptr<stream::Pump> pump_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Requests> requests_;
  std::unique_ptr<RiskGateClient> gate_;
  std::unique_ptr<ExecutionClient> execution_;
  std::unique_ptr<feed::MarketClient> market_;
  bool were_peers_seen_ = false;  // by the timer
};

}  // namespace tw::oms
