// The report of a load run: as text, JSON and a page with plots.
#pragma once

#include <string>
#include <vector>

#include "bench/load/load.h"
#include "bench/load/scrape.h"
#include "bench/load/tally.h"

namespace tw::load {

struct NamedStage {
  std::string name;  // "oms: journal sync"
  Stage stage;
};

struct Memory {
  std::string service;
  double before_mb = 0;
  double after_mb = 0;
};

struct Report {
  std::string what;  // "TradeSession to gateway, poisson, 1000 /s, 60 s, seed 1"
  Totals totals;
  Duration elapsed;
  uint64_t fills = 0;
  uint64_t substituted = 0;
  std::vector<NamedStage> stages;
  std::vector<Memory> memory;
  std::vector<BarResult> bars;
  std::vector<std::string> notes;

  double per_second(uint64_t count) const;
  bool passed() const;
};

std::string ToText(const Report& report);
std::string ToJson(const Report& report);
// Needs nothing from outside: styles and plots (inline SVG) are in the page.
std::string ToHtml(const Report& report);

}  // namespace tw::load
