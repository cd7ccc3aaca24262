#include <algorithm>
#include <fstream>
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "libs/config/ports.h"
#include "libs/core/ids.h"
#include "libs/http/client.h"
#include "services/cli/commands.h"
#include "services/cli/ledger_reader.h"
#include "services/cli/table.h"
#include "tradewind/v1/order.pb.h"

namespace tw::cli {
namespace {

using nlohmann::ordered_json;

constexpr size_t kLogLineMax = 64 << 10;  // bytes; a longer one is none of ours

// One stage of the order: a log line, read.
struct Stage {
  Timestamp time;
  ordered_json line;
};

std::string Text(const ordered_json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

// nullopt for what is no log line of ours.
std::optional<Stage> ReadStage(ordered_json line) {
  if (!line.is_object()) {
    return std::nullopt;
  }
  const absl::StatusOr<Timestamp> time = ParseRfc3339(Text(line, "time"));
  return time.ok() ? std::optional<Stage>({*time, std::move(line)}) : std::nullopt;
}

struct Found {
  std::string service;
  absl::Status status;
  std::vector<Stage> stages;
};

Found Ask(const Context& context, const std::string& service, const std::string& order) {
  Found found{service, absl::OkStatus(), {}};
  const absl::StatusOr<http::Response> response =
      http::Client(config::PeerHttpAddress(service), {.tls = context.Tls(service)})
          .Fetch("GET", "/trace/" + order, "", context.timeout, context.Headers(service));
  if (!response.ok()) {
    found.status = response.status();
    return found;
  }
  ordered_json lines = ordered_json::parse(response->body, nullptr, false);
  if (response->status != 200 || !lines.is_array()) {
    found.status = absl::UnknownError("HTTP status " + std::to_string(response->status));
    return found;
  }
  for (ordered_json& line : lines) {
    if (std::optional<Stage> stage = ReadStage(std::move(line))) {
      found.stages.push_back(*std::move(stage));
    }
  }
  return found;
}

std::vector<Found> AskAll(const Context& context, const std::string& order) {
  std::vector<std::future<Found>> asked;
  for (const config::ServicePorts& service : config::kServices) {
    asked.push_back(
        std::async(std::launch::async, Ask, std::cref(context), std::string(service.name), order));
  }
  std::vector<Found> answers;
  for (std::future<Found>& answer : asked) {
    answers.push_back(answer.get());
  }
  return answers;
}

// Lines about the order in a log; what stands before the first brace (a container's name, say) is
// skipped.
void ReadLog(std::istream& in, const std::string& order, std::vector<Stage>& stages) {
  for (std::string text; std::getline(in, text);) {
    const size_t brace = text.find('{');
    if (brace == std::string::npos || text.size() > kLogLineMax ||
        text.find(order) == std::string::npos) {
      continue;
    }
    std::optional<Stage> stage = ReadStage(ordered_json::parse(
        text.begin() + static_cast<std::ptrdiff_t>(brace), text.end(), nullptr, false));
    if (stage && Text(stage->line, "order_id") == order) {
      stages.push_back(*std::move(stage));
    }
  }
}

absl::Status ReadLogs(const std::vector<std::string>& files,
                      const std::string& order,
                      std::vector<Stage>& stages) {
  for (const std::string& file : files) {
    if (file == "-") {
      ReadLog(std::cin, order, stages);
      continue;
    }
    std::ifstream in(file);
    if (!in) {
      return absl::NotFoundError("cannot read " + file);
    }
    ReadLog(in, order, stages);
  }
  return absl::OkStatus();
}

Stage FromEvent(const v1::LedgerEvent& event) {
  const Timestamp time{event.time_ns()};
  return {time,
          {{"time", FormatRfc3339(time)},
           {"service", "oms"},
           {"event", "order_event"},
           {"order_id", OrderId::FromValue(event.order_id()).ToString()},
           {"sequence", event.sequence()},
           {"kind", v1::OrderEventKind_Name(event.kind()).substr(17)},
           {"status", v1::OrderStatus_Name(event.status()).substr(13)}}};
}

// The order's events as the ledger has them: there whether the order was traced or not. They are
// looked for backwards from its last one, in a window that widens.
absl::StatusOr<std::vector<Stage>> FromLedger(const Context& context, OrderId id) {
  v1::GetOrderRequest request;
  request.set_order_id(id.ToString());
  const auto order = context.Call<v1::Order>("oms", "OrderService/GetOrder", request);
  if (!order.ok()) {
    return order.status();
  }
  const uint64_t last = order->sequence();
  for (uint64_t window = kWindowFirst;; window *= kWindowGrowth) {
    const uint64_t from = last > window ? last - window : 1;
    std::vector<Stage> stages;
    bool whole = from == 1;
    const auto read = ReadLedger(context, from, [&](const v1::LedgerEvent& event) {
      if (event.order_id() == id.value()) {
        stages.push_back(FromEvent(event));
        whole = whole || event.kind() == v1::ORDER_EVENT_KIND_SUBMITTED;
      }
      return event.sequence() < last;
    });
    if (!read.ok()) {
      return read.status();
    }
    if (whole) {
      return stages;
    }
  }
}

// In time order, each once: a line may be in a log and in its service's memory.
std::vector<Stage> Sorted(std::vector<Stage> stages) {
  std::stable_sort(stages.begin(), stages.end(),
                   [](const Stage& a, const Stage& b) { return a.time < b.time; });
  std::set<std::string> seen;
  std::vector<Stage> once;
  for (Stage& stage : stages) {
    if (seen.insert(stage.line.dump()).second) {
      once.push_back(std::move(stage));
    }
  }
  return once;
}

// What a line says beside its time, service and event.
std::string Details(const ordered_json& line) {
  static const std::set<std::string> shown = {"time",     "level",    "service",  "event",
                                              "order_id", "trace_id", "parent_id"};
  std::string text;
  for (const auto& [key, value] : line.items()) {
    if (shown.count(key) == 0) {
      text += (text.empty() ? "" : " ") + key + "=" +
              (value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return text;
}

void Show(Context& context, const std::string& order, const std::vector<Stage>& stages) {
  if (context.json) {
    for (const Stage& stage : stages) {
      context.out() << stage.line.dump() << "\n";
    }
    return;
  }
  std::string trace;
  std::vector<TableRow> rows;
  for (const Stage& stage : stages) {
    trace = trace.empty() ? Text(stage.line, "trace_id") : trace;
    const int64_t micros = (stage.time - stages.front().time).ns / 1'000;
    rows.push_back({FormatRfc3339(stage.time), "+" + std::to_string(micros),
                    Text(stage.line, "service"), Text(stage.line, "event"), Details(stage.line)});
  }
  context.out() << "order " << order
                << (trace.empty() ? ": not traced; these are its events in the ledger"
                                  : ", trace " + trace)
                << "\n\n"
                << FormatTable({"TIME", "US", "SERVICE", "STAGE", ""}, rows);
}

int Trace(Context& context, const std::string& order, const std::vector<std::string>& logs) {
  const std::optional<OrderId> id = OrderId::Parse(order);
  if (!id) {
    return context.Usage(absl::InvalidArgumentError("\"" + order + "\" is no order id"));
  }
  std::vector<Stage> stages;
  if (const absl::Status read = ReadLogs(logs, order, stages); !read.ok()) {
    return context.Usage(read);
  }
  for (Found& found : AskAll(context, order)) {
    if (!found.status.ok()) {
      context.err() << found.service << " does not answer: " << found.status.message() << "\n";
    }
    std::move(found.stages.begin(), found.stages.end(), std::back_inserter(stages));
  }
  if (stages.empty()) {
    absl::StatusOr<std::vector<Stage>> events = FromLedger(context, *id);
    if (!events.ok()) {
      return context.Fail(events.status());
    }
    stages = *std::move(events);
  }
  if (stages.empty()) {
    return context.Fail(absl::NotFoundError("no order " + order));
  }
  Show(context, order, Sorted(std::move(stages)));
  return kOk;
}

}  // namespace

void AddTraceCommand(CLI::App& app, Command& chosen) {
  CLI::App* trace = app.add_subcommand(
      "trace", "An order's way through the services: every stage, in time order");
  const auto order = std::make_shared<std::string>();
  const auto logs = std::make_shared<std::vector<std::string>>();
  trace->add_option("ORDER", *order, "the order's id")->required();
  trace->add_option("--log", *logs, "log files to search too; - for standard input");
  trace->callback([&chosen, order, logs] {
    chosen = [order, logs](Context& context) { return Trace(context, *order, *logs); };
  });
}

}  // namespace tw::cli
