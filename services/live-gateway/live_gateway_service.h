// LiveGatewayService: live-gateway as a library. Wires the venue, its streams, the market feed,
// replays, REST and checks together.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/app/app.h"
#include "libs/feed/market_server.h"
#include "libs/stream/pump.h"
#include "services/live-gateway/replay.h"
#include "services/live-gateway/rest.h"
#include "services/live-gateway/trade_streams.h"
#include "services/live-gateway/venue.h"

namespace tw::live_gateway {

// Makes the sessions with other houses, with what they need to be woken; empty in a process for
// paper, which has none to make.
class SessionMaker {
 public:
  virtual ~SessionMaker() = default;
  virtual void Configure(config::Settings& settings) = 0;
  virtual absl::StatusOr<std::vector<std::unique_ptr<OrderVenue>>> Make(
      app::Context& context, std::function<void()> wake) = 0;
  virtual void Start() = 0;
  virtual void Stop() = 0;
};

class LiveGatewayService final : public app::Service {
 public:
  LiveGatewayService() = default;
  explicit LiveGatewayService(std::unique_ptr<SessionMaker> sessions)
      : sessions_(std::move(sessions)) {}

  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void ConfigurePaper(config::Settings& settings);
  void RegisterVenueService(rpc::Server& server);
  void RegisterMarketFeed(rpc::Server& server);
  void RegisterKillSwitch(rpc::Server& server);
  void AddChecks(http::OpsState& ops, const Clock& clock);
  void ServeDropCopy(const v1::StreamExecutionsRequest& request,
                     rpc::Stream<v1::ExecutionBatch, v1::StreamExecutionsRequest> stream);
  void ListOrders(rpc::Reply<v1::ListVenueOrdersResponse> reply);
  void Panic(const v1::PanicRequest& request, const PanicAnswer& answer);
  v1::GetVenueStatusResponse VenueStatus() const;
  std::vector<v1::FeedEvent> SnapshotFeed();
  VenueSinks MakeSinks(TimerThread& timers);
  // Cancels what is open once nobody has been trading for too long.
  void WatchTraders(Timestamp now);

  VenueOptions options_;
  ReplayOptions replay_options_;
  Duration tick_;
  std::string folder_;
  Duration cancel_after_;  // zero: orders outlive whoever sent them
  std::optional<Timestamp> alone_since_;
  bool canceled_alone_ = false;
  std::unique_ptr<SessionMaker> sessions_;
  const Clock* clock_ = nullptr;
  std::unique_ptr<stream::Pump> pump_;
  std::unique_ptr<feed::MarketServer> feed_;
  std::unique_ptr<Venue> venue_;
  std::unique_ptr<TradeStreams> trades_;
  std::unique_ptr<Replays> replays_;
};

}  // namespace tw::live_gateway
