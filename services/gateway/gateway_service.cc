#include "services/gateway/gateway_service.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/log/log.h"
#include "services/gateway/grpc_door.h"
#include "services/gateway/market_history.h"
#include "services/gateway/openapi.h"
#include "services/gateway/page.h"
#include "services/gateway/rest.h"

namespace tw::gateway {
namespace {

constexpr Duration kDoorTick = Duration::Seconds(1);

// Asked as one service asks another; the gateway itself, whose callers sign in, as itself.
std::vector<StatusBoard::Target> AllServices(const app::Context& context, const Door& door) {
  std::vector<StatusBoard::Target> targets;
  for (const config::ServicePorts& service : config::kServices) {
    StatusBoard::Target target;
    target.name = std::string(service.name);
    target.address = config::PeerHttpAddress(service.name);
    if (!context.tls_dir.empty()) {
      target.tls = TlsFilesIn(context.tls_dir, context.name, /*both_sides=*/true);
    }
    if (door.secure() && target.name == context.name) {
      target.headers = {{"Authorization", "Bearer " + door.own_token()}};
    }
    targets.push_back(std::move(target));
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
  closing_notice_ = settings.Ms("closing-notice-ms", 250, 0, 5'000,
                                "WebSockets are told so long before the server stops");
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
  ConfigureDoor(settings);
  live_venue_ = settings.String("live-venue", "PAPER", "the venue whose bars /candles shows");
}

absl::Status GatewayService::Prepare(app::Context& context) {
  metrics_ = std::make_unique<GatewayMetrics>(context.registry);
  Forwarder::Channels channels;
  for (size_t i = 0; i < kPeers; ++i) {
    channels[i] = context.Peer(std::string(kPeerNames[i]));
  }
  TW_RETURN_IF_ERROR(PrepareDoor(context));
  forwarder_ = std::make_unique<Forwarder>(channels, *door_, *metrics_);
  OrderLink::Options link;
  link.oms = forwarder_->shared_channel(Peer::kOms);
  link.waiting_max = waiting_max_;
  link.tracing = tracing_;
  link.on_up = [&ops = context.ops] { ops.SetReady(); };
  orders_ = std::make_unique<OrderLink>(context.timers, std::move(link), *metrics_);
  AddHistory();
  StatusBoard::Options status;
  status.timeout = health_timeout_;
  board_ = std::make_unique<StatusBoard>(AllServices(context, *door_), context.clock, status);
  services_ = std::make_unique<ServiceReader>(AllServices(context, *door_), health_timeout_);
  life_ = std::make_unique<OrderLife>(*forwarder_, context.timers);
  market_ =
      std::make_unique<MarketHub>(context.timers, *forwarder_, context.instruments,
                                  static_cast<uint64_t>(context.clock.Now().ns), market_options_);
  topics_ = std::make_unique<LiveTopics>(TopicSources{context.timers, *forwarder_, *board_},
                                         context.clock);
  live_ = std::make_unique<LiveHub>(
      FeedSources{context.timers, *forwarder_, context.instruments, *market_, *topics_},
      context.clock, sockets_max_);

  RegisterGrpc(context.grpc, *forwarder_, *orders_, *market_, *market_reader_);
  RegisterRest(context.http,
               {*forwarder_, *orders_, *market_reader_, context.instruments, *life_, *services_});
  context.http.Get("/status", [this](const http::Request&) { return http::Json(board_->Json()); });
  context.http.Get("/api/v1/health",
                   [this](const http::Request&) { return http::Json(board_->DetailJson()); });
  live_->Register(context.http);
  auth_door_->Register(context.grpc);
  auth_door_->Register(context.http);
  RegisterOpenApi(context.http);
  RegisterPage(context.http);
  TW_RETURN_IF_ERROR(CloseDoor(context));
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
  if (audit_ != nullptr) {
    TW_RETURN_IF_ERROR(audit_->Start(context.data_dir + "/audit", context.clock));
  }
  timers_ = &context.timers;
  tick_ = timers_->Every(kDoorTick, [this] {
    door_->Tick();
    if (audit_ != nullptr) {
      audit_->Tick();
    }
  });
  orders_->Start();
  board_->Start();
  return absl::OkStatus();
}

// Whoever looks at a page reconnects by plan, and not because a connection broke.
void GatewayService::BeforeStop() {
  if (live_->SayClosing() > 0) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(closing_notice_.ns));
  }
}

void GatewayService::Stop() {
  if (timers_ != nullptr) {
    timers_->Cancel(tick_);
  }
  auth_door_->Stop();
  live_->Stop();
  topics_->Stop();
  market_->Stop();
  board_->Stop();
  services_->Stop();
  orders_->Stop();
  forwarder_->Stop();
  market_reader_->Stop();
  candles_->Stop();
  if (audit_ != nullptr) {
    audit_->Stop();
  }
}

void GatewayService::ConfigureDoor(config::Settings& settings) {
  door_options_.secure = settings.secure();
  door_options_.tls = !settings.tls_dir().empty();
  // Behind a door of its own that ends TLS, the cookie is for TLS all the same.
  door_options_.tls =
      settings.Bool("tls-in-front", door_options_.tls, "browsers reach this door by HTTPS");
  metrics_open_ = settings.Bool("metrics-open", false,
                                "/metrics asks for no sign-in: in a network of the platform's own");
  session_life_ = Duration::Seconds(
      settings.Int("session-minutes", 720, 5, 10'080, "a sign-in holds so long") * 60);
  door_options_.quota.limit =
      settings.Int("quota-orders", settings.secure() ? 50'000 : 0, 0, 100'000'000,
                   "orders and replaces of a key, and of an account, in a window; 0: no quota");
  door_options_.quota.window =
      settings.Ms("quota-window-ms", 10'000, 100, 3'600'000, "the window of quotas");
}

absl::Status GatewayService::PrepareDoor(app::Context& context) {
  if (context.secure) {
    auth::Keeper::Options options;
    options.folder = context.data_dir + "/access";
    options.session_life = session_life_;
    TW_ASSIGN_OR_RETURN(keeper_, auth::Keeper::Open(files_, context.clock, std::move(options)));
    TW_RETURN_IF_ERROR(WriteFirstPassword(context.data_dir));
    audit_ = std::make_unique<AuditSink>(*keeper_);
  }
  door_ = std::make_unique<Door>(door_options_, keeper_.get(), context.clock);
  auth_door_ = std::make_unique<AuthDoor>(*door_, [this](const std::string& user) {
    if (user == "admin") {
      std::remove(first_password_file_.c_str());  // whoever was to read it has
    }
  });
  return absl::OkStatus();
}

// The one place where it is, for who can read our files: deploy/up shows it and takes it away, and
// so does the admin's first sign-in.
absl::Status GatewayService::WriteFirstPassword(const std::string& folder) {
  first_password_file_ = folder + "/first-password";
  TW_ASSIGN_OR_RETURN(const std::optional<std::string> password, keeper_->CreateFirstAdmin());
  if (!password) {
    return absl::OkStatus();
  }
  const int fd =
      ::open(first_password_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string line = *password + "\n";
  const bool written =
      fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (fd >= 0) {
    ::close(fd);
  }
  if (!written) {
    return absl::UnavailableError("cannot write " + first_password_file_ +
                                  "; remove the folder access beside it and start again");
  }
  log::Info("first_admin_made", {{"user", "admin"}, {"password_in", first_password_file_}});
  return absl::OkStatus();
}

// After everything has been registered: from here on every call passes the door.
absl::Status GatewayService::CloseDoor(app::Context& context) {
  if (!door_->secure()) {
    return absl::OkStatus();
  }
  const std::vector<std::string> without =
      door_->WithoutRight(context.grpc.Methods(), context.http.Routes());
  for (const std::string& what : without) {
    log::Warn("no_right_is_set", {{"for", what}});
  }
  context.grpc.SetGate(door_->GrpcGate());
  http::Gate gate = door_->HttpGate();
  if (metrics_open_) {
    gate = [inner = std::move(gate)](const http::RouteName& route, http::Request& request) {
      const bool is_open = route.method == "GET" && route.pattern == "/metrics";
      return is_open ? std::optional<http::Response>() : inner(route, request);
    };
  }
  context.http.SetGate(std::move(gate));
  return absl::OkStatus();
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
           ",\"topic_readers\":" + std::to_string(topics_->readers()) +
           ",\"market_streams\":" + std::to_string(market_->fanout().subscribers()) +
           ",\"market_sent\":" + std::to_string(market_->fanout().sent()) +
           ",\"market_merged\":" + std::to_string(market_->fanout().merged()) +
           ",\"healthy\":" + std::to_string(board_->healthy()) + "}";
  });
}

}  // namespace tw::gateway
