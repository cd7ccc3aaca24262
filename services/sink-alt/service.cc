#include "services/sink-alt/service.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/log/log.h"
#include "services/sink-alt/alt_records.h"
#include "services/sink-alt/types_file.h"

namespace tw::sink_alt {

namespace v1 = tradewind::v1;

namespace {

constexpr int kAccepted = 202;
constexpr int64_t kLineOffsetMax = 1'000'000'000'000;

}  // namespace

AltService::AltService() : sink_({"alt_data"}) {}

void AltService::Configure(config::Settings& settings) {
  sink_.Configure(settings);
  options_.requests_max = static_cast<size_t>(
      settings.Int("requests-max", 256, 1, 10'000, "requests waiting for the disk at most"));
  options_.seen_max = static_cast<size_t>(
      settings.Int("seen-max", 1'000'000, 1, 10'000'000, "contents remembered for 72 hours"));
  options_.disk_timeout =
      settings.Ms("disk-timeout-ms", 5'000, 10, 20'000, "for records to reach the disk");
  types_path_ = settings.String("types", "deploy/config/alt-types.toml",
                                "the file that says what records of a category must have");
}

absl::Status AltService::Prepare(app::Context& context) {
  TW_ASSIGN_OR_RETURN(options_.types, LoadAltTypes(types_path_));
  metrics_ = std::make_unique<AltMetrics>(context.registry);
  sink_.Prepare(context);
  uploads_ = std::make_unique<Uploads>(
      [this](v1::IngestRequest request, IngestDone done) {
        Ingest(std::move(request), std::move(done));
      },
      options_.types, *metrics_, static_cast<uint64_t>(context.clock.Now().ns));
  context.ops.AddCheck("seen", [this] {
    http::Check check;
    if (metrics_->forgetful() > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason =
          "the disk did not keep what was seen: after a restart repeats may count as new";
    }
    return check;
  });
  rpc::Service service("tradewind.v1.AltDataService");
  service.Unary<v1::IngestRequest, v1::IngestResponse>(
      "Ingest", [this](const v1::IngestRequest& request, rpc::Reply<v1::IngestResponse> reply) {
        Ingest(request, [reply](const absl::StatusOr<v1::IngestResponse>& response) {
          reply.Send(response);
        });
      });
  context.grpc.Add(service);
  context.http.Route(
      "POST", "/ingest", [this](const http::Request& request, const http::Responder& responder) {
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
  RegisterUploads(context);
  return absl::OkStatus();
}

absl::StatusOr<Uploads::File> AltService::ReadUpload(const http::Request& request) const {
  Uploads::File file;
  const std::string_view type = request.Header("content-type").value_or("");
  const std::string_view format =
      request.Query("format").value_or(type.starts_with("text/csv")               ? "csv"
                                       : type.starts_with("application/x-ndjson") ? "jsonl"
                                                                                  : "");
  const std::optional<FileFormat> known = FindFormat(format);
  if (!known) {
    return FieldError("format",
                      "must be csv or jsonl, by ?format= or the Content-Type text/csv or "
                      "application/x-ndjson");
  }
  file.format = *known;
  const std::string_view check = request.Query("check").value_or("false");
  if (check != "true" && check != "false") {
    return FieldError("check", "must be true or false");
  }
  file.check = check == "true";
  if (const auto offset = request.Query("line_offset");
      offset && (!absl::SimpleAtoi(std::string(*offset), &file.line_offset) ||
                 file.line_offset < -kLineOffsetMax || file.line_offset > kLineOffsetMax)) {
    return FieldError("line_offset", "must be a whole number");
  }
  file.text = request.body;
  return file;
}

void AltService::RegisterUploads(app::Context& context) {
  context.http.Route(
      "POST", "/uploads",
      [this](const http::Request& request, const http::Responder& responder) {
        absl::StatusOr<Uploads::File> file = ReadUpload(request);
        if (!file.ok()) {
          responder.Fail(file.status());
          return;
        }
        const absl::StatusOr<v1::Upload> upload = uploads_->Start(*std::move(file));
        if (!upload.ok()) {
          responder.Fail(upload.status());
          return;
        }
        http::Response response = http::Json(json::ToJson(*upload));
        response.status = kAccepted;
        response.headers.emplace_back("Location", "/uploads/" + upload->upload_id());
        responder.Send(std::move(response));
      },
      Uploads::kBytesMax);
  context.http.Get("/uploads", [this](const http::Request&) {
    return http::Json(json::ToJsonArray(uploads_->List().uploads()));
  });
  context.http.Get("/uploads/{id}", [this](const http::Request& request) {
    const absl::StatusOr<v1::Upload> upload = uploads_->Find(std::string(request.Param("id")));
    return upload.ok() ? http::Json(json::ToJson(*upload)) : http::ErrorResponse(upload.status());
  });
}

absl::Status AltService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(sink_.Start(context));
  Seen seen(options_.seen_max, options_.seen_age);
  TW_ASSIGN_OR_RETURN(
      SeenLog log, SeenLog::Open(context.data_dir + "/seen", options_.seen_age, context.clock.Now(),
                                 [&](const SeenLog::Entry& entry) {
                                   if (!seen.Contains(entry.hash, entry.taken)) {
                                     seen.Insert(entry.hash, entry.taken);
                                   }
                                 }));
  if (log.damaged() > 0) {
    log::Warn("seen_damaged", {{"records", log.damaged()}});
  }
  {
    const std::lock_guard lock(mutex_);
    ingester_ = std::make_shared<Ingester>(sink_, context.clock, *metrics_, options_,
                                           std::move(log), std::move(seen));
  }
  context.ops.SetReady();
  return absl::OkStatus();
}

void AltService::Stop() {
  uploads_->Stop();
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
