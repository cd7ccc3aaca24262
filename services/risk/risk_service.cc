#include "services/risk/risk_service.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/stream/pace.h"
#include "services/risk/convert.h"
#include "services/risk/limits_file.h"
#include "services/risk/rest.h"

namespace tw::risk {
namespace {

constexpr Duration kSweepPeriod = Duration::Seconds(1);
constexpr Duration kReadyPeriod = Duration::Millis(100);
constexpr int kDecisionsKept = 512;  // a message that held more is let go instead of filled again

// The disk cannot be trusted any more; a restart reads the journal anew. Until then oms refuses.
[[noreturn]] void EndProcess(const absl::Status& status) {
  log::Error("journal_failed", {{"error", std::string(status.message())}});
  std::_Exit(1);
}

template <typename T>
Answer<T> Send(rpc::Reply<T> reply) {
  return [reply = std::move(reply)](const absl::StatusOr<T>& result) { reply.Send(result); };
}

http::Check LedgerCheck(const Desk& desk, Duration lag_max) {
  const feed::Lag lag = desk.ledger_lag();
  http::Check check;
  check.lag_ms = lag.ms;
  if (!desk.replayed()) {
    check.status = http::CheckStatus::kFailed;
    check.reason = "reading oms's ledger: " + lag.reason;
  } else if (!lag.current) {
    check.status =
        lag.ms <= lag_max.millis() ? http::CheckStatus::kDegraded : http::CheckStatus::kFailed;
    check.reason = lag.reason;
  }
  return check;
}

http::Check MarketCheck(const Desk& desk) {
  http::Check check;
  const std::optional<Duration> age = desk.market_age();
  const Duration max =
      desk.Read([](const State& state, const Alerts&) { return state.rules.reference_age_max; });
  if (!age) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = "some instrument has had no quote yet";
    return check;
  }
  check.lag_ms = age->millis();
  if (*age > max) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = "some instrument's market is too old to trade on";
  }
  return check;
}

http::Check KillSwitchCheck(const Desk& desk, const Announcer* announcer) {
  http::Check check;
  const bool engaged =
      desk.Read([](const State& state, const Alerts&) { return state.controls.any_kill(); });
  const std::string missing = announcer != nullptr ? announcer->Missing() : "";
  if (engaged || !missing.empty()) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = engaged ? "engaged" : "";
    if (!missing.empty()) {
      check.reason += (engaged ? "; " : "") + ("not acknowledged by " + missing);
    }
  }
  return check;
}

// What the engaged switches want canceled at oms, which knows no desks: account by account.
std::vector<Announcer::Cancel> CancelsWanted(const State& state, const Alerts&) {
  std::vector<KillSwitchChanged> kills = state.controls.ListKills();
  kills.push_back(state.controls.kill_switch());
  std::vector<Announcer::Cancel> out;
  for (const KillSwitchChanged& kill : kills) {
    if (!kill.engaged || !kill.cancel_open_orders) {
      continue;
    }
    Announcer::Cancel cancel;
    cancel.generation = kill.generation;
    switch (kill.scope) {
      case LimitScope::kAccount: cancel.orders.set_account(kill.name); break;
      case LimitScope::kSymbol: cancel.orders.set_symbol(kill.name); break;
      case LimitScope::kStrategy: cancel.orders.set_strategy(kill.name); break;
      default: break;
    }
    if (kill.scope != LimitScope::kDesk) {
      out.push_back(std::move(cancel));
      continue;
    }
    for (size_t a = 0; a < state.exposure.accounts(); ++a) {
      if (state.exposure.desk_name(state.exposure.DeskOf(a)) == kill.name &&
          state.exposure.account_totals(a).open_orders > 0) {
        cancel.orders.set_account(state.exposure.account_name(a));
        out.push_back(cancel);
      }
    }
  }
  return out;
}

std::string StatsText(const Desk& desk) {
  return desk.Read([](const State& state, const Alerts& alerts) {
    return fmt::format(R"({{"open_orders":{},"reservations":{},"accounts":{},"limits_version":{},)"
                       R"("alerts_open":{},"kill_generation":{}}})",
                       state.exposure.open_orders(), state.exposure.reservations(),
                       state.exposure.accounts(), state.limits.version(), alerts.open(),
                       state.controls.kill_switch().generation);
  });
}

}  // namespace

absl::Status RiskService::Prepare(app::Context& context) {
  TW_ASSIGN_OR_RETURN(const LimitsFile limits, LoadLimits(config_.limits_path));
  const RiskMetrics metrics(context.registry);
  desk_ = std::make_unique<Desk>(context.clock, context.instruments, context.accounts, limits,
                                 config_, metrics);
  TW_ASSIGN_OR_RETURN(
      clerk_, Clerk::Open(context.data_dir + "/journal", limits.hash, *desk_, metrics, EndProcess));
  desk_->OnFinding([this](AlertRaised finding) { clerk_->Raise(std::move(finding)); });
  desk_->OnChange([this](Event change) { clerk_->Record(std::move(change)); });
  kill_watch_ = std::make_unique<KillWatch>(
      *desk_, [this](KillReported report) { clerk_->Record(Event(std::move(report))); });
  officer_ =
      std::make_unique<Officer>(*desk_, *clerk_, *kill_watch_, [this] { announcer_->Nudge(); });
  Announcer::Options announcer;
  announcer.oms = context.Peer("oms");
  announcer.live_gateway = context.Peer("live-gateway");
  announcer.period = config_.announce_period;
  announcer.current = [this] {
    return desk_->Read([](const State& state, const Alerts&) {
      return EncodeKillSwitch(state.controls.kill_switch());
    });
  };
  announcer.cancels = [this] { return desk_->Read(CancelsWanted); };
  announcer.on_blocked = [this](uint64_t generation) { kill_watch_->OnBlocked(generation); };
  announcer.on_younger = [this](const v1::KillSwitch& younger) {
    officer_->AdoptKillSwitch(younger);
  };
  announcer_ = Announcer::Create(std::move(announcer));
  RegisterRiskService(context.grpc);
  RegisterGate(context.grpc);
  RegisterRoutes(context.http, *desk_, *officer_);
  AddChecks(context);
  context.ops.SetFact("limits_hash", limits.hash);
  return absl::OkStatus();
}

absl::Status RiskService::Start(app::Context& context) {
  context.ops.SetHealthy();
  context.ops.SetNotReady("reading oms's ledger");
  StartFeeds(context);
  announcer_->Start(context.timers);
  context.timers.Every(kSweepPeriod, [this] { desk_->Sweep(); });
  context.timers.Every(kReadyPeriod, [this, &ops = context.ops] { Tick(ops); });
  return absl::OkStatus();
}

void RiskService::Stop() {
  announcer_->Stop();
  if (ledger_ != nullptr) {
    ledger_->Stop();
    market_->Stop();
  }
  clerk_->Stop();
}

void RiskService::StartFeeds(app::Context& context) {
  feed::LedgerOptions ledger;
  ledger.oms = context.Peer("oms");
  ledger.consumer = "risk";
  ledger.anchor_folder = context.data_dir;
  ledger.on_event = [this](const v1::LedgerEvent& event) { desk_->OnLedgerEvent(event); };
  ledger.on_batch = [this](const v1::LedgerBatch& batch, bool caught_up) {
    desk_->OnLedgerBatch(batch, caught_up);
    kill_watch_->Poll();
  };
  ledger.on_lost = [this](const absl::Status& status) { desk_->OnLedgerLost(status); };
  ledger_ = std::make_unique<feed::LedgerClient>(context.timers, std::move(ledger));

  feed::MarketOptions market;
  market.peer = context.Peer("normalizer");
  market.consumer = "risk";
  market.pace = stream::kDecisionPace;
  market.on_event = [this](const v1::FeedEvent& event) { desk_->OnFeedEvent(event); };
  market.on_gap = [this](uint64_t, uint64_t, uint64_t to) {
    if (to == 0) {  // another normalizer: what the last one called stale is void
      desk_->OnFeedRestart();
    }
  };
  market_ = std::make_unique<feed::MarketClient>(context.timers, std::move(market));
  ledger_->Start();
  market_->Start();
}

void RiskService::Tick(http::OpsState& ops) {
  const feed::Lag lag = desk_->ledger_lag();
  const bool in_sight =
      desk_->replayed() && (lag.current || lag.ms <= config_.ledger_lag_max.millis());
  was_ready_ = in_sight && (was_ready_ || market_->connected());
  if (was_ready_) {
    ops.SetReady();
  } else {
    ops.SetNotReady(in_sight ? "waiting for the market feed" : "reading oms's ledger");
  }
}

void RiskService::AddChecks(app::Context& context) {
  context.ops.AddCheck("ledger", [this] { return LedgerCheck(*desk_, config_.ledger_lag_max); });
  context.ops.AddCheck("market_data", [this] { return MarketCheck(*desk_); });
  context.ops.AddCheck("limits", [this] {
    http::Check check;
    if (desk_->Read([](const State& s, const Alerts&) { return s.limits.FirmExposureMax(); }) ==
        Money()) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = "the firm's exposure limit is zero: every opening order is refused";
    }
    return check;
  });
  context.ops.AddCheck("kill_switch", [this] { return KillSwitchCheck(*desk_, announcer_.get()); });
  context.ops.SetStats([this] { return StatsText(*desk_); });
}

void RiskService::RegisterGate(rpc::Server& server) {
  rpc::Service service("tradewind.v1.RiskGateService");
  service.Bidi<v1::GateRequest, v1::GateResponse>("Gate", [this](auto stream) {
    const auto response = std::make_shared<v1::GateResponse>();  // messages come one at a time
    stream.OnMessage([this, stream, response](const v1::GateRequest& request) {
      desk_->Gate(request, *response);
      // An answer that cannot be sent ends the stream: oms then refuses what it was waiting for,
      // and the ledger releases what was reserved.
      if (!stream.Write(*response)) {
        stream.Cancel();
      }
      if (response->decisions_size() > kDecisionsKept) {
        *response = v1::GateResponse();
      }
    });
    stream.OnClosed([](const absl::Status&) {});
  });
  server.Add(service);
}

void RiskService::RegisterRiskService(rpc::Server& server) {
  rpc::Service service("tradewind.v1.RiskService");
  service.Unary<v1::CheckOrderRequest, v1::CheckOrderResponse>(
      "CheckOrder", [this](const auto& request, auto reply) {
        thread_local v1::CheckOrderResponse response;
        const absl::Status checked = desk_->Check(request, response);
        checked.ok() ? reply.Ok(response) : reply.Fail(checked);
      });
  service.Unary<v1::GetLimitsRequest, v1::GetLimitsResponse>(
      "GetLimits",
      [this](const auto& request, auto reply) { reply.Ok(officer_->GetLimits(request)); });
  service.Unary<v1::SetLimitsRequest, v1::Limits>(
      "SetLimits",
      [this](const auto& request, auto reply) { officer_->SetLimits(request, Send(reply)); });
  service.Unary<v1::GetExposureRequest, v1::GetExposureResponse>(
      "GetExposure",
      [this](const auto& request, auto reply) { reply.Ok(desk_->GetExposure(request)); });
  service.Unary<v1::ListAlertsRequest, v1::ListAlertsResponse>(
      "ListAlerts", [this](const auto& request, auto reply) {
        const auto alerts = officer_->ListAlerts(request);
        if (!alerts.ok()) {
          reply.Fail(alerts.status());
          return;
        }
        v1::ListAlertsResponse response;
        response.mutable_alerts()->Add(alerts->begin(), alerts->end());
        reply.Ok(response);
      });
  service.Unary<v1::AckAlertRequest, v1::RiskAlert>(
      "AckAlert",
      [this](const auto& request, auto reply) { officer_->AckAlert(request, Send(reply)); });
  service.Unary<v1::BlockSymbolRequest, v1::SymbolBlock>(
      "BlockSymbol",
      [this](const auto& request, auto reply) { officer_->BlockSymbol(request, Send(reply)); });
  service.Unary<v1::UnblockSymbolRequest, v1::SymbolBlock>(
      "UnblockSymbol",
      [this](const auto& request, auto reply) { officer_->UnblockSymbol(request, Send(reply)); });
  service.Unary<v1::EngageKillSwitchRequest, v1::KillSwitch>(
      "EngageKillSwitch", [this](const auto& request, auto reply) {
        officer_->EngageKillSwitch(request, Send(reply));
      });
  service.Unary<v1::ReleaseKillSwitchRequest, v1::KillSwitch>(
      "ReleaseKillSwitch", [this](const auto& request, auto reply) {
        officer_->ReleaseKillSwitch(request, Send(reply));
      });
  service.Unary<v1::GetKillSwitchRequest, v1::KillSwitch>(
      "GetKillSwitch", [this](const auto&, auto reply) { reply.Ok(officer_->GetKillSwitch()); });
  RegisterAudit(service);
  server.Add(service);
}

void RiskService::RegisterAudit(rpc::Service& service) {
  service.Unary<v1::ListKillReportsRequest, v1::ListKillReportsResponse>(
      "ListKillReports",
      [this](const auto& request, auto reply) { reply.Send(officer_->ListKillReports(request)); });
  service.Unary<v1::ListSymbolBlocksRequest, v1::ListSymbolBlocksResponse>(
      "ListSymbolBlocks",
      [this](const auto&, auto reply) { reply.Ok(officer_->ListSymbolBlocks()); });
  service.Unary<v1::ListDisabledStrategiesRequest, v1::ListDisabledStrategiesResponse>(
      "ListDisabledStrategies",
      [this](const auto&, auto reply) { reply.Ok(officer_->ListDisabledStrategies()); });
  service.Unary<v1::EnableStrategyRequest, v1::DisabledStrategy>(
      "EnableStrategy",
      [this](const auto& request, auto reply) { officer_->EnableStrategy(request, Send(reply)); });
  service.Unary<v1::ListChangesRequest, v1::ListChangesResponse>(
      "ListChanges",
      [this](const auto& request, auto reply) { reply.Send(officer_->ListChanges(request)); });
}

}  // namespace tw::risk
