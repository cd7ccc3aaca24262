#include "services/exeq/exeq_service.h"

#include <cstdlib>
#include <string>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "services/exeq/parent_doors.h"
#include "services/exeq/rest.h"

namespace tw::exeq {
namespace {

[[noreturn]] void EndProcess(const absl::Status& status) {
  log::Error("journal_failed", {{"error", std::string(status.message())}});
  std::_Exit(1);
}

}  // namespace

void ExeqService::Configure(config::Settings& settings) {
  finished_max_ = static_cast<size_t>(
      settings.Int("finished-max", 100'000, 0, 10'000'000, "finished child orders kept in memory"));
  venue_period_ = settings.Ms("venue-period-ms", 1'000, 10, 60'000, "between looks at the venues");
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
        routes_->Learn(open);
        ops.SetReady();
      });
  routes_ = std::make_unique<RouteStreams>(live_gateway, *venues_, context.clock,
                                           ExeqMetrics(context.registry), finished_max_);
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
  options.oms = context.Peer("oms");
  options.normalizer = context.Peer("normalizer");
  options.hot_cache = context.Peer("hot-cache");
  options.on_published = [this] { pump_->Wake(); };
  options.on_fatal = EndProcess;
  parents_ = std::make_unique<ParentDesk>(std::move(options), context.clock, context.instruments,
                                          context.timers, ParentMetrics(context.registry));
}

absl::Status ExeqService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(parents_->Open());
  context.ops.SetNotReady("live-gateway has not been seen yet");
  venues_->Start();
  return absl::OkStatus();
}

void ExeqService::Stop() {
  parents_->Stop();
  pump_->Stop();
  venues_->Stop();
  routes_->Stop();
}

void ExeqService::RegisterExecutionService(rpc::Server& server) {
  rpc::Service service("tradewind.v1.ExecutionService");
  service.Bidi<v1::RouteRequest, v1::RouteResponse>(
      "Route", [this](const RouteStreams::Up& stream) { routes_->Serve(stream); });
  service.Unary<v1::ListVenuesRequest, v1::ListVenuesResponse>(
      "ListVenues", [this](const auto&, auto reply) { reply.Ok(venues_->List()); });
  service.Unary<v1::GetRouteRequest, v1::OrderRoute>(
      "GetRoute", [this](const v1::GetRouteRequest& request, rpc::Reply<v1::OrderRoute> reply) {
        reply.Send(routes_->GetRoute(request.order_id()));
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
           ",\"open_children\":" + std::to_string(routes_->open_children()) +
           ",\"finished_children\":" + std::to_string(routes_->finished_children()) +
           ",\"open_parents\":" + std::to_string(parents_->open_parents()) + "}";
  });
}

}  // namespace tw::exeq
