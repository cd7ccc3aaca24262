#include "services/feature-pipeline/service.h"

#include <utility>

#include "libs/json/json.h"

namespace tw::features {

namespace v1 = tradewind::v1;

void FeaturePipelineService::Configure(config::Settings& settings) {
  venue_ = settings.String("venue", "PAPER", "the market whose features these are");
  silence_ = settings.Ms("silence-ms", 10'000, 100, 3'600'000,
                         "an instrument without an input this long shows in /check");
}

absl::Status FeaturePipelineService::Prepare(app::Context& context) {
  context_ = &context;
  metrics_ = std::make_unique<FeatureMetrics>(context.registry);
  state_ = std::make_unique<FeatureState>(context.instruments, venue_);
  lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  market_ = MakeMarketClient();
  context.ops.SetNotReady("waiting for normalizer's feed");
  RegisterGrpc();
  RegisterHttp();
  RegisterChecks();
  return absl::OkStatus();
}

absl::Status FeaturePipelineService::Start(app::Context&) {
  market_->Start();
  return absl::OkStatus();
}

void FeaturePipelineService::Stop() {
  market_->Stop();
}

std::unique_ptr<feed::MarketClient> FeaturePipelineService::MakeMarketClient() {
  feed::MarketOptions options;
  options.peer = context_->Peer("normalizer");
  options.consumer = context_->name;
  options.on_event = [this](const v1::FeedEvent& event) {
    if (state_->OnFeedEvent(event, context_->clock.Now())) {
      metrics_->InputTaken();
    }
  };
  options.on_batch = [this](const v1::FeedBatch&) {
    lag_->OnBatch(context_->clock.Now(), true);
    context_->ops.SetReady();
  };
  options.on_lost = [this](const absl::Status& status) {
    lag_->OnLost(context_->clock.Now(), status);
    state_->OnFeedLost();
  };
  return std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

void FeaturePipelineService::RegisterGrpc() {
  rpc::Service service("tradewind.v1.FeatureService");
  service.Unary<v1::GetFeaturesRequest, v1::FeatureSet>(
      "GetFeatures",
      [this](const v1::GetFeaturesRequest& request, rpc::Reply<v1::FeatureSet> reply) {
        reply.Send(state_->Features(request, context_->clock.Now()));
      });
  context_->grpc.Add(service);
}

void FeaturePipelineService::RegisterHttp() {
  context_->http.Get("/features/{symbol}", [this](const http::Request& request) {
    v1::GetFeaturesRequest wanted;
    if (absl::Status status = json::FromParams(request.query, &wanted); !status.ok()) {
      return http::ErrorResponse(status);
    }
    wanted.set_symbol(std::string(request.Param("symbol")));
    const absl::StatusOr<v1::FeatureSet> features = state_->Features(wanted, context_->clock.Now());
    return features.ok() ? http::Json(json::ToJson(*features))
                         : http::ErrorResponse(features.status());
  });
}

FeatureState::Counts FeaturePipelineService::CountNow() const {
  return state_->counts(context_->clock.Now() - silence_);
}

void FeaturePipelineService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  ops.AddCheck("normalizer_feed", [this] {
    const feed::Lag lag = lag_->Read(context_->clock.Now());
    return http::Check{
        .status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
        .reason = lag.reason,
        .lag_ms = lag.ms};
  });
  ops.AddCheck("inputs", [this] {
    const FeatureState::Counts counts = CountNow();
    http::Check check;
    if (counts.silent > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(counts.silent) + " instruments without an input for " +
                     std::to_string(silence_.millis()) + " ms, " + counts.silent_one +
                     " among them";
    }
    return check;
  });
  ops.SetStats([this] {
    const FeatureState::Counts counts = CountNow();
    return "{\"bars\":" + std::to_string(counts.bars) +
           ",\"silent_instruments\":" + std::to_string(counts.silent) + "}";
  });
  context_->registry.OnText([this] {
    const FeatureState::Counts counts = CountNow();
    metrics_->Show(counts.bars, counts.silent,
                   Duration::Millis(lag_->Read(context_->clock.Now()).ms));
  });
}

}  // namespace tw::features
