// GatewayService: the public door as a library. Wires peers, gRPC, REST, WebSocket, page and checks
// together.
#pragma once

#include <memory>
#include <string>

#include "libs/app/app.h"
#include "libs/journal/posix_file.h"
#include "services/gateway/audit_sink.h"
#include "services/gateway/auth_door.h"
#include "services/gateway/candles.h"
#include "services/gateway/forwarder.h"
#include "services/gateway/live.h"
#include "services/gateway/market_hub.h"
#include "services/gateway/market_reader.h"
#include "services/gateway/order_life.h"
#include "services/gateway/order_link.h"
#include "services/gateway/service_reader.h"
#include "services/gateway/status_board.h"

namespace tw::gateway {

class GatewayService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void BeforeStop() override;
  void Stop() override;
  bool IsDoor() const override { return true; }

 private:
  void ConfigureDoor(config::Settings& settings);
  absl::Status PrepareDoor(app::Context& context);
  absl::Status CloseDoor(app::Context& context);
  absl::Status WriteFirstPassword(const std::string& folder);
  void AddHistory();
  void AddChecks(http::OpsState& ops);

  size_t waiting_max_ = 0;
  size_t sockets_max_ = 0;
  fanout::FanoutOptions market_options_;
  trace::AdmissionOptions tracing_;
  Duration closing_notice_;
  Duration health_timeout_;
  Duration history_timeout_;
  Duration history_read_timeout_;
  std::string live_venue_;
  normalizer::Intervals bar_intervals_;

  Door::Options door_options_;
  Duration session_life_;
  std::string first_password_file_;
  bool metrics_open_ = false;

  journal::PosixFileSystem files_;
  std::unique_ptr<auth::Keeper> keeper_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<AuthDoor> auth_door_;
  std::unique_ptr<AuditSink> audit_;
  TimerThread* timers_ = nullptr;
  TimerThread::Id tick_ = 0;

  std::unique_ptr<GatewayMetrics> metrics_;
  std::unique_ptr<Forwarder> forwarder_;
  std::unique_ptr<OrderLink> orders_;
  std::unique_ptr<CandleReader> candles_;
  std::unique_ptr<MarketReader> market_reader_;
  std::unique_ptr<StatusBoard> board_;
  std::unique_ptr<ServiceReader> services_;
  std::unique_ptr<OrderLife> life_;
  std::unique_ptr<MarketHub> market_;
  std::unique_ptr<LiveTopics> topics_;
  std::unique_ptr<LiveHub> live_;
};

}  // namespace tw::gateway
