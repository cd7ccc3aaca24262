#include "services/gateway/status_board.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "libs/http/client.h"
#include "libs/log/scope.h"

namespace tw::gateway {
namespace {

using nlohmann::ordered_json;

constexpr size_t kReasonMax = 200;  // characters of what a service says
constexpr size_t kHealthBodyMax = 64 << 10;

const char* Word(Health health) {
  switch (health) {
    case Health::kUnknown: return "unknown";
    case Health::kHealthy: return "healthy";
    case Health::kUnhealthy: return "unhealthy";
    case Health::kUnreachable: return "unreachable";
  }
  return "unknown";
}

// What a service says of itself: "status" and, when not healthy, "reason".
std::pair<Health, std::string> Judge(const absl::StatusOr<http::Response>& response) {
  if (!response.ok()) {
    return {Health::kUnreachable, std::string(response.status().message())};
  }
  if (response->status == 200) {
    return {Health::kHealthy, ""};
  }
  const auto body = nlohmann::json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (body.is_object() && body.contains("status") && body.contains("reason") &&
      body["reason"].is_string()) {
    return {Health::kUnhealthy, body["reason"].get<std::string>().substr(0, kReasonMax)};
  }
  return {Health::kUnreachable, "answered " + std::to_string(response->status)};
}

// The body of a route that answers with a JSON object, whatever its status; empty for anything
// else.
std::string Detail(http::Client& client,
                   const char* route,
                   const StatusBoard::Target& target,
                   Duration timeout) {
  const auto response = client.Fetch("GET", route, "", timeout, target.headers);
  if (!response.ok() || !ordered_json::parse(response->body, nullptr, false).is_object()) {
    return "";
  }
  return response->body;
}

}  // namespace

StatusBoard::StatusBoard(std::vector<Target> targets, const Clock& clock, Options options)
    : clock_(clock), options_(options) {
  for (Target& target : targets) {
    Entry entry;
    entry.status.name = target.name;
    entry.status.since = clock.Now();
    entry.status.reason = "not asked yet";
    entry.target = std::move(target);
    entries_.push_back(std::move(entry));
  }
}

void StatusBoard::Start() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    threads_.emplace_back(log::ForThisService([this, i] { Run(i); }));
  }
}

void StatusBoard::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void StatusBoard::Run(size_t index) {
  const Target& target = entries_[index].target;
  http::Client client(
      target.address,
      {.connect_timeout = options_.timeout, .body_max = kHealthBodyMax, .tls = target.tls});
  uint64_t round = 0;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    const int64_t start_ns = MonotonicNanos();
    const auto response = client.Fetch("GET", "/health", "", options_.timeout);
    const int64_t took_us = (MonotonicNanos() - start_ns) / 1'000;
    auto [health, reason] = Judge(response);
    const bool reached = health != Health::kUnreachable;
    Record(index, health, std::move(reason), took_us);
    if (!reached) {
      RecordDetail(index, "", "");
    } else if (round++ % 2 == 0) {
      std::string check = Detail(client, "/check", target, options_.timeout);
      RecordDetail(index, std::move(check), Detail(client, "/stats", target, options_.timeout));
    }
    lock.lock();
    stop_.wait_for(lock, std::chrono::nanoseconds(options_.period.ns), [&] { return stopped_; });
  }
}

void StatusBoard::Record(size_t index, Health health, std::string reason, int64_t latency_us) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[index];
  if (entry.told_ns == 0 || entry.status.health != health) {
    entry.status.since = clock_.Now();
  }
  entry.status.health = health;
  entry.status.reason = std::move(reason);
  entry.status.latency_us = latency_us;
  entry.told_ns = MonotonicNanos();
}

void StatusBoard::RecordDetail(size_t index, std::string check, std::string stats) {
  const std::lock_guard lock(mutex_);
  entries_[index].check = std::move(check);
  entries_[index].stats = std::move(stats);
}

ServiceStatus StatusBoard::Current(const Entry& entry) const {
  ServiceStatus status = entry.status;
  if (entry.told_ns == 0) {
    return status;
  }
  const Duration age{MonotonicNanos() - entry.told_ns};
  status.age_ms = age.millis();
  if (age > kStaleAfter) {
    status.health = Health::kUnknown;
    status.reason = "no news for " + std::to_string(status.age_ms) + " ms";
  }
  return status;
}

std::vector<ServiceStatus> StatusBoard::Read() const {
  const std::lock_guard lock(mutex_);
  std::vector<ServiceStatus> out;
  for (const Entry& entry : entries_) {
    out.push_back(Current(entry));
  }
  return out;
}

ServiceStatus StatusBoard::Read(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.target.name == name) {
      return Current(entry);
    }
  }
  ServiceStatus unknown;
  unknown.name = name;
  return unknown;
}

size_t StatusBoard::healthy() const {
  size_t count = 0;
  for (const ServiceStatus& status : Read()) {
    count += status.health == Health::kHealthy ? 1 : 0;
  }
  return count;
}

std::string StatusBoard::Json() const {
  return Render(/*detail=*/false);
}

std::string StatusBoard::DetailJson() const {
  return Render(/*detail=*/true);
}

std::vector<std::pair<std::string, std::string>> StatusBoard::DetailRows() const {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Entry& entry : Entries()) {
    rows.emplace_back(entry.target.name, RowJson(entry, /*detail=*/true));
  }
  return rows;
}

std::vector<StatusBoard::Entry> StatusBoard::Entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::string StatusBoard::RowJson(const Entry& entry, bool detail) const {
  const ServiceStatus status = Current(entry);
  ordered_json row = {{"name", status.name},
                      {"status", Word(status.health)},
                      {"latency_ms", static_cast<double>(status.latency_us) / 1e3},
                      {"since", FormatRfc3339(status.since)},
                      {"reason", status.reason},
                      {"age_ms", status.age_ms}};
  if (detail) {
    row["check"] = ordered_json::parse(entry.check.empty() ? "null" : entry.check);
    row["stats"] = ordered_json::parse(entry.stats.empty() ? "null" : entry.stats);
  }
  return row.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string StatusBoard::Render(bool detail) const {
  const std::vector<Entry> entries = Entries();
  std::string services;
  size_t healthy = 0;
  for (const Entry& entry : entries) {
    healthy += Current(entry).health == Health::kHealthy ? 1 : 0;
    services += (services.empty() ? "" : ",") + RowJson(entry, detail);
  }
  return "{\"healthy\":" + std::to_string(healthy) +
         ",\"total\":" + std::to_string(entries.size()) + ",\"services\":[" + services + "]}";
}

}  // namespace tw::gateway
