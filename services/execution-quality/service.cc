#include "services/execution-quality/service.h"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/log/log.h"
#include "libs/stream/pace.h"

namespace tw::eq {
namespace {

constexpr Duration kTick = Duration::Millis(100);  // how late a mark-out's mid may be

http::Check ToCheck(const feed::Lag& lag) {
  return {.status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
          .reason = lag.reason,
          .lag_ms = lag.ms};
}

// The disk cannot be trusted any more; a restart reads the journal anew.
[[noreturn]] void EndProcess(const absl::Status& status) {
  log::Error("journal_failed", {{"error", std::string(status.message())}});
  std::_Exit(1);
}

template <typename Message>
http::Response Answer(const absl::StatusOr<Message>& message) {
  return message.ok() ? http::Json(json::ToJson(*message)) : http::ErrorResponse(message.status());
}

}  // namespace

void ExecutionQualityService::Configure(config::Settings& settings) {
  limits_.finished_max = static_cast<size_t>(settings.Int(
      "finished-orders-max", 100'000, 1, 10'000'000, "finished orders kept in memory"));
  limits_.fills_max = static_cast<size_t>(
      settings.Int("fills-max", 1'000, 1, 1'000'000, "fills kept of one order"));
}

absl::Status ExecutionQualityService::Prepare(app::Context& context) {
  context_ = &context;
  metrics_ = std::make_unique<QualityMetrics>(context.registry);
  state_ = std::make_unique<QualityState>(context.instruments, limits_);
  TW_RETURN_IF_ERROR(OpenLog());
  ledger_lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  market_lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  ledger_ = MakeLedgerClient();
  market_ = MakeMarketClient();
  context.ops.SetNotReady("reading the ledger");
  RegisterGrpc();
  RegisterHttp();
  RegisterChecks();
  return absl::OkStatus();
}

absl::Status ExecutionQualityService::Start(app::Context& context) {
  ledger_->Start();
  market_->Start();
  tick_ = context.timers.Every(kTick, [this] { state_->OnTime(context_->clock.Now()); });
  keeping_ = std::make_unique<TimerThread>();
  keeping_->Every(kTick, [this] { See(); });
  return absl::OkStatus();
}

absl::Status ExecutionQualityService::OpenLog() {
  const Timestamp now = context_->clock.Now();
  SightLog::Options options;
  options.folder = context_->data_dir + "/sightings";
  TW_ASSIGN_OR_RETURN(log_, SightLog::Open(files_, options, [&](Sighting sighting) {
                        state_->Restore(now, std::move(sighting));
                      }));
  log::Info("sightings_recovered",
            {{"records", log_->recovery().records}, {"torn_bytes", log_->recovery().torn_bytes}});
  return absl::OkStatus();
}

void ExecutionQualityService::See() {
  state_->See(context_->clock.Now(), [this](const std::vector<Sighting>& seen) {
    const absl::StatusOr<size_t> kept = log_->Keep(seen);
    if (!kept.ok()) {
      EndProcess(kept.status());
    }
    metrics_->Kept(*kept, seen.size() - *kept);
    return *kept;
  });
  log_full_ = log_->full();
  if (log_->WantsRoll()) {
    state_->Summarize([this](const std::vector<Sighting>& seen) {
      if (const absl::Status rolled = log_->Roll(seen); !rolled.ok()) {
        log::Warn("sightings_not_rolled", {{"error", std::string(rolled.message())}});
      }
    });
  }
}

void ExecutionQualityService::Stop() {
  keeping_.reset();
  context_->timers.Cancel(tick_);
  ledger_->Stop();
  market_->Stop();
}

absl::Status ExecutionQualityService::Ready() const {
  return recovered_ ? absl::OkStatus()
                    : absl::UnavailableError("reading the ledger; try again in a moment");
}

std::unique_ptr<feed::LedgerClient> ExecutionQualityService::MakeLedgerClient() {
  feed::LedgerOptions options;
  options.oms = context_->Peer("oms");
  options.consumer = context_->name;
  options.pace = stream::kHistoryPace;
  options.anchor_folder = context_->data_dir;
  options.on_event = [this](const v1::LedgerEvent& event) {
    if (state_->OnLedgerEvent(event)) {
      metrics_->EventApplied();
    }
  };
  options.on_batch = [this](const v1::LedgerBatch& batch, bool caught_up) {
    ledger_lag_->OnBatch(context_->clock.Now(), caught_up);
    if (caught_up && !recovered_.exchange(true)) {
      if (const size_t left_out = state_->OnCaughtUp(); left_out > 0) {
        log::Error("sightings_beyond_the_ledger", {{"records", left_out}});
      }
      log::Info("recovered", {{"ledger_sequence", batch.head_sequence()}});
      context_->ops.SetReady();
    }
  };
  options.on_lost = [this](const absl::Status& status) {
    ledger_lag_->OnLost(context_->clock.Now(), status);
  };
  return std::make_unique<feed::LedgerClient>(context_->timers, std::move(options));
}

std::unique_ptr<feed::MarketClient> ExecutionQualityService::MakeMarketClient() {
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
    state_->OnFeedLost(context_->clock.Now());
  };
  return std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

absl::StatusOr<v1::OrderQuality> ExecutionQualityService::Order(const std::string& order_id) const {
  TW_RETURN_IF_ERROR(Ready());
  return state_->Order(order_id);
}

absl::StatusOr<v1::ListVenueQualityResponse> ExecutionQualityService::Venues() const {
  TW_RETURN_IF_ERROR(Ready());
  return state_->Venues();
}

absl::StatusOr<v1::Benchmarks> ExecutionQualityService::BenchmarksOf(
    const std::string& symbol) const {
  return state_->BenchmarksOf(symbol, context_->clock.Now());
}

void ExecutionQualityService::RegisterGrpc() {
  rpc::Service service("tradewind.v1.ExecutionQualityService");
  service.Unary<v1::GetOrderQualityRequest, v1::OrderQuality>(
      "GetOrderQuality",
      [this](const v1::GetOrderQualityRequest& request, rpc::Reply<v1::OrderQuality> reply) {
        reply.Send(Order(request.order_id()));
      });
  service.Unary<v1::ListVenueQualityRequest, v1::ListVenueQualityResponse>(
      "ListVenueQuality",
      [this](const v1::ListVenueQualityRequest&, rpc::Reply<v1::ListVenueQualityResponse> reply) {
        reply.Send(Venues());
      });
  service.Unary<v1::GetBenchmarksRequest, v1::Benchmarks>(
      "GetBenchmarks",
      [this](const v1::GetBenchmarksRequest& request, rpc::Reply<v1::Benchmarks> reply) {
        reply.Send(BenchmarksOf(request.symbol()));
      });
  context_->grpc.Add(service);
}

void ExecutionQualityService::RegisterHttp() {
  http::Server& server = context_->http;
  server.Get("/execution/{id}", [this](const http::Request& request) {
    return Answer(Order(std::string(request.Param("id"))));
  });
  server.Get("/benchmarks/{symbol}", [this](const http::Request& request) {
    return Answer(BenchmarksOf(std::string(request.Param("symbol"))));
  });
  server.Get("/venues", [this](const http::Request&) {
    const absl::StatusOr<v1::ListVenueQualityResponse> venues = Venues();
    return venues.ok() ? http::Json(json::ToJsonArray(venues->venues()))
                       : http::ErrorResponse(venues.status());
  });
}

void ExecutionQualityService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  ops.AddCheck("oms_ledger", [this] { return ToCheck(ledger_lag_->Read(context_->clock.Now())); });
  ops.AddCheck("normalizer_feed",
               [this] { return ToCheck(market_lag_->Read(context_->clock.Now())); });
  ops.AddCheck("sightings", [this] {
    http::Check check;
    if (log_full_) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = "no disk space: mids that are seen now are not kept";
    }
    return check;
  });
  ops.SetStats([this] {
    const QualityState::Counts c = state_->counts();
    return "{\"ledger_sequence\":" + std::to_string(c.sequence) +
           ",\"orders\":" + std::to_string(c.orders) +
           ",\"forgotten_orders\":" + std::to_string(c.forgotten) + "}";
  });
  context_->registry.OnText([this] {
    const feed::Lag lag = ledger_lag_->Read(context_->clock.Now());
    metrics_->Show(state_->counts(), Duration::Millis(lag.ms));
  });
}

}  // namespace tw::eq
