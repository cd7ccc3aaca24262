#include "bench/load/bars.h"

#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "fmt/format.h"

namespace tw::load {
namespace {

struct Unit {
  const char* name;
  double ns;
};
constexpr std::array<Unit, 4> kUnits = {{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};

}  // namespace

absl::StatusOr<Duration> ParseSpan(const std::string& text) {
  const size_t end = text.find_first_not_of("0123456789.");
  double number = 0;
  if (end != std::string::npos && absl::SimpleAtod(text.substr(0, end), &number)) {
    for (const Unit& unit : kUnits) {
      const double ns = number * unit.ns;
      if (text.substr(end) == unit.name && ns >= 1 && ns <= 1e15) {
        return Duration{std::llround(ns)};
      }
    }
  }
  return absl::InvalidArgumentError("'" + text + "' is no span such as 250us, 2ms or 1.5s");
}

std::string FormatSpan(Duration span) {
  const auto ns = static_cast<double>(span.ns);
  size_t unit = 0;
  while (unit + 1 < kUnits.size() && ns >= 999.5 * kUnits[unit].ns) {
    ++unit;
  }
  return fmt::format("{:.3g} {}", ns / kUnits[unit].ns, kUnits[unit].name);
}

std::vector<BarResult> Judge(const Bars& bars, const Reached& reached) {
  std::vector<BarResult> results;
  const std::pair<const char*, std::pair<std::optional<Duration>, double>> latencies[] = {
      {"p50", {bars.p50, 50}}, {"p99", {bars.p99, 99}}, {"p99.9", {bars.p999, 99.9}}};
  for (const auto& [name, bar] : latencies) {
    if (bar.first) {
      const Duration value = reached.orders.Percentile(bar.second);
      const bool any = reached.orders.count() > 0;
      results.push_back({name, "at most " + FormatSpan(*bar.first),
                         any ? FormatSpan(value) : "nothing measured", any && value <= *bar.first});
    }
  }
  if (bars.min_accepted_percent) {
    results.push_back({"accepted", fmt::format("at least {} %", *bars.min_accepted_percent),
                       fmt::format("{:.4f} %", reached.accepted_percent),
                       reached.accepted_percent >= *bars.min_accepted_percent});
  }
  if (bars.min_rate) {
    results.push_back({"rate", fmt::format("at least {:.6g} /s", *bars.min_rate),
                       fmt::format("{:.6g} /s", reached.rate), reached.rate >= *bars.min_rate});
  }
  if (bars.all_answered) {
    results.push_back(
        {"unanswered", "none", std::to_string(reached.unanswered), reached.unanswered == 0});
  }
  return results;
}

}  // namespace tw::load
