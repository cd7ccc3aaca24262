#include "services/exeq/router.h"

#include <algorithm>
#include <set>

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

std::vector<VenueFacts> Router::List(std::string_view symbol) const {
  std::vector<VenueFacts> out;
  for (const VenueView& venue : venues_) {
    if (Trades(venue, symbol)) {
      VenueFacts facts;
      facts.name = venue.name;
      facts.connected = venue.connected;
      facts.takes_orders = venue.takes_orders;
      facts.maker_fee_e8 = venue.maker_fee_e8;
      facts.taker_fee_e8 = venue.taker_fee_e8;
      facts.minimum_fee_e8 = venue.minimum_fee_e8;
      facts.latency = venue.latency;
      out.push_back(std::move(facts));
    }
  }
  return out;
}

bool Router::several() const {
  std::set<std::string_view> seen;
  for (const VenueView& venue : venues_) {
    for (const std::string& symbol : venue.symbols) {
      if (!seen.insert(symbol).second) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace tw::exeq
