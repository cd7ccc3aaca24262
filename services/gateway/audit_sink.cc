#include "services/gateway/audit_sink.h"

#include <array>

#include "absl/strings/numbers.h"
#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/log/log.h"
#include "libs/questdb/schema.h"
#include "libs/questdb/tables.h"

namespace tw::gateway {
namespace {

constexpr char kSource[] = "audit";
constexpr size_t kPage = 1'000;
constexpr size_t kPendingMax = 20'000;
constexpr uint64_t kSpoolMax = 256ull << 20;

ilp::HttpEndpoint QuestDb() {
  const std::string address = config::QuestDbHttp();
  const size_t colon = address.rfind(':');
  ilp::HttpEndpoint endpoint;
  endpoint.host = address.substr(0, colon);
  int port = 0;
  TW_CHECK(absl::SimpleAtoi(address.substr(colon + 1), &port));
  endpoint.port = static_cast<uint16_t>(port);
  return endpoint;
}

}  // namespace

absl::Status AddAuditRow(const auth::NumberedEvent& numbered, ilp::LineBuffer& rows) {
  const auth::Event& event = numbered.second;
  rows.Table("audit_log")
      .Symbol("kind", event.kind)
      .Symbol("user", event.actor)
      .Int("sequence", static_cast<int64_t>(numbered.first))
      .String("subject", event.subject)
      .String("text", event.text)
      .String("peer", event.peer);
  return rows.At(event.time);
}

absl::Status AuditSink::Start(const std::string& folder, const Clock& clock) {
  ilp::PipelineOptions options;
  options.name = "gateway";
  options.data_dir = folder;
  options.questdb = QuestDb();
  options.pending_rows_max = kPendingMax;
  options.spool_bytes_max = kSpoolMax;
  options.prepare = [questdb = options.questdb] {
    const std::array<questdb::Table, 1> tables = {*questdb::FindTable("audit_log")};
    return questdb::EnsureSchema(questdb, tables);
  };
  options.alarm = [](std::string_view event, std::string_view detail) {
    log::Limited(log::Level::kWarn, event, {{"table", "audit_log"}, {"detail", detail}});
  };
  TW_ASSIGN_OR_RETURN(pipeline_, ilp::Pipeline::Start(std::move(options), clock));
  work_ = std::make_unique<WorkQueue>(
      WorkQueue::Options{.name = "copies of the audit log", .waiting_max = 1, .threads = 1});
  return absl::OkStatus();
}

void AuditSink::Tick() {
  work_->Post({.run = [this] { Copy(); }, .refuse = [](const absl::Status&) {}});
}

void AuditSink::Copy() {
  if (const absl::Status flushed = keeper_.Flush(); !flushed.ok()) {
    log::Limited(log::Level::kError, "audit_not_written",
                 {{"error", std::string(flushed.message())}});
    return;
  }
  while (true) {
    const auto events = keeper_.Read(position() + 1, kPage);
    if (!events.ok() || events->empty()) {
      return;
    }
    ilp::LineBuffer rows({}, ilp::Doubles::kBinary);
    for (const auth::NumberedEvent& event : *events) {
      if (const absl::Status made = AddAuditRow(event, rows); !made.ok()) {
        log::Limited(log::Level::kError, "audit_row_not_made",
                     {{"sequence", event.first}, {"error", std::string(made.message())}});
      }
    }
    const std::string last = std::to_string(events->back().first);
    if (!pipeline_->Add(rows, {kSource, last}).ok() ||
        !pipeline_->Persist(Duration::Seconds(1)).ok()) {
      return;  // they come again
    }
  }
}

uint64_t AuditSink::position() const {
  uint64_t sequence = 0;
  return absl::SimpleAtoi(pipeline_->DurablePosition(kSource), &sequence) ? sequence : 0;
}

void AuditSink::Stop() {
  if (work_ != nullptr) {
    work_->Stop();
    Copy();
    work_.reset();
  }
  pipeline_.reset();
}

}  // namespace tw::gateway
