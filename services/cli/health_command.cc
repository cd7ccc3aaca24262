#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>

#include "libs/base/clock.h"
#include "libs/config/ports.h"
#include "libs/http/client.h"
#include "libs/http/message.h"
#include "libs/json/value.h"
#include "services/cli/commands.h"
#include "services/cli/table.h"

namespace tw::cli {
namespace {

struct Health {
  std::string service;
  std::string status;  // "healthy", "unhealthy", "unreachable"
  std::string reason;
  int64_t ms = 0;
};

// The reason in a /health body; "" where there is none.
std::string ReasonIn(const std::string& body) {
  const absl::StatusOr<json::Value> value = json::ParseValue(body, {});
  if (!value.ok() || value->kind != json::Value::Kind::kObject) {
    return "";
  }
  const auto key = std::find(value->keys.begin(), value->keys.end(), "reason");
  return key == value->keys.end()
             ? ""
             : value->items[static_cast<size_t>(key - value->keys.begin())].text;
}

Health Ask(const Context& context, const std::string& service) {
  const int64_t start = MonotonicNanos();
  const absl::StatusOr<http::Response> response =
      http::Client(config::PeerHttpAddress(service), {.tls = context.Tls(service)})
          .Fetch("GET", "/health", "", context.timeout, context.Headers(service));
  Health health;
  health.service = service;
  health.ms = Duration::Nanos(MonotonicNanos() - start).millis();
  if (!response.ok()) {
    health.status = "unreachable";
    health.reason = std::string(response.status().message());
  } else {
    health.status = response->status == 200 ? "healthy" : "unhealthy";
    health.reason = ReasonIn(response->body);
  }
  return health;
}

std::vector<Health> AskAll(const Context& context, const std::vector<std::string>& services) {
  std::vector<std::future<Health>> asked;
  for (const std::string& service : services) {
    asked.push_back(std::async(std::launch::async, Ask, std::cref(context), service));
  }
  std::vector<Health> answers;
  for (std::future<Health>& answer : asked) {
    answers.push_back(answer.get());
  }
  return answers;
}

std::string ToJson(const Health& health) {
  return nlohmann::ordered_json{{"name", health.service},
                                {"status", health.status},
                                {"reason", health.reason},
                                {"latency_ms", health.ms}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int Run(Context& context, const std::vector<std::string>& services) {
  const std::vector<Health> answers = AskAll(context, services);
  std::vector<TableRow> rows;
  int exit = kOk;
  for (const Health& health : answers) {
    rows.push_back({health.service, health.status, std::to_string(health.ms), health.reason});
    if (health.status != "healthy") {
      exit = std::max(exit, health.status == "unreachable" ? kUnreachable : kFailed);
    }
    if (context.json) {
      context.out() << ToJson(health) << "\n";
    }
  }
  if (!context.json) {
    context.out() << FormatTable({"SERVICE", "STATUS", "MS", "REASON"}, rows);
  }
  return exit;
}

}  // namespace

void AddHealthCommand(CLI::App& app, Command& chosen) {
  std::vector<std::string> names;
  for (const config::ServicePorts& service : config::kServices) {
    names.emplace_back(service.name);
  }
  CLI::App* health =
      app.add_subcommand("health", "Health of one service or of all; exit 0 only when healthy");
  auto wanted = std::make_shared<std::vector<std::string>>();
  health->add_option("NAME", *wanted, "one or more of the fourteen; none: all")
      ->check(CLI::IsMember(names));
  health->callback([&chosen, wanted, names] {
    const std::vector<std::string> services = wanted->empty() ? names : *wanted;
    chosen = [services](Context& context) { return Run(context, services); };
  });
}

}  // namespace tw::cli
