// NormalizerService: live-gateway's raw feed in, the platform's feed out.
//
// Events are taken on the feed client's thread, held-back ones go out on the timer's; both under
// one lock, in which they are numbered too. Only recorded events wait for slow readers, outside the
// lock, so that live markets, REST and new readers never wait with them for long.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "libs/app/app.h"
#include "libs/feed/lag.h"
#include "libs/feed/market_client.h"
#include "libs/feed/market_server.h"
#include "services/normalizer/metrics.h"
#include "services/normalizer/position.h"
#include "services/normalizer/state.h"

namespace tw::normalizer {

class NormalizerService final : public app::Service {
 public:
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  absl::Status ReadCalendars();
  void MakeFeed(const Position& position);
  void RegisterHttp();
  void RegisterChecks();
  void OnEvent(const tradewind::v1::FeedEvent& event);
  void OnBatch();
  void PublishRecorded(Events& events);
  void WaitForReaders();
  void Publish(Events& events);  // lock held
  void OnTick();
  void Heal(Timestamp now);
  void SavePosition();

  NormalizerOptions options_;
  std::string instruments_path_;
  size_t log_max_ = 0;
  Duration patience_{};
  app::Context* context_ = nullptr;
  std::string position_path_;
  std::shared_ptr<rpc::Channel> live_gateway_;

  std::mutex mutex_;
  std::unique_ptr<NormalizerState> state_;
  std::unique_ptr<NormalizerMetrics> metrics_;
  Position reached_;  // by the last batch
  Position earlier_;  // a second before
  Position saved_;

  Events events_;  // the feed client's thread only
  uint64_t recorded_ = 0;
  Timestamp impatient_until_;
  std::unique_ptr<feed::MarketServer> server_;
  std::unique_ptr<feed::LagMeter> lag_;
  std::unique_ptr<feed::MarketClient> feed_;
  // The timer's thread only.
  std::unique_ptr<feed::MarketClient> healer_;
  Timestamp healer_since_;
  TimerThread::Id tick_ = 0;
  TimerThread::Id save_ = 0;
};

}  // namespace tw::normalizer
