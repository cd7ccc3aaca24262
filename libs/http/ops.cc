#include "libs/http/ops.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tw::http {
namespace {

using nlohmann::ordered_json;

Response Answer(int status, const ordered_json& body) {
  Response response = Json(body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  response.status = status;
  return response;
}

std::string_view Name(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk: return "ok";
    case CheckStatus::kDegraded: return "degraded";
    case CheckStatus::kFailed: return "failed";
  }
  return "failed";
}

// What GET /check says, as metrics: for alarms.
void ShowChecks(const OpsState& ops, metrics::Registry& registry) {
  const ordered_json report = ordered_json::parse(ops.CheckReport().body);
  for (const auto& check : report["checks"]) {
    const metrics::Labels labels = {{"check", check["name"].get<std::string>()}};
    const auto status = check["status"].get<std::string>();
    registry
        .AddGauge("tw_check_status", "0 ok, 1 degraded, 2 failed, by check of GET /check.", labels)
        .Set(status == "ok"         ? 0
             : status == "degraded" ? 1
                                    : 2);
    if (check["lag_ms"].is_number()) {
      registry.AddGauge("tw_check_lag_seconds", "How far behind, by check of GET /check.", labels)
          .Set(Duration::Millis(check["lag_ms"].get<int64_t>()).seconds());
    }
  }
}

}  // namespace

OpsState::OpsState(std::string service) : service_(std::move(service)), not_ready_("starting") {}

void OpsState::SetHealthy() {
  const std::lock_guard<std::mutex> lock(mutex_);
  unhealthy_.reset();
}
void OpsState::SetUnhealthy(std::string_view reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  unhealthy_ = std::string(reason);
}
void OpsState::SetReady() {
  const std::lock_guard<std::mutex> lock(mutex_);
  not_ready_.reset();
}
void OpsState::SetNotReady(std::string_view reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  not_ready_ = std::string(reason);
}

void OpsState::AddCheck(std::string name, std::function<Check()> check) {
  const std::lock_guard<std::mutex> lock(mutex_);
  checks_.emplace_back(std::move(name), std::move(check));
}
void OpsState::SetFact(const std::string& name, const std::string& value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  facts_[name] = value;
}
void OpsState::SetStats(std::function<std::string()> stats) {
  const std::lock_guard<std::mutex> lock(mutex_);
  stats_ = std::move(stats);
}

bool OpsState::ready() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !not_ready_;
}
bool OpsState::healthy() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !unhealthy_;
}

Response OpsState::Health() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (unhealthy_) {
    return Answer(503, {{"status", "unhealthy"}, {"service", service_}, {"reason", *unhealthy_}});
  }
  return Answer(200, {{"status", "healthy"}, {"service", service_}});
}

Response OpsState::Readiness() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (not_ready_) {
    return Answer(503, {{"status", "not_ready"}, {"service", service_}, {"reason", *not_ready_}});
  }
  return Answer(200, {{"status", "ready"}, {"service", service_}});
}

Response OpsState::CheckReport() const {
  std::vector<std::pair<std::string, std::function<Check()>>> checks;
  std::vector<std::pair<std::string, Check>> results;
  ordered_json body;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    checks = checks_;
    results.emplace_back("health",
                         unhealthy_ ? Check{CheckStatus::kFailed, *unhealthy_, {}} : Check{});
    results.emplace_back("ready",
                         not_ready_ ? Check{CheckStatus::kDegraded, *not_ready_, {}} : Check{});
    body["status"] = "";  // first, filled in below
    body["service"] = service_;
    for (const auto& [name, value] : facts_) {
      body[name] = value;
    }
  }
  // Without the lock: a check may well ask this object something.
  for (const auto& [name, check] : checks) {
    results.emplace_back(name, check());
  }
  CheckStatus worst = CheckStatus::kOk;
  body["checks"] = ordered_json::array();
  for (const auto& [name, check] : results) {
    worst = std::max(worst, check.status);
    body["checks"].push_back({{"name", name},
                              {"status", Name(check.status)},
                              {"reason", check.reason},
                              {"lag_ms", check.lag_ms ? ordered_json(*check.lag_ms) : nullptr}});
  }
  body["status"] = Name(worst);
  return Answer(worst == CheckStatus::kFailed ? 503 : 200, body);
}

Response OpsState::Stats() const {
  std::function<std::string()> stats;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stats = stats_;
  }
  return Json(stats ? stats() : "{}");
}

void RegisterOps(Server& server, OpsState& ops, metrics::Registry& registry) {
  registry.OnText([&ops, &registry] { ShowChecks(ops, registry); });
  server.Get("/health", [&ops](const Request&) { return ops.Health(); });
  server.Get("/ready", [&ops](const Request&) { return ops.Readiness(); });
  server.Get("/check", [&ops](const Request&) { return ops.CheckReport(); });
  server.Get("/stats", [&ops](const Request&) { return ops.Stats(); });
  server.Get("/metrics", [&registry](const Request&) {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = registry.Text();
    return response;
  });
}

}  // namespace tw::http
