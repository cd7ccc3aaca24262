// AltService: sink-alt as a service: records by gRPC and HTTP in, QuestDB out.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "libs/app/app.h"
#include "libs/sink/sink.h"
#include "services/sink-alt/ingester.h"
#include "services/sink-alt/uploads.h"

namespace tw::sink_alt {

class AltService final : public app::Service {
 public:
  AltService();
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void RegisterUploads(app::Context& context);
  void Ingest(tradewind::v1::IngestRequest request, IngestDone done);
  absl::StatusOr<Uploads::File> ReadUpload(const http::Request& request) const;

  std::string types_path_;
  IngesterOptions options_;
  sink::Sink sink_;
  std::unique_ptr<AltMetrics> metrics_;
  std::mutex mutex_;  // guards the pointer: handlers may run before Start
  std::shared_ptr<Ingester> ingester_;
  std::unique_ptr<Uploads> uploads_;
};

}  // namespace tw::sink_alt
