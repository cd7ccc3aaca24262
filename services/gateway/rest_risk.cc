// The routes of risk at the public door.
#include "services/gateway/rest.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {
namespace {

using http::Request;
using http::Responder;

// The body is the limits themselves.
void AddSetLimits(http::Server& server, Forwarder& forwarder) {
  server.Route("PUT", "/api/v1/risk/limits",
               [&forwarder](const Request& request, const Responder& responder) {
                 v1::SetLimitsRequest set;
                 if (Read(request, responder, *set.mutable_limits(), {}, true)) {
                   forwarder.CallFor<v1::SetLimitsRequest, v1::Limits>(
                       request.caller, methods::kSetLimits, set, kRestTimeLeft,
                       Answer<v1::Limits>(responder, RenderMessage<v1::Limits>));
                 }
               });
}

void AddBlocks(http::Server& server, Forwarder& forwarder) {
  const auto fill = [](const Request& request, auto& block) {
    block.set_symbol(std::string(request.Param("symbol")));
  };
  AddRoute<v1::BlockSymbolRequest, v1::SymbolBlock>(
      server, forwarder,
      {.verb = "POST",
       .pattern = "/api/v1/risk/symbol/{symbol}/block",
       .method = methods::kBlockSymbol,
       .fill = fill});
  AddRoute<v1::UnblockSymbolRequest, v1::SymbolBlock>(
      server, forwarder,
      {.verb = "DELETE",
       .pattern = "/api/v1/risk/symbol/{symbol}/block",
       .method = methods::kUnblockSymbol,
       .fill = fill});
  AddRoute<v1::ListSymbolBlocksRequest, v1::ListSymbolBlocksResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/risk/blocks",
       .method = methods::kListSymbolBlocks,
       .render = [](const auto& list) { return RenderList(list.blocks()); }});
}

void AddKillSwitch(http::Server& server, Forwarder& forwarder) {
  const std::string pattern = "/api/v1/risk/kill-switch";
  AddRoute<v1::GetKillSwitchRequest, v1::KillSwitch>(
      server, forwarder, {.verb = "GET", .pattern = pattern, .method = methods::kGetKillSwitch});
  AddRoute<v1::EngageKillSwitchRequest, v1::KillSwitch>(
      server, forwarder,
      {.verb = "POST", .pattern = pattern, .method = methods::kEngageKillSwitch});
  AddRoute<v1::ReleaseKillSwitchRequest, v1::KillSwitch>(
      server, forwarder,
      {.verb = "DELETE", .pattern = pattern, .method = methods::kReleaseKillSwitch});
}

void AddAudit(http::Server& server, Forwarder& forwarder) {
  AddRoute<v1::ListKillReportsRequest, v1::ListKillReportsResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/risk/kill-switch/reports",
       .method = methods::kListKillReports,
       .render = [](const auto& list) { return RenderList(list.reports()); }});
  AddRoute<v1::ListDisabledStrategiesRequest, v1::ListDisabledStrategiesResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/risk/strategies/disabled",
       .method = methods::kListDisabledStrategies,
       .render = [](const auto& list) { return RenderList(list.strategies()); }});
  AddRoute<v1::EnableStrategyRequest, v1::DisabledStrategy>(
      server, forwarder,
      {.verb = "POST",
       .pattern = "/api/v1/risk/strategies/{strategy}/enable",
       .method = methods::kEnableStrategy,
       .fill = [](const Request& request, auto& enable) {
         enable.set_strategy(std::string(request.Param("strategy")));
       }});
  AddRoute<v1::ListChangesRequest, v1::ListChangesResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/risk/changes",
       .method = methods::kListChanges,
       .render = [](const auto& list) { return RenderList(list.changes()); }});
}

}  // namespace

void RegisterRiskRoutes(http::Server& server, const RestBackend& backend) {
  Forwarder& forwarder = backend.forwarder;
  for (const char* const pattern : {"/api/v1/check", "/api/v1/risk/check"}) {
    AddRoute<v1::CheckOrderRequest, v1::CheckOrderResponse>(server, forwarder,
                                                            {.verb = "POST",
                                                             .pattern = pattern,
                                                             .method = methods::kCheckOrder,
                                                             .options = CheckAliases(),
                                                             .body_required = true});
  }
  for (const char* const pattern : {"/api/v1/risk/portfolio", "/api/v1/risk/exposure"}) {
    AddRoute<v1::GetExposureRequest, v1::GetExposureResponse>(
        server, forwarder, {.verb = "GET", .pattern = pattern, .method = methods::kGetExposure});
  }
  AddRoute<v1::GetLimitsRequest, v1::GetLimitsResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/risk/limits",
       .method = methods::kGetLimits,
       .render = [](const auto& list) { return RenderList(list.limits()); }});
  AddSetLimits(server, forwarder);
  AddRoute<v1::ListAlertsRequest, v1::ListAlertsResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = "/api/v1/risk/alerts",
       .method = methods::kListAlerts,
       .render = [](const auto& list) { return RenderList(list.alerts()); }});
  AddRoute<v1::AckAlertRequest, v1::RiskAlert>(
      server, forwarder,
      {.verb = "POST",
       .pattern = "/api/v1/risk/alerts/{id}/ack",
       .method = methods::kAckAlert,
       .fill = [](const Request& request, auto& ack) {
         ack.set_alert_id(std::string(request.Param("id")));
       }});
  AddBlocks(server, forwarder);
  AddKillSwitch(server, forwarder);
  AddAudit(server, forwarder);
}

}  // namespace tw::gateway
