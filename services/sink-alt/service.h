// AltService: sink-alt as a service: records by gRPC and HTTP in, QuestDB out.
#pragma once

#include <memory>
#include <mutex>

#include "libs/app/app.h"
#include "libs/sink/sink.h"
#include "services/sink-alt/ingester.h"

namespace tw::sink_alt {

class AltService final : public app::Service {
 public:
  AltService();
  void Configure(config::Settings& settings) override;
  absl::Status Prepare(app::Context& context) override;
  absl::Status Start(app::Context& context) override;
  void Stop() override;

 private:
  void Ingest(tradewind::v1::IngestRequest request, IngestDone done);

  IngesterOptions options_;
  sink::Sink sink_;
  std::unique_ptr<AltMetrics> metrics_;
  std::mutex mutex_;  // guards the pointer: handlers may run before Start
  std::shared_ptr<Ingester> ingester_;
};

}  // namespace tw::sink_alt
