#include "services/ptrc/service.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/log/log.h"
#include "libs/stream/pace.h"
#include "services/ptrc/convert.h"

namespace tw::ptrc {
namespace {

constexpr Duration kPnlTimeout = Duration::Seconds(2);

http::Check ToCheck(const feed::Lag& lag) {
  return {.status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
          .reason = lag.reason,
          .lag_ms = lag.ms};
}

http::Response Answer(absl::StatusOr<std::string> body) {
  return body.ok() ? http::Json(*std::move(body)) : http::ErrorResponse(body.status());
}

}  // namespace

void PtrcService::Configure(config::Settings& settings) {
  limits_.reconciler.grace = settings.Ms("grace-ms", 2'000, 100, 600'000,
                                         "how long a difference may last before it is a break");
  check_every_ = settings.Ms("check-ms", 500, 50, 60'000, "how often the books are compared");
  limits_.surveillance.orders_min = settings.Int("alert-orders-min", 100, 1, 1'000'000,
                                                 "orders a minute below which there is no alert");
  limits_.surveillance.ratio_max =
      settings.Int("alert-order-to-trade-max", 50, 1, 1'000'000, "orders allowed for each trade");
  limits_.trades_max = static_cast<size_t>(
      settings.Int("trades-max", 100'000, 1, 10'000'000, "trades kept in memory"));
}

absl::Status PtrcService::Prepare(app::Context& context) {
  context_ = &context;
  metrics_ = std::make_unique<PtrcMetrics>(context.registry);
  state_ = std::make_unique<PtrcState>(context.accounts, limits_);
  reports_ = std::make_unique<Reports>(context.data_dir + "/reports");
  const Timestamp now = context.clock.Now();
  ledger_lag_ = std::make_unique<feed::LagMeter>(now);
  drop_copy_lag_ = std::make_unique<feed::LagMeter>(now);
  pnl_lag_ = std::make_unique<feed::LagMeter>(now);
  ledger_ = MakeLedgerClient();
  drop_copy_ = MakeDropCopyClient();
  pnl_ = context.Peer("pnl");
  context.ops.SetNotReady("reading executions and the ledger");
  RegisterPortfolio();
  RegisterPostTrade();
  RegisterHttp();
  RegisterChecks();
  return reports_->Load();
}

absl::Status PtrcService::Start(app::Context& context) {
  ledger_->Start();
  tick_ = context.timers.Every(check_every_, [this] { OnTick(); });
  return absl::OkStatus();
}

void PtrcService::Stop() {
  context_->timers.Cancel(tick_);
  ledger_->Stop();
  drop_copy_->Stop();
  const std::lock_guard lock(pnl_calls_->mutex);
  pnl_calls_->stopped = true;
}

absl::Status PtrcService::Ready() const {
  return recovered_
             ? absl::OkStatus()
             : absl::UnavailableError("reading executions and the ledger; try again in a moment");
}

void PtrcService::SetReadyWhenRead() {
  if (ledger_lag_->current_since() && drop_copy_lag_->current_since() &&
      !recovered_.exchange(true)) {
    log::Info("recovered", {{"execution_sequence", drop_copy_->sequence()},
                            {"ledger_sequence", ledger_->sequence()}});
    context_->ops.SetReady();
  }
}

std::unique_ptr<feed::LedgerClient> PtrcService::MakeLedgerClient() {
  feed::LedgerOptions options;
  options.oms = context_->Peer("oms");
  options.consumer = context_->name;
  options.pace = stream::kHistoryPace;
  options.anchor_folder = context_->data_dir;
  options.on_event = [this](const v1::LedgerEvent& event) {
    state_->OnLedgerEvent(event, context_->clock.Now());
  };
  options.on_batch = [this](const v1::LedgerBatch&, bool caught_up) {
    ledger_lag_->OnBatch(context_->clock.Now(), caught_up);
    // The venue's trades come after what accounts had brought in when they were made.
    if (caught_up && !drop_copy_started_.exchange(true)) {
      drop_copy_->Start();
    }
    SetReadyWhenRead();
  };
  options.on_lost = [this](const absl::Status& status) {
    ledger_lag_->OnLost(context_->clock.Now(), status);
  };
  return std::make_unique<feed::LedgerClient>(context_->timers, std::move(options));
}

std::unique_ptr<DropCopyClient> PtrcService::MakeDropCopyClient() {
  DropCopyClient::Options options;
  options.live_gateway = context_->Peer("live-gateway");
  options.consumer = context_->name;
  options.pace = stream::kHistoryPace;
  options.on_execution = [this](const v1::Execution& execution) {
    state_->OnExecution(execution, context_->clock.Now());
  };
  options.on_batch = [this](bool caught_up) {
    drop_copy_lag_->OnBatch(context_->clock.Now(), caught_up);
    SetReadyWhenRead();
  };
  options.on_lost = [this](const absl::Status& status) {
    drop_copy_lag_->OnLost(context_->clock.Now(), status);
  };
  return std::make_unique<DropCopyClient>(context_->timers, std::move(options));
}

void PtrcService::OnTick() {
  const auto ledger = ledger_lag_->current_since();
  const auto venue = drop_copy_lag_->current_since();
  state_->OnTime(context_->clock.Now(),
                 ledger && venue ? std::optional(std::max(*ledger, *venue)) : std::nullopt);
  AskPnl();
}

void PtrcService::AskPnl() {
  {
    const std::lock_guard lock(pnl_calls_->mutex);
    if (std::exchange(pnl_calls_->open, true)) {
      return;  // one at a time
    }
  }
  pnl_->Call<v1::ListPositionsRequest, v1::ListPositionsResponse>(
      "tradewind.v1.PortfolioService/ListPositions", {}, kPnlTimeout,
      [this, calls = pnl_calls_](absl::StatusOr<v1::ListPositionsResponse> response) {
        const std::lock_guard lock(calls->mutex);
        calls->open = false;
        if (calls->stopped) {
          return;
        }
        const Timestamp now = context_->clock.Now();
        absl::StatusOr<PositionMap> positions =
            response.ok() ? DecodePositions(*response) : response.status();
        if (!positions.ok()) {
          pnl_lag_->OnLost(now, positions.status());
          return;
        }
        pnl_lag_->OnBatch(now, true);
        state_->OnPnlPositions(*std::move(positions), response->ledger_sequence());
      });
}

absl::StatusOr<v1::Report> PtrcService::WriteReport(const v1::CreateReportRequest& request) {
  TW_RETURN_IF_ERROR(Ready());
  TW_ASSIGN_OR_RETURN(v1::Report report, state_->Report(request));
  const char* const kind = request.kind() == v1::REPORT_KIND_TRADES      ? "trades"
                           : request.kind() == v1::REPORT_KIND_POSITIONS ? "positions"
                                                                         : "breaks";
  TW_ASSIGN_OR_RETURN(*report.mutable_report_id(), reports_->Write(kind, report.content()));
  metrics_->ReportWritten();
  return report;
}

absl::StatusOr<v1::Report> PtrcService::ReadReport(const std::string& id) const {
  v1::Report report;
  TW_ASSIGN_OR_RETURN(*report.mutable_content(), reports_->Read(id));
  report.set_report_id(id);
  return report;
}

void PtrcService::RegisterPortfolio() {
  rpc::Service service("tradewind.v1.PortfolioService");
  service.Unary<v1::ListPositionsRequest, v1::ListPositionsResponse>(
      "ListPositions",
      [this](const v1::ListPositionsRequest& request, rpc::Reply<v1::ListPositionsResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Ok(state_->Positions(request)) : reply.Fail(ready);
      });
  service.Unary<v1::ListLotsRequest, v1::ListLotsResponse>(
      "ListLots",
      [this](const v1::ListLotsRequest& request, rpc::Reply<v1::ListLotsResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Ok(state_->Lots(request)) : reply.Fail(ready);
      });
  service.Unary<v1::ListTradesRequest, v1::ListTradesResponse>(
      "ListTrades",
      [this](const v1::ListTradesRequest& request, rpc::Reply<v1::ListTradesResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Send(state_->Trades(request)) : reply.Fail(ready);
      });
  context_->grpc.Add(service);
}

void PtrcService::RegisterPostTrade() {
  rpc::Service service("tradewind.v1.PostTradeService");
  service.Unary<v1::ListBreaksRequest, v1::ListBreaksResponse>(
      "ListBreaks",
      [this](const v1::ListBreaksRequest& request, rpc::Reply<v1::ListBreaksResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Ok(state_->Breaks(request)) : reply.Fail(ready);
      });
  service.Unary<v1::ListSurveillanceAlertsRequest, v1::ListSurveillanceAlertsResponse>(
      "ListSurveillanceAlerts", [this](const v1::ListSurveillanceAlertsRequest& request,
                                       rpc::Reply<v1::ListSurveillanceAlertsResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Ok(state_->Alerts(request)) : reply.Fail(ready);
      });
  service.Unary<v1::CreateReportRequest, v1::Report>(
      "CreateReport", [this](const v1::CreateReportRequest& request, rpc::Reply<v1::Report> reply) {
        reply.Send(WriteReport(request));
      });
  service.Unary<v1::GetReportRequest, v1::Report>(
      "GetReport", [this](const v1::GetReportRequest& request, rpc::Reply<v1::Report> reply) {
        reply.Send(ReadReport(request.report_id()));
      });
  context_->grpc.Add(service);
}

void PtrcService::RegisterHttp() {
  http::Server& server = context_->http;
  // A GET whose query is the message `query`, answered once the streams were read.
  const auto list = [this, &server](const char* path, const auto& query, auto to_json) {
    using Query = std::decay_t<decltype(query)>;
    server.Get(path, [this, to_json](const http::Request& request) {
      Query read;
      const auto answer = [&]() -> absl::StatusOr<std::string> {
        TW_RETURN_IF_ERROR(json::FromParams(request.query, &read));
        TW_RETURN_IF_ERROR(Ready());
        return to_json(read);
      };
      return Answer(answer());
    });
  };
  list("/positions", v1::ListPositionsRequest(),
       [this](const auto& q) { return json::ToJsonArray(state_->Positions(q).positions()); });
  list("/lots", v1::ListLotsRequest(),
       [this](const auto& q) { return json::ToJsonArray(state_->Lots(q).lots()); });
  list("/trades", v1::ListTradesRequest(), [this](const auto& q) -> absl::StatusOr<std::string> {
    TW_ASSIGN_OR_RETURN(const v1::ListTradesResponse response, state_->Trades(q));
    return json::ToJsonArray(response.trades());
  });
  list("/breaks", v1::ListBreaksRequest(),
       [this](const auto& q) { return json::ToJsonArray(state_->Breaks(q).breaks()); });
  list("/alerts", v1::ListSurveillanceAlertsRequest(),
       [this](const auto& q) { return json::ToJsonArray(state_->Alerts(q).alerts()); });

  server.RouteSync("POST", "/reports", [this](const http::Request& request) {
    const auto answer = [&]() -> absl::StatusOr<std::string> {
      v1::CreateReportRequest wanted;
      TW_RETURN_IF_ERROR(json::FromJson(request.body, &wanted));
      TW_ASSIGN_OR_RETURN(const v1::Report report, WriteReport(wanted));
      return "{\"report_id\":\"" + report.report_id() +
             "\",\"bytes\":" + std::to_string(report.content().size()) + "}";
    };
    return Answer(answer());
  });
  server.Get("/reports/{id}", [this](const http::Request& request) {
    absl::StatusOr<v1::Report> report = ReadReport(std::string(request.Param("id")));
    if (!report.ok()) {
      return http::ErrorResponse(report.status());
    }
    http::Response response;
    response.content_type = "text/csv; charset=utf-8";
    response.body = std::move(*report->mutable_content());
    return response;
  });
}

void PtrcService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  const Clock& clock = context_->clock;
  ops.SetFact("accounts_hash", context_->accounts.hash());
  ops.AddCheck("oms_ledger", [this, &clock] { return ToCheck(ledger_lag_->Read(clock.Now())); });
  ops.AddCheck("venue_drop_copy",
               [this, &clock] { return ToCheck(drop_copy_lag_->Read(clock.Now())); });
  ops.AddCheck("pnl_positions", [this, &clock] { return ToCheck(pnl_lag_->Read(clock.Now())); });
  ops.AddCheck("breaks", [this] {
    const size_t open = state_->counts().open_breaks;
    http::Check check;
    if (open > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(open) + " open breaks; see /breaks";
    }
    return check;
  });
  ops.AddCheck("bounds", [this] {
    const PtrcState::Counts counts = state_->counts();
    http::Check check;
    if (counts.overflowed > 0 || counts.out_of_range > 0) {
      check.status = http::CheckStatus::kFailed;
      check.reason = std::to_string(counts.overflowed) + " fills or breaks past the limit, " +
                     std::to_string(counts.out_of_range) + " fills out of range";
    }
    return check;
  });
  ops.SetStats([this] {
    const PtrcState::Counts c = state_->counts();
    return "{\"execution_sequence\":" + std::to_string(c.execution_sequence) +
           ",\"trades\":" + std::to_string(c.trades) + ",\"matched\":" + std::to_string(c.matched) +
           ",\"unmatched\":" + std::to_string(c.unmatched) +
           ",\"open_breaks\":" + std::to_string(c.open_breaks) +
           ",\"positions_compared\":" + std::to_string(c.positions_compared) +
           ",\"alerts\":" + std::to_string(c.alerts) +
           ",\"reports\":" + std::to_string(reports_->size()) + "}";
  });
  context_->registry.OnText([this, &clock] {
    metrics_->Show(state_->counts(), Duration::Millis(ledger_lag_->Read(clock.Now()).ms),
                   Duration::Millis(drop_copy_lag_->Read(clock.Now()).ms));
  });
}

}  // namespace tw::ptrc
