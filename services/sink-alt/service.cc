#include "services/sink-alt/service.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "services/sink-alt/alt_records.h"

namespace tw::sink_alt {

namespace v1 = tradewind::v1;

AltService::AltService() : sink_({"alt_data"}) {}

void AltService::Configure(config::Settings& settings) {
  sink_.Configure(settings);
  options_.requests_max = static_cast<size_t>(
      settings.Int("requests-max", 256, 1, 10'000, "requests waiting for the disk at most"));
  options_.seen_max = static_cast<size_t>(
      settings.Int("seen-max", 500'000, 1, 10'000'000, "contents remembered to count duplicates"));
  options_.disk_timeout =
      settings.Ms("disk-timeout-ms", 5'000, 10, 20'000, "for records to reach the disk");
}

absl::Status AltService::Prepare(app::Context& context) {
  metrics_ = std::make_unique<AltMetrics>(context.registry);
  sink_.Prepare(context);
  rpc::Service service("tradewind.v1.AltDataService");
  service.Unary<v1::IngestRequest, v1::IngestResponse>(
      "Ingest", [this](const v1::IngestRequest& request, rpc::Reply<v1::IngestResponse> reply) {
        Ingest(request, [reply](const absl::StatusOr<v1::IngestResponse>& response) {
          reply.Send(response);
        });
      });
  context.grpc.Add(service);
  context.http.Route(
      "POST", "/ingest", [this](const http::Request& request, http::Responder responder) {
        absl::StatusOr<v1::IngestRequest> records = ReadJson(request.body);
        if (!records.ok()) {
          metrics_->Refused();
          responder.Fail(records.status());
          return;
        }
        Ingest(*std::move(records),
               [responder](const absl::StatusOr<v1::IngestResponse>& response) {
                 responder.Send(response.ok() ? http::Json(json::ToJson(*response))
                                              : http::ErrorResponse(response.status()));
               });
      });
  return absl::OkStatus();
}

absl::Status AltService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(sink_.Start(context));
  {
    const std::lock_guard lock(mutex_);
    ingester_ = std::make_shared<Ingester>(sink_, context.clock, *metrics_, options_);
  }
  context.ops.SetReady();
  return absl::OkStatus();
}

void AltService::Stop() {
  sink_.StopWaiting();
  std::unique_lock lock(mutex_);
  std::shared_ptr<Ingester> ingester = std::move(ingester_);
  lock.unlock();
  ingester.reset();
  sink_.Stop();
}

void AltService::Ingest(v1::IngestRequest request, IngestDone done) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Ingester> ingester = ingester_;
  lock.unlock();
  if (ingester == nullptr) {
    done(absl::UnavailableError("not started yet"));
    return;
  }
  ingester->Ingest(std::move(request), std::move(done));
}

}  // namespace tw::sink_alt
