// TicksService: sink-ticks as a service: normalizer's feed in, QuestDB out.
#pragma once

#include <memory>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/market_client.h"
#include "libs/sink/sink.h"
#include "services/sink-ticks/feed_writer.h"
#include "services/sink-ticks/metrics.h"

namespace tw::sink_ticks {

class TicksService final : public app::Service {
 public:
  TicksService();
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void AddChecks();
  std::unique_ptr<feed::MarketClient> MakeClient(const FeedPosition& resume);

  Duration patience_;
  app::Context* context_ = nullptr;
  sink::Sink sink_;
  std::unique_ptr<TicksMetrics> metrics_;
  std::unique_ptr<feed::LagMeter> lag_;
  std::unique_ptr<FeedWriter> writer_;
  std::unique_ptr<feed::MarketClient> client_;
};

}  // namespace tw::sink_ticks
