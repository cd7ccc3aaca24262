#include "services/normalizer/consolidator.h"

#include <utility>

namespace tw::normalizer {

bool Consolidator::Update(const std::string& venue, const std::optional<Quote>& quote) {
  std::optional<Quote>& known = venues_[venue];
  if (known == quote) {
    return false;
  }
  known = quote;
  const ConsolidatedQuote before = std::exchange(best_, {});
  Quantity most_bid;
  Quantity most_ask;
  for (const auto& [name, top] : venues_) {
    if (top) {
      ++best_.venues;
      Improve(true, name, top->bid, most_bid);
      Improve(false, name, top->ask, most_ask);
    }
  }
  return best_ != before;
}

// `most`: the largest size that one venue has at the best price.
void Consolidator::Improve(bool bid, const std::string& venue, const Level& level, Quantity& most) {
  Level& best = bid ? best_.bid : best_.ask;
  std::string& name = bid ? best_.bid_venue : best_.ask_venue;
  if (level.price.IsZero()) {
    return;
  }
  const bool better =
      best.price.IsZero() || (bid ? level.price > best.price : level.price < best.price);
  if (!better && level.price != best.price) {
    return;
  }
  best.size = better ? level.size : Quantity::SaturatingAdd(best.size, level.size);
  if (better || level.size > most) {
    most = level.size;
    name = venue;
  }
  best.price = level.price;
}

}  // namespace tw::normalizer
