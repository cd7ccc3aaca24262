#include "services/exeq/router.h"

#include <algorithm>

namespace tw::exeq {
namespace {

int Rank(const VenueView& venue) {
  return venue.connected ? (venue.takes_orders ? 2 : 1) : 0;
}

bool Trades(const VenueView& venue, std::string_view symbol) {
  return std::find(venue.symbols.begin(), venue.symbols.end(), symbol) != venue.symbols.end();
}

}  // namespace

std::optional<std::string> Router::Choose(std::string_view symbol) const {
  const VenueView* best = nullptr;
  for (const VenueView& venue : venues_) {
    if (Trades(venue, symbol) && (best == nullptr || Rank(venue) > Rank(*best))) {
      best = &venue;
    }
  }
  return best == nullptr ? std::nullopt : std::optional<std::string>(best->name);
}

}  // namespace tw::exeq
