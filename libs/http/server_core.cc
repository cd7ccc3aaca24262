#include "libs/http/server_core.h"

namespace tw::http {

void ServerCore::Add(Connection* key, std::weak_ptr<Connection> connection) {
  const std::lock_guard<std::mutex> lock(mutex_);
  connections_.emplace(key, std::move(connection));
  open_.Set(static_cast<double>(connections_.size()));
}

void ServerCore::Remove(Connection* key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  connections_.erase(key);
  open_.Set(static_cast<double>(connections_.size()));
  changed_.notify_all();
}

int ServerCore::connections() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(connections_.size());
}

std::vector<std::shared_ptr<Connection>> ServerCore::Connections() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::shared_ptr<Connection>> list;
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) {
      list.push_back(std::move(connection));
    }
  }
  return list;
}

bool ServerCore::WaitUntilNone(Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(timeout.ns),
                           [&] { return connections_.empty(); });
}

void ServerCore::StartMetrics() {
  if (options.registry == nullptr) {
    return;
  }
  for (const Router::Entry& entry : router.entries()) {
    latency_[&entry] = options.registry->AddHistogram(
        "tw_http_request_seconds", "From the last byte of a request to its answer.",
        {{"method", entry.method}, {"route", entry.pattern}});
  }
  open_ = options.registry->AddGauge("tw_http_connections", "Open HTTP and WebSocket connections.");
}

void ServerCore::Count(const Router::Entry* entry, int status, Duration took) {
  if (options.registry == nullptr) {
    return;
  }
  options.registry
      ->AddCounter("tw_http_requests_total", "Requests answered.",
                   {{"method", entry == nullptr ? "" : entry->method},
                    {"route", entry == nullptr ? "" : entry->pattern},
                    {"status", std::to_string(status)}})
      .Add();
  const auto it = latency_.find(entry);
  if (it != latency_.end()) {
    it->second.Observe(took);
  }
}

}  // namespace tw::http
