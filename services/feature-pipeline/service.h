// FeaturePipelineService: feature-pipeline as a service: normalizer's feed in, features out by
// gRPC, HTTP and, through the sink, into QuestDB.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/market_client.h"
#include "libs/sink/sink.h"
#include "services/feature-pipeline/history.h"
#include "services/feature-pipeline/metrics.h"
#include "services/feature-pipeline/state.h"

namespace tw::features {

class FeaturePipelineService final : public app::Service {
 public:
  FeaturePipelineService();
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterGrpc();
  void RegisterHttp();
  void RegisterChecks();
  std::unique_ptr<feed::MarketClient> MakeMarketClient();
  void StartSampling();
  void Write(const History& history);
  FeatureState::Counts CountNow() const;
  absl::StatusOr<tradewind::v1::FeatureSet> Read(const tradewind::v1::GetFeaturesRequest& request);

  std::string venue_;
  std::string features_path_;
  Duration silence_;
  questdb::PoolOptions pool_options_;
  app::Context* context_ = nullptr;
  FeatureConfig config_;
  sink::Sink sink_;
  std::unique_ptr<FeatureMetrics> metrics_;
  std::unique_ptr<FeatureState> state_;
  std::unique_ptr<HistoryReader> history_;
  std::unique_ptr<feed::LagMeter> lag_;
  std::unique_ptr<feed::MarketClient> market_;
  std::vector<TimerThread::Id> samplers_;
};

}  // namespace tw::features
