// Bars: what a run must reach, given on the command line, and whether it did.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/load/histogram.h"
#include "libs/base/time.h"

namespace tw::load {

// "2ms", "250us", "1.5s", "900ns". InvalidArgument for anything else, and for nothing or less.
absl::StatusOr<Duration> ParseSpan(const std::string& text);
// The shortest of the same form with three digits: "1.87 ms".
std::string FormatSpan(Duration span);

struct Bars {
  std::optional<Duration> p50;
  std::optional<Duration> p99;
  std::optional<Duration> p999;
  std::optional<double> min_accepted_percent;  // of the new orders sent
  std::optional<double> min_rate;              // accepted commands a second
  bool all_answered = false;
};

// What the bars look at.
struct Reached {
  const Histogram& orders;  // accepted new orders, or risk checks
  double accepted_percent = 0;
  double rate = 0;
  uint64_t unanswered = 0;
};

struct BarResult {
  std::string name;   // "p99"
  std::string limit;  // "at most 20 ms"
  std::string value;  // "18.4 ms"
  bool passed = false;
};

// One result for each bar that is set. A latency bar on an empty histogram has not passed.
std::vector<BarResult> Judge(const Bars& bars, const Reached& reached);

}  // namespace tw::load
