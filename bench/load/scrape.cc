#include "bench/load/scrape.h"

#include <cmath>
#include <limits>

#include "absl/strings/numbers.h"
#include "libs/http/client.h"

namespace tw::load {
namespace {

constexpr Duration kTimeout = Duration::Seconds(2);

std::optional<double> Number(std::string_view text) {
  if (text == "+Inf") {
    return std::numeric_limits<double>::infinity();
  }
  double value = 0;
  if (!absl::SimpleAtod(std::string(text), &value)) {
    return std::nullopt;
  }
  return value;
}

// name{labels} value
void ReadLine(std::string_view line, Scrape& scrape) {
  const size_t name_end = line.find_first_of("{ ");
  const size_t value_start = line.rfind(' ');
  if (line.empty() || line[0] == '#' || name_end == std::string_view::npos ||
      value_start == std::string_view::npos) {
    return;
  }
  const std::optional<double> value = Number(line.substr(value_start + 1));
  if (!value) {
    return;
  }
  const std::string name(line.substr(0, name_end));
  constexpr std::string_view kBucket = "_bucket";
  if (!name.ends_with(kBucket)) {
    scrape.values[name] += *value;
    return;
  }
  const size_t le = line.find("le=\"");
  const size_t le_end = le == std::string_view::npos ? le : line.find('"', le + 4);
  if (le_end == std::string_view::npos) {
    return;
  }
  const std::optional<double> upper = Number(line.substr(le + 4, le_end - le - 4));
  if (upper) {
    scrape.buckets[name.substr(0, name.size() - kBucket.size())][*upper] += *value;
  }
}

Duration Seconds(double s) {
  return Duration{std::llround(s * 1e9)};
}

}  // namespace

double Scrape::Value(const std::string& name) const {
  const auto found = values.find(name);
  return found == values.end() ? 0 : found->second;
}

Scrape ParseMetrics(std::string_view text) {
  Scrape scrape;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    ReadLine(text.substr(0, end), scrape);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return scrape;
}

absl::StatusOr<Scrape> FetchMetrics(const std::string& address) {
  const absl::StatusOr<http::Response> response =
      http::Fetch("GET", address, "/metrics", "", kTimeout);
  if (!response.ok()) {
    return response.status();
  }
  if (response->status != 200) {
    return absl::UnavailableError("/metrics answered " + std::to_string(response->status));
  }
  return ParseMetrics(response->body);
}

Stage StageBetween(const Scrape& before, const Scrape& after, const std::string& histogram) {
  Stage stage;
  const double count = after.Value(histogram + "_count") - before.Value(histogram + "_count");
  const auto now = after.buckets.find(histogram);
  if (count < 1 || now == after.buckets.end()) {
    return stage;
  }
  stage.count = static_cast<uint64_t>(std::llround(count));
  stage.mean =
      Seconds((after.Value(histogram + "_sum") - before.Value(histogram + "_sum")) / count);
  const auto then = before.buckets.find(histogram);
  const auto quantile = [&](double part) {
    double lower = 0;
    double below = 0;
    for (const auto& [upper, cumulative] : now->second) {
      double up_to = cumulative;
      if (then != before.buckets.end()) {
        const auto old = then->second.find(upper);
        up_to -= old == then->second.end() ? 0 : old->second;
      }
      if (up_to >= part * count) {
        const bool open = std::isinf(upper);
        const double within = up_to > below ? (part * count - below) / (up_to - below) : 0;
        return Seconds(open ? lower : lower + within * (upper - lower));
      }
      lower = upper;
      below = up_to;
    }
    return Seconds(lower);
  };
  stage.p50 = quantile(0.5);
  stage.p99 = quantile(0.99);
  return stage;
}

}  // namespace tw::load
