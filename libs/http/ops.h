// The operator's routes, alike in every service: /health, /ready, /check, /metrics, /stats.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/server.h"
#include "libs/metrics/metrics.h"

namespace tw::http {

enum class CheckStatus : uint8_t { kOk, kDegraded, kFailed };

struct Check {
  CheckStatus status = CheckStatus::kOk;
  std::string reason;             // why it is not ok
  std::optional<int64_t> lag_ms;  // how far behind, where that means something
};

// What a service knows about itself. Any thread. A new one is healthy and not ready ("starting").
class OpsState {
 public:
  explicit OpsState(std::string service);

  const std::string& service() const { return service_; }

  // Health: can the service do its own job? (A spooling sink can; an unwritable journal cannot.)
  void SetHealthy();
  void SetUnhealthy(std::string_view reason);
  // Readiness: recovered, and peers were seen?
  void SetReady();
  void SetNotReady(std::string_view reason);

  // `check` runs at each GET /check on an HTTP thread and must not block. An unhealthy or not ready
  // service shows up there without one.
  void AddCheck(std::string name, std::function<Check()> check);
  // A fact for the /check body beside "status" and "checks": ("instruments_hash", "ab12...").
  void SetFact(const std::string& name, const std::string& value);
  // JSON text for /stats; the default is "{}".
  void SetStats(std::function<std::string()> stats);

  bool ready() const;
  bool healthy() const;

  Response Health() const;       // GET /health
  Response Readiness() const;    // GET /ready
  Response CheckReport() const;  // GET /check: 200 for ok and degraded, 503 for failed
  Response Stats() const;        // GET /stats

 private:
  const std::string service_;
  mutable std::mutex mutex_;
  std::optional<std::string> unhealthy_;  // reason
  std::optional<std::string> not_ready_;  // reason
  std::vector<std::pair<std::string, std::function<Check()>>> checks_;
  std::map<std::string, std::string> facts_;
  std::function<std::string()> stats_;
};

// REQUIRES: before server.Start(); `ops` and `registry` outlive the server.
void RegisterOps(Server& server, OpsState& ops, metrics::Registry& registry);

}  // namespace tw::http
