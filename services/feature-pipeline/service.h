// FeaturePipelineService: feature-pipeline as a service. It reads normalizer's feed, whose snapshot
// brings the newest closed bars, so it keeps nothing on disk; it is ready once the feed is there.
#pragma once

#include <memory>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/market_client.h"
#include "services/feature-pipeline/metrics.h"
#include "services/feature-pipeline/state.h"

namespace tw::features {

class FeaturePipelineService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterGrpc();
  void RegisterHttp();
  void RegisterChecks();
  std::unique_ptr<feed::MarketClient> MakeMarketClient();
  FeatureState::Counts CountNow() const;

  std::string venue_;
  Duration silence_;
  app::Context* context_ = nullptr;
  std::unique_ptr<FeatureMetrics> metrics_;
  std::unique_ptr<FeatureState> state_;
  std::unique_ptr<feed::LagMeter> lag_;
  std::unique_ptr<feed::MarketClient> market_;
};

}  // namespace tw::features
