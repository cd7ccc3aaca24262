#include "services/gateway/service_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "libs/core/ids.h"
#include "libs/http/client.h"

namespace tw::gateway {
namespace {

using nlohmann::ordered_json;

constexpr size_t kBodyMax = 256 << 10;
constexpr size_t kStagesMax = 2'000;

std::string TimeOf(const ordered_json& stage) {
  const auto found = stage.find("time");
  return found != stage.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

void ServiceReader::Trace(const std::string& order_id,
                          std::function<void(const absl::StatusOr<std::string>&)> done) {
  if (!OrderId::Parse(order_id)) {
    done(absl::InvalidArgumentError("is no order id such as 3-1042"));
    return;
  }
  questions_.Post({.run = [this, target = "/trace/" + order_id, done] { done(Merge(target)); },
                   .refuse = [done](const absl::Status& status) { done(status); }});
}

std::string ServiceReader::Merge(const std::string& target) const {
  std::vector<ordered_json> stages;
  std::set<std::string> seen;
  for (const StatusBoard::Target& service : targets_) {
    http::Client client(service.address,
                        {.connect_timeout = timeout_, .body_max = kBodyMax, .tls = service.tls});
    const auto response = client.Fetch("GET", target, "", timeout_, service.headers);
    if (!response.ok() || response->status != 200) {
      continue;
    }
    ordered_json lines = ordered_json::parse(response->body, nullptr, /*allow_exceptions=*/false);
    if (!lines.is_array()) {
      continue;
    }
    for (ordered_json& line : lines) {
      // Services that share a process know the same stages.
      if (line.is_object() && stages.size() < kStagesMax && seen.insert(line.dump()).second) {
        stages.push_back(std::move(line));
      }
    }
  }
  // RFC 3339 of one length: text order is time order.
  std::stable_sort(stages.begin(), stages.end(), [](const ordered_json& a, const ordered_json& b) {
    return TimeOf(a) < TimeOf(b);
  });
  return ordered_json(std::move(stages))
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tw::gateway
