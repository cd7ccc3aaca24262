// HotCacheService: the normalizer's feed and pnl's stream in; MarketDataService and REST out.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/market_client.h"
#include "libs/feed/subscriber.h"
#include "services/hot-cache/metrics.h"
#include "services/hot-cache/state.h"
#include "services/hot-cache/streams.h"

namespace tw::hot_cache {

class HotCacheService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  using PnlSubscriber = feed::Subscriber<v1::StreamPnlRequest, v1::Pnl>;

  std::unique_ptr<feed::MarketClient> MakeFeed();
  std::unique_ptr<PnlSubscriber> MakePnl();
  void RegisterGrpc();
  void RegisterHttp();
  void RegisterChecks();

  CacheOptions options_;
  fanout::FanoutOptions stream_options_;
  app::Context* context_ = nullptr;
  std::mutex metrics_mutex_;  // of Show
  std::unique_ptr<CacheMetrics> metrics_;
  std::unique_ptr<CacheState> state_;
  std::unique_ptr<MarketStreams> streams_;
  std::unique_ptr<feed::LagMeter> feed_lag_;
  std::unique_ptr<feed::LagMeter> pnl_lag_;
  std::unique_ptr<feed::MarketClient> feed_;
  std::unique_ptr<PnlSubscriber> pnl_;
  TimerThread::Id sweep_ = 0;
};

}  // namespace tw::hot_cache
