#include "services/pnl/service.h"

#include <utility>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/log/log.h"
#include "libs/stream/pace.h"
#include "services/pnl/convert.h"

namespace tw::pnl {
namespace {

constexpr Duration kTick = Duration::Seconds(1);
constexpr int kStreamIntervalMsDefault = 1'000;
constexpr int kStreamIntervalMsMin = 100;
constexpr int kStreamIntervalMsMax = 60'000;

http::Check ToCheck(const feed::Lag& lag) {
  return {.status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
          .reason = lag.reason,
          .lag_ms = lag.ms};
}

// A GET whose query is the message `Request`.
template <typename Request>
http::SyncHandler Query(std::function<absl::StatusOr<std::string>(const Request&)> answer) {
  return [answer = std::move(answer)](const http::Request& request) {
    Request query;
    absl::Status read = json::FromParams(request.query, &query);
    if (!read.ok()) {
      return http::ErrorResponse(read);
    }
    absl::StatusOr<std::string> body = answer(query);
    return body.ok() ? http::Json(*std::move(body)) : http::ErrorResponse(body.status());
  };
}

}  // namespace

void PnlService::Configure(config::Settings& settings) {
  limits_.mark_stale_after =
      settings.Ms("mark-stale-ms", 10'000, 100, 3'600'000, "age at which a mark counts as stale");
  limits_.history_account_max = static_cast<size_t>(
      settings.Int("history-account-max", 10'000, 1, 1'000'000, "points of history an account"));
  limits_.history_total_max = static_cast<size_t>(
      settings.Int("history-total-max", 500'000, 1, 10'000'000, "points of history in all"));
  statement_retry_ = settings.Ms("statement-retry-ms", 5'000, 10, 600'000,
                                 "when statements that could not be written are tried again");
  instruments_ = settings.instruments();
}

absl::Status PnlService::Prepare(app::Context& context) {
  context_ = &context;
  metrics_ = std::make_unique<PnlMetrics>(context.registry);
  state_ = std::make_unique<PnlState>(context.accounts, limits_);
  ledger_lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  market_lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  ledger_ = MakeLedgerClient();
  market_ = MakeMarketClient();
  TW_ASSIGN_OR_RETURN(TradingDays days, TradingDays::Load(instruments_));
  statements_ = std::make_unique<StatementWriter>(context, std::move(days), statement_retry_);
  context.ops.SetNotReady("reading the ledger");
  RegisterGrpc();
  RegisterHttp();
  RegisterChecks();
  return absl::OkStatus();
}

absl::Status PnlService::Start(app::Context& context) {
  ledger_->Start();
  market_->Start();
  statements_->Start();
  tick_ = context.timers.Every(kTick, [this] {
    if (recovered_) {
      state_->OnTime(context_->clock.Now());
    }
  });
  return absl::OkStatus();
}

void PnlService::Stop() {
  context_->timers.Cancel(tick_);
  statements_->Stop();
  ledger_->Stop();
  market_->Stop();
}

absl::Status PnlService::Ready() const {
  return recovered_ ? absl::OkStatus()
                    : absl::UnavailableError("reading the ledger; try again in a moment");
}

std::unique_ptr<feed::LedgerClient> PnlService::MakeLedgerClient() {
  feed::LedgerOptions options;
  options.oms = context_->Peer("oms");
  options.consumer = context_->name;
  options.fills_only = true;
  options.pace = stream::kViewPace;
  options.anchor_folder = context_->data_dir;
  options.on_event = [this](const v1::LedgerEvent& event) {
    const Applied applied = state_->OnLedgerEvent(event);
    metrics_->EventApplied(applied);
    if (applied == Applied::kOutOfRange) {
      log::Error("fill_out_of_range", {{"sequence", event.sequence()},
                                       {"account", event.account()},
                                       {"symbol", event.symbol()}});
    }
  };
  options.on_batch = [this](const v1::LedgerBatch& batch, bool caught_up) {
    ledger_lag_->OnBatch(context_->clock.Now(), caught_up);
    if (caught_up && !recovered_.exchange(true)) {
      log::Info("recovered", {{"ledger_sequence", batch.head_sequence()}});
      context_->ops.SetReady();
    }
  };
  options.on_lost = [this](const absl::Status& status) {
    ledger_lag_->OnLost(context_->clock.Now(), status);
  };
  return std::make_unique<feed::LedgerClient>(context_->timers, std::move(options));
}

std::unique_ptr<feed::MarketClient> PnlService::MakeMarketClient() {
  feed::MarketOptions options;
  options.peer = context_->Peer("normalizer");
  options.consumer = context_->name;
  options.pace = stream::kHistoryPace;
  options.on_event = [this](const v1::FeedEvent& event) {
    state_->OnFeedEvent(event, context_->clock.Now());
  };
  options.on_batch = [this](const v1::FeedBatch&) {
    market_lag_->OnBatch(context_->clock.Now(), true);
  };
  options.on_lost = [this](const absl::Status& status) {
    market_lag_->OnLost(context_->clock.Now(), status);
    state_->OnFeedLost();
  };
  return std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

void PnlService::RegisterGrpc() {
  rpc::Service service("tradewind.v1.PortfolioService");
  service.Unary<v1::ListPositionsRequest, v1::ListPositionsResponse>(
      "ListPositions",
      [this](const v1::ListPositionsRequest& request, rpc::Reply<v1::ListPositionsResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Ok(state_->Positions(request)) : reply.Fail(ready);
      });
  service.Unary<v1::GetPnlRequest, v1::Pnl>(
      "GetPnl", [this](const v1::GetPnlRequest& request, rpc::Reply<v1::Pnl> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Ok(state_->Pnl(request.account(), context_->clock.Now()))
                   : reply.Fail(ready);
      });
  service.Unary<v1::ListPnlHistoryRequest, v1::ListPnlHistoryResponse>(
      "ListPnlHistory", [this](const v1::ListPnlHistoryRequest& request,
                               rpc::Reply<v1::ListPnlHistoryResponse> reply) {
        const absl::Status ready = Ready();
        ready.ok() ? reply.Send(state_->PnlHistory(request)) : reply.Fail(ready);
      });
  service.ServerStream<v1::StreamPnlRequest, v1::Pnl>(
      "StreamPnl",
      [this](const v1::StreamPnlRequest& request,
             const rpc::Stream<v1::Pnl, v1::StreamPnlRequest>& s) { StreamPnl(request, s); });
  context_->grpc.Add(service);
}

void PnlService::StreamPnl(const v1::StreamPnlRequest& request,
                           const rpc::Stream<v1::Pnl, v1::StreamPnlRequest>& stream) {
  const int interval =
      request.interval_ms() == 0 ? kStreamIntervalMsDefault : request.interval_ms();
  if (interval < kStreamIntervalMsMin || interval > kStreamIntervalMsMax) {
    stream.Finish(FieldError("interval_ms", "must be 100 to 60000"));
    return;
  }
  const absl::Status ready = Ready();
  if (!ready.ok()) {
    stream.Finish(ready);
    return;
  }
  if (streams_.fetch_add(1) >= kPnlStreamsMax) {
    --streams_;
    stream.Finish(absl::ResourceExhaustedError("too many P&L streams are open"));
    return;
  }
  // A reader that is behind misses figures; with all accounts, the next round begins where the
  // stream was full, so that none is always left out.
  const auto next = std::make_shared<size_t>(0);
  const auto send = [this, stream, next, account = request.account()] {
    const Timestamp now = context_->clock.Now();
    if (!account.empty()) {
      stream.Write(state_->Pnl(account, now));
      return;
    }
    const std::vector<v1::Pnl> all = state_->AllPnl(now);
    const size_t first = *next < all.size() ? *next : 0;
    for (size_t i = 0; i < all.size(); ++i) {
      *next = (first + i) % all.size();
      if (!stream.Write(all[*next])) {
        return;
      }
    }
    *next = 0;
  };
  struct Ticket {
    std::mutex mutex;
    bool closed = false;
    TimerThread::Id timer = 0;
  };
  const auto ticket = std::make_shared<Ticket>();
  stream.OnClosed([this, ticket](const absl::Status&) {
    --streams_;
    std::unique_lock lock(ticket->mutex);
    ticket->closed = true;
    const TimerThread::Id timer = ticket->timer;
    lock.unlock();
    context_->timers.Cancel(timer);
  });
  send();
  const std::lock_guard lock(ticket->mutex);
  if (!ticket->closed) {
    ticket->timer = context_->timers.Every(Duration::Millis(interval), send);
  }
}

void PnlService::RegisterHttp() {
  http::Server& server = context_->http;
  server.Get("/positions", Query<v1::ListPositionsRequest>(
                               [this](const auto& query) -> absl::StatusOr<std::string> {
                                 TW_RETURN_IF_ERROR(Ready());
                                 return json::ToJsonArray(state_->Positions(query).positions());
                               }));
  server.Get("/pnl/realtime",
             Query<v1::GetPnlRequest>([this](const auto& query) -> absl::StatusOr<std::string> {
               TW_RETURN_IF_ERROR(Ready());
               return json::ToJson(state_->Pnl(query.account(), context_->clock.Now()));
             }));
  server.Get(
      "/pnl/history",
      Query<v1::ListPnlHistoryRequest>([this](const auto& query) -> absl::StatusOr<std::string> {
        TW_RETURN_IF_ERROR(Ready());
        TW_ASSIGN_OR_RETURN(const auto history, state_->PnlHistory(query));
        return json::ToJsonArray(history.points());
      }));
  // Every account with its positions, as of one moment of the ledger.
  server.Get("/snapshot", [this](const http::Request&) {
    const absl::Status ready = Ready();
    if (!ready.ok()) {
      return http::ErrorResponse(ready);
    }
    const Timestamp now = context_->clock.Now();
    const std::vector<v1::Pnl> accounts = state_->AllPnl(now);
    const uint64_t sequence =
        accounts.empty() ? state_->counts().sequence : accounts.front().ledger_sequence();
    return http::Json("{\"ledger_sequence\":" + std::to_string(sequence) + ",\"timestamp\":\"" +
                      FormatRfc3339(now) + "\",\"accounts\":" + json::ToJsonArray(accounts) + "}");
  });
}

void PnlService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  ops.SetFact("accounts_hash", context_->accounts.hash());
  ops.AddCheck("oms_ledger", [this] { return ToCheck(ledger_lag_->Read(context_->clock.Now())); });
  ops.AddCheck("normalizer_feed",
               [this] { return ToCheck(market_lag_->Read(context_->clock.Now())); });
  ops.AddCheck("marks", [this] {
    const PnlState::Counts counts = state_->counts();
    http::Check check;
    if (counts.stale_marks > 0 || counts.symbols == 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = counts.symbols == 0 ? "no mark yet"
                                         : std::to_string(counts.stale_marks) + " of " +
                                               std::to_string(counts.symbols) + " are stale";
    }
    return check;
  });
  ops.AddCheck("fills", [this] {
    http::Check check;
    if (metrics_->out_of_range() > 0) {
      check.status = http::CheckStatus::kFailed;
      check.reason = "fills were left out because a position would leave its range; see the log";
    }
    return check;
  });
  ops.AddCheck("statements", [this] { return statements_->Check(); });
  ops.SetStats([this] {
    const PnlState::Counts c = state_->counts();
    return "{\"ledger_sequence\":" + std::to_string(c.sequence) +
           ",\"accounts\":" + std::to_string(c.accounts) +
           ",\"history_points\":" + std::to_string(c.history_points) +
           ",\"streams\":" + std::to_string(streams_.load()) + "," + statements_->Stats() + "}";
  });
  context_->registry.OnText([this] {
    const feed::Lag lag = ledger_lag_->Read(context_->clock.Now());
    metrics_->Show(state_->counts(), Duration::Millis(lag.ms));
  });
}

}  // namespace tw::pnl
