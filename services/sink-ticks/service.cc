#include "services/sink-ticks/service.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/sink/lag_check.h"
#include "libs/stream/pace.h"

namespace tw::sink_ticks {

namespace v1 = tradewind::v1;

TicksService::TicksService() : sink_({"trades", "quotes", "book_snapshots", "bars", "gaps"}) {}

void TicksService::Configure(config::Settings& settings) {
  sink_.Configure(settings);
  patience_ = settings.Ms("live-wait-ms", 5'000, 0, 600'000,
                          "live ticks wait this long for a full sink; then they are dropped");
}

absl::Status TicksService::Prepare(app::Context& context) {
  context_ = &context;
  metrics_ = std::make_unique<TicksMetrics>(context.registry);
  lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  sink_.Prepare(context, [this] {
    return sink::Stats{{"events_taken", static_cast<uint64_t>(metrics_->events())},
                       {"events_dropped", static_cast<uint64_t>(metrics_->dropped())},
                       {"gaps", static_cast<uint64_t>(metrics_->gaps())}};
  });
  AddChecks();
  context.ops.SetNotReady("waiting for normalizer");
  return absl::OkStatus();
}

absl::Status TicksService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(sink_.Start(context));
  TW_ASSIGN_OR_RETURN(const FeedPosition resume,
                      FeedPosition::Parse(sink_.DurablePosition(FeedWriter::kSource)));
  writer_ = std::make_unique<FeedWriter>(sink_, context.clock, *metrics_, patience_, resume);
  client_ = MakeClient(resume);
  client_->Start();
  return absl::OkStatus();
}

void TicksService::Stop() {
  sink_.StopWaiting();
  if (client_ != nullptr) {
    client_->Stop();
  }
  sink_.Stop();
}

std::unique_ptr<feed::MarketClient> TicksService::MakeClient(const FeedPosition& resume) {
  feed::MarketOptions options;
  options.peer = context_->Peer("normalizer");
  options.consumer = context_->name;
  options.pace = stream::kHistoryPace;
  options.lossless = true;
  options.epoch = resume.epoch;
  options.from = resume.epoch == 0 ? 0 : resume.sequence + 1;
  options.on_event = [this](const v1::FeedEvent& event) { writer_->OnEvent(event); };
  options.on_gap = [this](uint64_t, uint64_t from, uint64_t to) { writer_->OnGap(from, to); };
  options.on_batch = [this](const v1::FeedBatch& batch) {
    const uint64_t sequence = client_->sequence();
    writer_->OnBatch(batch.epoch(), sequence);
    lag_->OnBatch(context_->clock.Now(), sequence >= batch.head_sequence());
    context_->ops.SetReady();
  };
  options.on_lost = [this](const absl::Status& status) {
    lag_->OnLost(context_->clock.Now(), status);
  };
  return std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

void TicksService::AddChecks() {
  context_->ops.AddCheck("normalizer_feed",
                         [this] { return sink::ToCheck(lag_->Read(context_->clock.Now())); });
  context_->ops.AddCheck("ticks", [this] {
    http::Check check;
    if (metrics_->dropped() > 0 || metrics_->faulty() > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(static_cast<uint64_t>(metrics_->dropped())) +
                     " live events were dropped, " +
                     std::to_string(static_cast<uint64_t>(metrics_->faulty())) +
                     " could not be made rows, since the start; see table gaps and the log";
    }
    return check;
  });
  context_->registry.OnText(
      [this] { metrics_->ShowLag(Duration::Millis(lag_->Read(context_->clock.Now()).ms)); });
}

}  // namespace tw::sink_ticks
