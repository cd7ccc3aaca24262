// Router: which venue an order goes to. Pure; not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.h"
#include "services/exeq/routing/plan.h"

namespace tw::exeq {

// A venue as it was last heard of.
struct VenueView {
  std::string name;
  bool connected = false;
  bool takes_orders = true;  // false: stopped by its panic button
  std::vector<std::string> symbols;
  int64_t maker_fee_e8 = 0;
  int64_t taker_fee_e8 = 0;
  int64_t minimum_fee_e8 = 0;
  Duration latency;  // there and back
};

class Router {
 public:
  // In order of preference.
  void SetVenues(std::vector<VenueView> venues) { venues_ = std::move(venues); }

  // The first venue that trades the symbol: one that takes orders before one that is connected
  // before any. nullopt when none trades it (or none has been heard of yet).
  std::optional<std::string> Choose(std::string_view symbol) const;
  // All that trade it, for a plan; without quotes and failures.
  std::vector<VenueFacts> List(std::string_view symbol) const;
  // Whether there is a choice: a symbol that two of them trade.
  bool several() const;

 private:
  std::vector<VenueView> venues_;
};

}  // namespace tw::exeq
