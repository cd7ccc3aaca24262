#include "services/feature-pipeline/service.h"

#include <cstdlib>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/json/json.h"
#include "libs/log/log.h"
#include "libs/sink/lag_check.h"
#include "libs/stream/pace.h"
#include "services/feature-pipeline/feature_rows.h"
#include "services/feature-pipeline/features_file.h"

namespace tw::features {

namespace v1 = tradewind::v1;

namespace {

constexpr size_t kConnections = 1;  // of the one thread that asks

// A route whose answer is `Response` as JSON; the request is read from the query.
template <typename Request>
bool ReadQuery(const http::Request& http, Request& out, const http::Responder& responder) {
  const absl::Status status = json::FromParams(http.query, &out);
  if (!status.ok()) {
    responder.Fail(status);
  }
  return status.ok();
}

http::Response HistoryAnswer(const HistoryPage& page) {
  http::Response response = http::Json(json::ToJsonArray(page.response.points()));
  if (page.older) {
    response.headers.emplace_back("X-Next", FormatRfc3339(*page.older));
  }
  return response;
}

}  // namespace

FeaturePipelineService::FeaturePipelineService() : sink_({"features"}) {}

void FeaturePipelineService::Configure(config::Settings& settings) {
  sink_.Configure(settings);
  venue_ = settings.String("venue", "PAPER", "the market whose features these are");
  features_path_ = settings.String("features", "deploy/config/features.toml",
                                   "the file that says which features there are");
  silence_ = settings.Ms("silence-ms", 10'000, 100, 3'600'000,
                         "an instrument without an input this long shows in /check");
  pool_options_.query_timeout =
      settings.Ms("history-timeout-ms", 2'000, 10, 20'000, "for QuestDB's answer to a history");
  const std::string address = config::QuestDbPg();
  const size_t colon = address.rfind(':');
  pool_options_.host = address.substr(0, colon);
  pool_options_.port = static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1));
  pool_options_.connections_max = kConnections;
  pool_options_.connect_timeout = pool_options_.query_timeout;
}

absl::Status FeaturePipelineService::Prepare(app::Context& context) {
  context_ = &context;
  TW_ASSIGN_OR_RETURN(config_, LoadFeatures(features_path_, context.instruments));
  metrics_ = std::make_unique<FeatureMetrics>(context.registry);
  state_ = std::make_unique<FeatureState>(config_, context.instruments, venue_);
  history_ = std::make_unique<HistoryReader>(pool_options_, venue_);
  lag_ = std::make_unique<feed::LagMeter>(context.clock.Now());
  market_ = MakeMarketClient();
  context.ops.SetNotReady("waiting for normalizer's feed");
  RegisterGrpc();
  RegisterHttp();
  RegisterChecks();
  return absl::OkStatus();
}

absl::Status FeaturePipelineService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(sink_.Start(context));
  state_->ResumeFrom([this](const std::string& source) { return sink_.DurablePosition(source); });
  market_->Start();
  StartSampling();
  return absl::OkStatus();
}

void FeaturePipelineService::Stop() {
  for (const TimerThread::Id id : samplers_) {
    context_->timers.Cancel(id);
  }
  sink_.StopWaiting();
  market_->Stop();
  history_->Stop();
  sink_.Stop();
}

std::unique_ptr<feed::MarketClient> FeaturePipelineService::MakeMarketClient() {
  feed::MarketOptions options;
  options.peer = context_->Peer("normalizer");
  options.consumer = context_->name;
  options.pace = stream::kHistoryPace;
  options.on_event = [this](const v1::FeedEvent& event) {
    History history;
    if (state_->OnFeedEvent(event, context_->clock.Now(), &history)) {
      metrics_->InputTaken();
      Write(history);
    }
  };
  options.on_batch = [this](const v1::FeedBatch&) {
    lag_->OnBatch(context_->clock.Now(), true);
    state_->OnFeedBack();
    context_->ops.SetReady();
  };
  options.on_lost = [this](const absl::Status& status) {
    lag_->OnLost(context_->clock.Now(), status);
    state_->OnFeedLost();
  };
  return std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

void FeaturePipelineService::StartSampling() {
  for (const FeatureSet& set : config_.sets) {
    if (set.of_quotes && set.history) {
      samplers_.push_back(context_->timers.Every(set.sample, [this, &set] {
        Write({.rows = state_->Sample(set, context_->clock.Now()), .source = "", .position = ""});
      }));
    }
  }
}

// The feed is not slowed for the sake of the history: what a full sink does not take is counted.
void FeaturePipelineService::Write(const History& history) {
  if (history.rows.empty() && history.source.empty()) {
    return;
  }
  ilp::LineBuffer lines;
  absl::Status status = AddRows(history.rows, venue_, lines);
  if (status.ok()) {
    status = sink_.Put(lines, {history.source, history.position}, Duration{});
  }
  if (status.ok()) {
    metrics_->RowsTaken(history.rows.size());
    return;
  }
  metrics_->RowsDropped(history.rows.size());
  log::Limited(log::Level::kError, "feature_rows_dropped",
               {{"rows", history.rows.size()}, {"error", std::string(status.message())}});
}

absl::StatusOr<v1::FeatureSet> FeaturePipelineService::Read(const v1::GetFeaturesRequest& request) {
  const int64_t began = MonotonicNanos();
  absl::StatusOr<v1::FeatureSet> features = state_->Features(request, context_->clock.Now());
  metrics_->Answered(Duration{MonotonicNanos() - began});
  return features;
}

void FeaturePipelineService::RegisterGrpc() {
  rpc::Service service("tradewind.v1.FeatureService");
  service.Unary<v1::GetFeaturesRequest, v1::FeatureSet>(
      "GetFeatures", [this](const auto& request, auto reply) { reply.Send(Read(request)); });
  service.Unary<v1::ListFeatureDefinitionsRequest, v1::ListFeatureDefinitionsResponse>(
      "ListFeatureDefinitions",
      [this](const auto&, auto reply) { reply.Ok(state_->Definitions()); });
  service.Unary<v1::ListFeatureHistoryRequest, v1::ListFeatureHistoryResponse>(
      "ListFeatureHistory", [this](const auto& request, auto reply) {
        history_->Read(request, [reply](const absl::StatusOr<HistoryPage>& page) {
          if (page.ok()) {
            reply.Ok(page->response);
          } else {
            reply.Fail(page.status());
          }
        });
      });
  context_->grpc.Add(service);
}

void FeaturePipelineService::RegisterHttp() {
  context_->http.Get("/features", [this](const http::Request&) {
    return http::Json(json::ToJson(state_->Definitions()));
  });
  context_->http.Route("GET", "/features/{symbol}",
                       [this](const http::Request& request, const http::Responder& responder) {
                         v1::GetFeaturesRequest wanted;
                         if (ReadQuery(request, wanted, responder)) {
                           wanted.set_symbol(std::string(request.Param("symbol")));
                           const absl::StatusOr<v1::FeatureSet> features = Read(wanted);
                           responder.Send(features.ok() ? http::Json(json::ToJson(*features))
                                                        : http::ErrorResponse(features.status()));
                         }
                       });
  context_->http.Route(
      "GET", "/features/{symbol}/history",
      [this](const http::Request& request, const http::Responder& responder) {
        v1::ListFeatureHistoryRequest wanted;
        if (ReadQuery(request, wanted, responder)) {
          wanted.set_symbol(std::string(request.Param("symbol")));
          history_->Read(wanted, [responder](const auto& page) {
            responder.Send(page.ok() ? HistoryAnswer(*page) : http::ErrorResponse(page.status()));
          });
        }
      });
}

FeatureState::Counts FeaturePipelineService::CountNow() const {
  return state_->counts(context_->clock.Now() - silence_);
}

void FeaturePipelineService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  ops.AddCheck("normalizer_feed",
               [this] { return sink::ToCheck(lag_->Read(context_->clock.Now())); });
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
  ops.AddCheck("history", [this] {
    http::Check check;
    if (metrics_->dropped() > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(static_cast<uint64_t>(metrics_->dropped())) +
                     " values are missing in the history since the start; see the log";
    }
    return check;
  });
  sink_.Prepare(*context_, [this] {
    const FeatureState::Counts counts = CountNow();
    return sink::Stats{{"bars", counts.bars},
                       {"bars_refused", counts.refused},
                       {"silent_instruments", counts.silent}};
  });
  context_->registry.OnText([this] {
    const FeatureState::Counts counts = CountNow();
    metrics_->Show(counts.bars, counts.refused, counts.silent,
                   Duration::Millis(lag_->Read(context_->clock.Now()).ms));
  });
}

}  // namespace tw::features
