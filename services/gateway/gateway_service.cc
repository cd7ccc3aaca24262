#include "services/gateway/gateway_service.h"

#include "libs/config/ports.h"
#include "services/gateway/grpc_door.h"
#include "services/gateway/market_history.h"
#include "services/gateway/page.h"
#include "services/gateway/rest.h"

namespace tw::gateway {
namespace {

std::vector<StatusBoard::Target> AllServices() {
  std::vector<StatusBoard::Target> targets;
  for (const config::ServicePorts& service : config::kServices) {
    targets.push_back({std::string(service.name), config::PeerHttpAddress(service.name)});
  }
  return targets;
}

http::Check Degraded(std::string reason) {
  http::Check check;
  check.status = http::CheckStatus::kDegraded;
  check.reason = std::move(reason);
  return check;
}

}  // namespace

void GatewayService::Configure(config::Settings& settings) {
  waiting_max_ = static_cast<size_t>(settings.Int("orders-waiting-max", 32'768, 16, 1'000'000,
                                                  "order commands without an answer at most"));
  sockets_max_ = static_cast<size_t>(
      settings.Int("websockets-max", 256, 1, 4'096, "WebSocket connections at most"));
  market_options_.subscribers_max = static_cast<size_t>(settings.Int(
      "market-streams-max", 2'048, 1, 65'536, "market data streams and channels at most"));
  tracing_.made_burst = settings.Int("traces-made", 10, 0, 1'000,
                                     "orders traced unasked, at once; then one a second");
  tracing_.asked_burst = settings.Int("traces-asked", 100, 0, 10'000,
                                      "orders traced on request, at once; then 50 a second");
  health_timeout_ =
      settings.Ms("health-timeout-ms", 500, 10, 10'000, "for a service's /health in /status");
  history_timeout_ =
      settings.Ms("history-timeout-ms", 700, 10, 10'000, "for QuestDB's answer to /candles");
  history_read_timeout_ = settings.Ms("history-read-timeout-ms", 4'000, 10, 4'900,
                                      "for QuestDB's answer to reads of a time span");
  const std::string intervals =
      settings.String("bar-intervals", "1s,1m,5m,15m,1h,1d", "as normalizer has it");
  if (auto parsed = normalizer::Intervals::Parse(intervals); parsed.ok()) {
    bar_intervals_ = *std::move(parsed);
  } else {
    settings.Fault("bar-intervals", std::string(parsed.status().message()));
  }
  live_venue_ = settings.String("live-venue", "PAPER", "the venue whose bars /candles shows");
}

absl::Status GatewayService::Prepare(app::Context& context) {
  metrics_ = std::make_unique<GatewayMetrics>(context.registry);
  Forwarder::Channels channels;
  for (size_t i = 0; i < kPeers; ++i) {
    channels[i] = context.Peer(std::string(kPeerNames[i]));
  }
  forwarder_ = std::make_unique<Forwarder>(channels, *metrics_);
  OrderLink::Options link;
  link.oms = forwarder_->shared_channel(Peer::kOms);
  link.waiting_max = waiting_max_;
  link.tracing = tracing_;
  link.on_up = [&ops = context.ops] { ops.SetReady(); };
  orders_ = std::make_unique<OrderLink>(context.timers, std::move(link), *metrics_);
  AddHistory();
  StatusBoard::Options status;
  status.timeout = health_timeout_;
  board_ = std::make_unique<StatusBoard>(AllServices(), context.clock, status);
  services_ = std::make_unique<ServiceReader>(AllServices(), health_timeout_);
  life_ = std::make_unique<OrderLife>(*forwarder_, context.timers);
  market_ =
      std::make_unique<MarketHub>(context.timers, *forwarder_, context.instruments,
                                  static_cast<uint64_t>(context.clock.Now().ns), market_options_);
  live_ = std::make_unique<LiveHub>(
      FeedSources{context.timers, *forwarder_, context.instruments, *market_}, sockets_max_);

  RegisterGrpc(context.grpc, *forwarder_, *orders_, *market_, *market_reader_);
  RegisterRest(context.http,
               {*forwarder_, *orders_, *market_reader_, context.instruments, *life_, *services_});
  context.http.Get("/status", [this](const http::Request&) { return http::Json(board_->Json()); });
  context.http.Get("/api/v1/health",
                   [this](const http::Request&) { return http::Json(board_->DetailJson()); });
  live_->Register(context.http);
  RegisterPage(context.http);
  AddChecks(context.ops);
  context.registry.OnText([this] {
    metrics_->Show(orders_->waiting(), forwarder_->streams(), live_->connections(),
                   board_->healthy());
    metrics_->ShowMarket(market_->fanout().subscribers(), market_->fanout().sent(),
                         market_->fanout().merged());
  });
  return absl::OkStatus();
}

// Two pools: a chart that is being looked at does not wait behind somebody's pages of old trades.
void GatewayService::AddHistory() {
  const auto newest = std::make_shared<MarketHistory>(MarketHistory::Options{
      .address = config::QuestDbPg(), .live_venue = live_venue_, .timeout = history_timeout_});
  candles_ = std::make_unique<CandleReader>(
      *forwarder_,
      [newest](const v1::ListBarsRequest& request) { return newest->NewestBars(request); },
      bar_intervals_);
  const auto history = std::make_shared<MarketHistory>(
      MarketHistory::Options{.address = config::QuestDbPg(),
                             .live_venue = live_venue_,
                             .timeout = history_read_timeout_,
                             .connections = MarketReader::kThreads});
  market_reader_ = std::make_unique<MarketReader>(
      *forwarder_, *candles_,
      HistoryReads{[history](const auto& request) { return history->Bars(request); },
                   [history](const auto& request) { return history->Trades(request); },
                   [history](const auto& request) { return history->Book(request); }});
}

absl::Status GatewayService::Start(app::Context& context) {
  context.ops.SetNotReady("oms was not seen yet");
  orders_->Start();
  board_->Start();
  return absl::OkStatus();
}

void GatewayService::Stop() {
  live_->Stop();
  market_->Stop();
  board_->Stop();
  services_->Stop();
  orders_->Stop();
  forwarder_->Stop();
  market_reader_->Stop();
  candles_->Stop();
}

void GatewayService::AddChecks(http::OpsState& ops) {
  ops.AddCheck("orders", [this] {
    return orders_->up() ? http::Check{} : Degraded("no order stream to oms");
  });
  for (const std::string_view peer : kPeerNames) {
    ops.AddCheck(std::string(peer), [this, name = std::string(peer)] {
      const ServiceStatus status = board_->Read(name);
      return status.health == Health::kHealthy ? http::Check{} : Degraded(status.reason);
    });
  }
  ops.AddCheck("questdb", [this] {
    const absl::Status status = candles_->history_status();
    return status.ok()
               ? http::Check{}
               : Degraded("candles show hot-cache's bars only: " + std::string(status.message()));
  });
  ops.SetStats([this] {
    return "{\"orders_waiting\":" + std::to_string(orders_->waiting()) +
           ",\"streams\":" + std::to_string(forwarder_->streams()) +
           ",\"websockets\":" + std::to_string(live_->connections()) +
           ",\"market_streams\":" + std::to_string(market_->fanout().subscribers()) +
           ",\"market_sent\":" + std::to_string(market_->fanout().sent()) +
           ",\"market_merged\":" + std::to_string(market_->fanout().merged()) +
           ",\"healthy\":" + std::to_string(board_->healthy()) + "}";
  });
}

}  // namespace tw::gateway
