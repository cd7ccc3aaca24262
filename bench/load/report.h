// The report of a load run: as text, JSON and a page with plots.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/load/load.h"
#include "bench/load/scrape.h"
#include "bench/load/tally.h"
#include "bench/load/waterfall.h"

namespace tw::load {

struct NamedStage {
  std::string name;  // "oms: journal sync"
  Stage stage;
};

// What a service used.
struct Usage {
  std::string service;
  double before_mb = 0;  // resident memory
  double after_mb = 0;
  double cpu_s = 0;  // of all its threads
};

// One row for each process: services that share one are named together, "oms, risk".
std::vector<Usage> UsageBetween(const std::map<std::string, Scrape>& before,
                                const std::map<std::string, Scrape>& after);

struct Report {
  std::string what;  // "TradeSession to gateway, poisson, 1000 /s, 60 s, seed 1"
  Totals totals;
  Duration elapsed;
  uint64_t fills = 0;
  uint64_t substituted = 0;
  std::vector<WaterfallRow> waterfall;
  std::vector<NamedStage> stages;
  std::vector<Usage> usage;
  uint64_t commands = 0;  // of the whole run, warm-up included: what the usage is for
  std::vector<BarResult> bars;
  std::vector<std::string> notes;

  double per_second(uint64_t count) const;
  double cpu_us_per_command(const Usage& usage) const;
  bool passed() const;
};

std::string ToText(const Report& report);
std::string ToJson(const Report& report);
// Needs nothing from outside: styles and plots (inline SVG) are in the page.
std::string ToHtml(const Report& report);

}  // namespace tw::load
