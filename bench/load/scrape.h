// Scrape: what a service says on /metrics, and what changed between two looks: the stages of an
// order's way, fills, memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::load {

// Values of one look, series of a name added up.
struct Scrape {
  std::map<std::string, double> values;                     // counters, gauges, _sum, _count
  std::map<std::string, std::map<double, double>> buckets;  // by name, by upper end: cumulative

  double Value(const std::string& name) const;
};

// Reads Prometheus text; lines that it does not understand are skipped.
Scrape ParseMetrics(std::string_view text);

// GET /metrics of "host:port".
absl::StatusOr<Scrape> FetchMetrics(const std::string& address);

// A histogram's growth between two looks.
struct Stage {
  uint64_t count = 0;
  Duration mean;
  Duration p50;  // read from the buckets, straight lines in between
  Duration p99;
};
Stage StageBetween(const Scrape& before, const Scrape& after, const std::string& histogram);

}  // namespace tw::load
