// Router: which venue an order goes to. Pure; not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::exeq {

// A venue as it was last heard of.
struct VenueView {
  std::string name;
  bool connected = false;
  bool takes_orders = true;  // false: stopped by its panic button
  std::vector<std::string> symbols;
};

class Router {
 public:
  // In order of preference.
  void SetVenues(std::vector<VenueView> venues) { venues_ = std::move(venues); }

  // The first venue that trades the symbol: one that takes orders before one that is connected
  // before any. nullopt when none trades it (or none has been heard of yet).
  std::optional<std::string> Choose(std::string_view symbol) const;

 private:
  std::vector<VenueView> venues_;
};

}  // namespace tw::exeq
