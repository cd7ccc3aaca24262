#include "services/exeq/exeq_service.h"

#include <cstdlib>
#include <string>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "services/exeq/parent_doors.h"
#include "services/exeq/rest.h"

namespace tw::exeq {
namespace {

constexpr Duration kRouteTick = Duration::Millis(100);

[[noreturn]] void EndProcess(const absl::Status& status) {
  log::Error("journal_failed", {{"error", std::string(status.message())}});
  std::_Exit(1);
}

}  // namespace

void ExeqService::Configure(config::Settings& settings) {
  desk_options_.finished_max = static_cast<size_t>(
      settings.Int("finished-max", 100'000, 0, 10'000'000, "finished child orders kept in memory"));
  venue_period_ = settings.Ms("venue-period-ms", 1'000, 10, 60'000, "between looks at the venues");
  desk_options_.limits.finished_max = desk_options_.finished_max;
  desk_options_.limits.answer_timeout =
      settings.Ms("route-timeout-ms", 2'000, 10, 600'000,
                  "a part without an answer for so long is canceled and goes elsewhere");
  desk_options_.limits.retry =
      settings.Ms("route-retry-ms", 1'000, 10, 600'000, "between cancels without an answer");
  desk_options_.weights.latency_e8_per_ms =
      settings.Int("route-latency-e8", 200, 0, 10'000'000,
                   "what a millisecond of a venue's latency counts, of the notional in 1e-8");
  desk_options_.weights.failure_e8 =
      settings.Int("route-failure-e8", 10'000, 0, 10'000'000,
                   "what each refusal and time-out of late counts, of the notional in 1e-8");
  desk_options_.weights.legs_max = static_cast<size_t>(
      settings.Int("route-legs-max", 8, 1, 64, "venues that an order is spread over at most"));
  desk_options_.failure_memory = settings.Ms("route-failure-memory-ms", 30'000, 100, 3'600'000,
                                             "how long a refusal or a time-out counts");
  quote_age_max_ =
      settings.Ms("route-quote-age-ms", 5'000, 10, 3'600'000, "older quotes are none to a route");
  parent_limits_.open_max = static_cast<size_t>(
      settings.Int("parents-max", 1'000, 1, 100'000, "parent orders at work at a time"));
  parent_limits_.finished_max = static_cast<size_t>(settings.Int(
      "parents-finished-max", 10'000, 0, 1'000'000, "finished parent orders kept in memory"));
}

absl::Status ExeqService::Prepare(app::Context& context) {
  const std::shared_ptr<rpc::Channel> live_gateway = context.Peer("live-gateway");
  venues_ = std::make_unique<VenueWatch>(
      context.timers, live_gateway, venue_period_,
      [this, &ops = context.ops](const v1::ListVenueOrdersResponse& open) {
        routes_->desk().Learn(open);
        ops.SetReady();
      });
  quotes_ = std::make_unique<QuoteBoard>(context.timers, context.Peer("normalizer"), context.clock,
                                         quote_age_max_);
  desk_options_.folder = context.data_dir + "/routes";
  desk_options_.on_fatal = EndProcess;
  const ExeqMetrics metrics(context.registry);
  routes_ = std::make_unique<RouteStreams>(
      live_gateway, context.clock, metrics,
      std::make_unique<RouteDesk>(desk_options_, *venues_, *quotes_, context.clock,
                                  context.instruments, metrics));
  MakeParents(context);
  RegisterExecutionService(context.grpc);
  RegisterRoutes(context.http, *routes_, *venues_);
  RegisterParentRoutes(context.http, *parents_);
  AddChecks(context.ops);
  return absl::OkStatus();
}

void ExeqService::MakeParents(app::Context& context) {
  pump_ = std::make_unique<stream::Pump>();
  ParentDeskOptions options;
  options.folder = context.data_dir + "/parents";
  options.limits = parent_limits_;
  options.anchor_folder = context.data_dir;
  options.oms = context.Peer("oms");
  options.normalizer = context.Peer("normalizer");
  options.hot_cache = context.Peer("hot-cache");
  options.on_published = [this] { pump_->Wake(); };
  options.on_fatal = EndProcess;
  parents_ = std::make_unique<ParentDesk>(std::move(options), context.clock, context.instruments,
                                          context.timers, ParentMetrics(context.registry));
}

absl::Status ExeqService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(routes_->Open());
  TW_RETURN_IF_ERROR(parents_->Open());
  context.ops.SetNotReady("live-gateway has not been seen yet");
  venues_->Start();
  context.timers.Every(kRouteTick, [this] {
    if (venues_->several()) {
      quotes_->Start();
    }
    routes_->Tick();
  });
  return absl::OkStatus();
}

void ExeqService::Stop() {
  parents_->Stop();
  pump_->Stop();
  venues_->Stop();
  quotes_->Stop();
  routes_->Stop();
}

void ExeqService::RegisterExecutionService(rpc::Server& server) {
  rpc::Service service("tradewind.v1.ExecutionService");
  service.Bidi<v1::RouteRequest, v1::RouteResponse>(
      "Route", [this](const RouteStreams::Up& stream) { routes_->Serve(stream); });
  service.Unary<v1::ListVenuesRequest, v1::ListVenuesResponse>(
      "ListVenues", [this](const auto&, auto reply) { reply.Ok(routes_->ListVenues(*venues_)); });
  service.Unary<v1::GetRouteRequest, v1::OrderRoute>(
      "GetRoute", [this](const v1::GetRouteRequest& request, rpc::Reply<v1::OrderRoute> reply) {
        reply.Send(routes_->desk().GetRoute(request.order_id()));
      });
  RegisterParentMethods(service, *parents_, *pump_);
  server.Add(service);
}

void ExeqService::AddChecks(http::OpsState& ops) {
  ops.AddCheck("venues", [this] {
    http::Check check;
    check.reason = venues_->fault();
    if (!check.reason.empty()) {
      check.status = http::CheckStatus::kDegraded;
    }
    return check;
  });
  ops.AddCheck("oms", [this] {
    http::Check check;
    if (routes_->streams() == 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = "no stream from oms leads to the venues";
    }
    return check;
  });
  ops.AddCheck("parents", [this] {
    http::Check check;
    check.reason = parents_->fault();
    if (!check.reason.empty()) {
      check.status = http::CheckStatus::kDegraded;
    }
    return check;
  });
  ops.SetStats([this] {
    return "{\"streams\":" + std::to_string(routes_->streams()) +
           ",\"open_children\":" + std::to_string(routes_->desk().open_children()) +
           ",\"finished_children\":" + std::to_string(routes_->desk().finished_children()) +
           ",\"open_routed\":" + std::to_string(routes_->desk().open_routed()) +
           ",\"open_parents\":" + std::to_string(parents_->open_parents()) + "}";
  });
}

}  // namespace tw::exeq
