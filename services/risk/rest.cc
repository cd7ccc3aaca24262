#include "services/risk/rest.h"

#include <string>

#include "libs/http/message.h"
#include "libs/json/json.h"

namespace tw::risk {
namespace {

using http::Request;
using http::Responder;

template <typename Message>
Answer<Message> AnswerTo(const Responder& responder) {
  return [responder](const absl::StatusOr<Message>& result) {
    if (result.ok()) {
      responder.Send(http::Json(json::ToJson(*result)));
    } else {
      responder.Fail(result.status());
    }
  };
}

// The body, or where there is none the query, as a message; answers an error itself.
template <typename Message>
bool Read(const Request& request,
          const Responder& responder,
          Message& out,
          const json::ReadOptions& options = {}) {
  const absl::Status status = request.body.empty() ? json::FromParams(request.query, &out, options)
                                                   : json::FromJson(request.body, &out, options);
  if (!status.ok()) {
    responder.Fail(status);
  }
  return status.ok();
}

const json::ReadOptions& CheckAliases() {
  static const json::ReadOptions options{{{"type", "order_type"}}};
  return options;
}

void RegisterCheck(http::Server& server, Desk& desk) {
  server.Route("POST", "/check", [&desk](const Request& request, const Responder& responder) {
    v1::CheckOrderRequest check;
    const absl::Status status = json::FromJson(request.body, &check, CheckAliases());
    if (!status.ok()) {
      responder.Fail(status);
      return;
    }
    AnswerTo<v1::CheckOrderResponse>(responder)(desk.Check(check));
  });
  server.Route("GET", "/risk/portfolio",
               [&desk](const Request& request, const Responder& responder) {
                 v1::GetExposureRequest exposure;
                 if (Read(request, responder, exposure)) {
                   responder.Send(http::Json(json::ToJson(desk.GetExposure(exposure))));
                 }
               });
}

void RegisterLimits(http::Server& server, Officer& officer) {
  server.Route(
      "GET", "/risk/limits", [&officer](const Request& request, const Responder& responder) {
        v1::GetLimitsRequest limits;
        if (Read(request, responder, limits)) {
          responder.Send(http::Json(json::ToJsonArray(officer.GetLimits(limits).limits())));
        }
      });
  server.Route("PUT", "/risk/limits",
               [&officer](const Request& request, const Responder& responder) {
                 v1::SetLimitsRequest set;
                 if (Read(request, responder, *set.mutable_limits())) {
                   officer.SetLimits(set, AnswerTo<v1::Limits>(responder));
                 }
               });
  server.Route("DELETE", "/risk/limits",
               [&officer](const Request& request, const Responder& responder) {
                 v1::Limits row;
                 if (Read(request, responder, row)) {
                   officer.ClearLimits(row, AnswerTo<v1::Limits>(responder));
                 }
               });
}

void RegisterAlerts(http::Server& server, Officer& officer) {
  server.Route("GET", "/risk/alerts",
               [&officer](const Request& request, const Responder& responder) {
                 v1::ListAlertsRequest list;
                 if (!Read(request, responder, list)) {
                   return;
                 }
                 const auto alerts = officer.ListAlerts(list);
                 if (alerts.ok()) {
                   responder.Send(http::Json(json::ToJsonArray(*alerts)));
                 } else {
                   responder.Fail(alerts.status());
                 }
               });
  server.Route("POST", "/risk/alerts/{id}/ack",
               [&officer](const Request& request, const Responder& responder) {
                 v1::AckAlertRequest ack;
                 if (Read(request, responder, ack)) {
                   ack.set_alert_id(std::string(request.Param("id")));
                   officer.AckAlert(ack, AnswerTo<v1::RiskAlert>(responder));
                 }
               });
}

void RegisterControls(http::Server& server, Officer& officer) {
  server.Route("POST", "/risk/symbol/{symbol}/block",
               [&officer](const Request& request, const Responder& responder) {
                 v1::BlockSymbolRequest block;
                 if (Read(request, responder, block)) {
                   block.set_symbol(std::string(request.Param("symbol")));
                   officer.BlockSymbol(block, AnswerTo<v1::SymbolBlock>(responder));
                 }
               });
  server.Route("DELETE", "/risk/symbol/{symbol}/block",
               [&officer](const Request& request, const Responder& responder) {
                 v1::UnblockSymbolRequest unblock;
                 if (Read(request, responder, unblock)) {
                   unblock.set_symbol(std::string(request.Param("symbol")));
                   officer.UnblockSymbol(unblock, AnswerTo<v1::SymbolBlock>(responder));
                 }
               });
  server.Route("POST", "/risk/kill-switch",
               [&officer](const Request& request, const Responder& responder) {
                 v1::EngageKillSwitchRequest engage;
                 if (Read(request, responder, engage)) {
                   officer.EngageKillSwitch(engage, AnswerTo<v1::KillSwitch>(responder));
                 }
               });
  server.Route("DELETE", "/risk/kill-switch",
               [&officer](const Request& request, const Responder& responder) {
                 v1::ReleaseKillSwitchRequest release;
                 if (Read(request, responder, release)) {
                   officer.ReleaseKillSwitch(release, AnswerTo<v1::KillSwitch>(responder));
                 }
               });
  server.Get("/risk/kill-switch", [&officer](const Request&) {
    return http::Json(json::ToJson(officer.GetKillSwitch()));
  });
}

void RegisterAudit(http::Server& server, Officer& officer) {
  server.Route("GET", "/risk/kill-switch/reports",
               [&officer](const Request& request, const Responder& responder) {
                 v1::ListKillReportsRequest list;
                 if (!Read(request, responder, list)) {
                   return;
                 }
                 const auto answer = officer.ListKillReports(list);
                 answer.ok() ? responder.Send(http::Json(json::ToJsonArray(answer->reports())))
                             : responder.Fail(answer.status());
               });
  server.Get("/risk/blocks", [&officer](const Request&) {
    return http::Json(json::ToJsonArray(officer.ListSymbolBlocks().blocks()));
  });
  server.Get("/risk/strategies/disabled", [&officer](const Request&) {
    return http::Json(json::ToJsonArray(officer.ListDisabledStrategies().strategies()));
  });
  server.Route("POST", "/risk/strategies/{strategy}/enable",
               [&officer](const Request& request, const Responder& responder) {
                 v1::EnableStrategyRequest enable;
                 if (Read(request, responder, enable)) {
                   enable.set_strategy(std::string(request.Param("strategy")));
                   officer.EnableStrategy(enable, AnswerTo<v1::DisabledStrategy>(responder));
                 }
               });
  server.Route("GET", "/risk/changes",
               [&officer](const Request& request, const Responder& responder) {
                 v1::ListChangesRequest list;
                 if (!Read(request, responder, list)) {
                   return;
                 }
                 const auto answer = officer.ListChanges(list);
                 answer.ok() ? responder.Send(http::Json(json::ToJsonArray(answer->changes())))
                             : responder.Fail(answer.status());
               });
}

}  // namespace

void RegisterRoutes(http::Server& server, Desk& desk, Officer& officer) {
  RegisterCheck(server, desk);
  RegisterLimits(server, officer);
  RegisterAlerts(server, officer);
  RegisterControls(server, officer);
  RegisterAudit(server, officer);
}

}  // namespace tw::risk
