#include "libs/sink/sink.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/log/log.h"
#include "libs/questdb/schema.h"

namespace tw::sink {
namespace {

constexpr std::chrono::milliseconds kLookAgain{10};

bool ReadEndpoint(const std::string& text, ilp::HttpEndpoint& out) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return false;
  }
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  out.host = text.substr(0, colon);
  return error == std::errc() && stop == end && out.port != 0;
}

}  // namespace

Sink::Sink(const std::vector<std::string_view>& tables) {
  for (const std::string_view name : tables) {
    const questdb::Table* table = questdb::FindTable(name);
    TW_CHECK(table != nullptr);
    tables_.push_back(*table);
  }
}

Sink::~Sink() {
  StopWaiting();
  Stop();
}

void Sink::Configure(config::Settings& settings) {
  const std::string address =
      settings.String("questdb-http", config::QuestDbHttp(), "QuestDB's HTTP address, host:port");
  if (!ReadEndpoint(address, options_.questdb)) {
    settings.Fault("questdb-http", "must be host:port, found \"" + address + "\"");
  }
  options_.questdb.user = settings.String("questdb-user", "", "QuestDB's user; empty: none");
  options_.questdb.password = settings.String(
      "questdb-password", "", "its password; better given by the environment than as a flag");
  options_.questdb.request_timeout = settings.Ms("questdb-timeout-ms", 30'000, 100, 600'000,
                                                 "for one batch; then it is sent again");
  options_.slow_after = settings.Ms("questdb-slow-ms", 10'000, 10, 3'600'000,
                                    "rows that wait longer on the spool are an alarm");
  const std::string gzip = settings.String(
      "questdb-gzip", "auto", "auto (unless QuestDB is on this machine), always, never");
  if (gzip != "auto" && gzip != "always" && gzip != "never") {
    settings.Fault("questdb-gzip", "must be auto, always or never, found \"" + gzip + "\"");
  }
  options_.gzip = gzip == "always"  ? ilp::Gzip::kAlways
                  : gzip == "never" ? ilp::Gzip::kNever
                                    : ilp::Gzip::kAuto;
  options_.batch_rows = static_cast<size_t>(
      settings.Int("batch-rows", 10'000, 1, 100'000, "rows of one request to QuestDB at most"));
  options_.batch_age =
      settings.Ms("batch-age-ms", 500, 1, 60'000, "a row waits this long for others at most");
  options_.pending_rows_max = static_cast<size_t>(settings.Int(
      "pending-rows-max", 400'000, 1'000, 1'000'000, "rows in memory before the source waits"));
  options_.spool_bytes_max =
      static_cast<uint64_t>(
          settings.Int("spool-max-mb", 2'048, 64, 1'000'000, "size of the spool on disk, in MiB"))
      << 20;
  const std::string retention = settings.String(
      "retention-days", "",
      "TABLE=DAYS,...: QuestDB drops older rows; 0: never; empty: as the table stands");
  if (auto parsed = questdb::ParseRetention(retention); parsed.ok()) {
    retention_ = *std::move(parsed);
  } else {
    settings.Fault("retention-days", std::string(parsed.status().message()));
  }
}

void Sink::Prepare(app::Context& context, std::function<Stats()> extra) {
  extra_ = std::move(extra);
  metrics_ = std::make_unique<SinkMetrics>(context.registry);
  context.registry.OnText([this] { metrics_->Show(stats()); });
  context.http.Route("POST", "/flush",
                     [this](const http::Request& request, http::Responder responder) {
                       std::unique_lock lock(mutex_);
                       const std::shared_ptr<Flusher> flusher = flusher_;
                       lock.unlock();
                       if (flusher == nullptr) {
                         responder.Fail(absl::UnavailableError("not started yet"));
                         return;
                       }
                       flusher->Handle(request, std::move(responder));
                     });
  context.ops.SetStats([this] { return StatsJson(); });
  AddChecks(context.ops);
}

absl::Status Sink::Start(app::Context& context) {
  options_.name = context.name;
  options_.data_dir = context.data_dir;
  options_.prepare = [this] {
    return questdb::EnsureSchema(options_.questdb, tables_, retention_);
  };
  options_.alarm = [this, &ops = context.ops](std::string_view event, std::string_view detail) {
    OnAlarm(ops, event, detail);
  };
  TW_ASSIGN_OR_RETURN(std::shared_ptr<ilp::Pipeline> pipeline,
                      ilp::Pipeline::Start(options_, context.clock));
  const std::lock_guard lock(mutex_);
  flusher_ = std::make_shared<Flusher>(*pipeline);
  pipeline_ = pipeline.get();
  shared_ = std::move(pipeline);
  return absl::OkStatus();
}

void Sink::StopWaiting() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

void Sink::Stop() {
  std::unique_lock lock(mutex_);
  std::shared_ptr<Flusher> flusher = std::move(flusher_);
  std::shared_ptr<ilp::Pipeline> pipeline = std::move(shared_);
  lock.unlock();
  flusher.reset();
  pipeline.reset();
}

absl::Status Sink::Put(const ilp::LineBuffer& rows,
                       const ilp::Position& position,
                       Duration patience) {
  absl::Status status = pipeline_->Add(rows, position);
  const auto began = std::chrono::steady_clock::now();
  while (absl::IsResourceExhausted(status) &&
         (patience == kForever ||
          std::chrono::steady_clock::now() - began < std::chrono::nanoseconds(patience.ns))) {
    {
      std::unique_lock lock(stop_mutex_);
      if (stop_.wait_for(lock, kLookAgain, [this] { return stopping_; })) {
        return absl::CancelledError("stopping");
      }
    }
    status = pipeline_->Add(rows, position);
  }
  return status;
}

std::string Sink::DurablePosition(std::string_view source) const {
  const std::lock_guard lock(mutex_);
  return shared_ == nullptr ? std::string() : shared_->DurablePosition(source);
}

ilp::PipelineStats Sink::stats() const {
  const std::lock_guard lock(mutex_);
  return shared_ == nullptr ? ilp::PipelineStats{} : shared_->stats();
}

void Sink::OnAlarm(http::OpsState& ops, std::string_view event, std::string_view detail) const {
  if (event == "spool_full" || event == "spool_failed") {
    ops.SetUnhealthy(std::string(event) + ": " + std::string(detail));
  } else if (event == "spool_free") {
    ops.SetHealthy();
  }
  const bool good = event == "spool_free" || event == "questdb_back" || event == "resending" ||
                    event == "questdb_keeps_up";
  log::Limited(good ? log::Level::kInfo : log::Level::kError, event, {{"detail", detail}});
}

void Sink::AddChecks(http::OpsState& ops) {
  ops.AddCheck("questdb", [this] { return CheckQuestDb(); });
  ops.AddCheck("spool", [this] { return CheckSpool(); });
  ops.AddCheck("rows", [this] { return CheckRows(); });
}

http::Check Sink::CheckQuestDb() const {
  const ilp::PipelineStats now = stats();
  http::Check check;
  if (now.connected && now.slow) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = fmt::format("QuestDB takes rows slower than they come: {} wait, for {:.1f} s",
                               now.rows_spooled, now.waited.seconds());
    check.lag_ms = now.waited.millis();
  }
  if (!now.connected) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = fmt::format("spooling, {} bytes: {}", now.spool_bytes,
                               now.last_error.empty() ? "not connected yet" : now.last_error);
  }
  return check;
}

http::Check Sink::CheckSpool() const {
  const ilp::PipelineStats now = stats();
  http::Check check;
  if (now.spool_full) {
    check.status = http::CheckStatus::kFailed;
    check.reason = fmt::format("{}; {} rows wait in memory", now.last_error, now.rows_pending);
  } else if (now.damaged_bytes > 0) {
    check.status = http::CheckStatus::kDegraded;
    check.reason = fmt::format("{} damaged bytes were stepped over", now.damaged_bytes);
  }
  return check;
}

http::Check Sink::CheckRows() const {
  const ilp::PipelineStats now = stats();
  http::Check check;
  if (now.dead_rows > 0) {
    check.status = http::CheckStatus::kDegraded;
    check.reason =
        fmt::format("QuestDB refused {} rows, see dead-letter/rows.jsonl", now.dead_rows);
  }
  return check;
}

std::string Sink::StatsJson() const {
  const ilp::PipelineStats now = stats();
  nlohmann::ordered_json body = {{"rows_added", now.rows_added},
                                 {"rows_acked", now.rows_acked},
                                 {"rows_pending", now.rows_pending},
                                 {"rows_spooled", now.rows_spooled},
                                 {"spool_bytes", now.spool_bytes},
                                 {"kept_bytes", now.kept_bytes},
                                 {"dead_rows", now.dead_rows},
                                 {"damaged_bytes", now.damaged_bytes},
                                 {"requests_failed", now.requests_failed},
                                 {"questdb_connected", now.connected},
                                 {"questdb_slow", now.slow},
                                 {"spool_wait_ms", now.waited.millis()},
                                 {"ilp_protocol", now.protocol},
                                 {"spool_full", now.spool_full},
                                 {"last_error", now.last_error}};
  if (now.last_ack_time.IsSet()) {
    body["last_ack_time"] = FormatRfc3339(now.last_ack_time);
  }
  if (extra_) {
    for (const auto& [name, value] : extra_()) {
      body[name] = value;
    }
  }
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tw::sink
