// Consolidator: the best bid and offer of one symbol over the venues that can be trusted. One
// owner.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "services/normalizer/top_of_book.h"

namespace tw::normalizer {

struct ConsolidatedQuote {
  Level bid;  // price zero: no venue has one; the size is that of all venues at the price
  Level ask;
  std::string bid_venue{};  // the one with most there; of equal ones, the first by name
  std::string ask_venue{};
  size_t venues = 0;  // that count

  friend bool operator==(const ConsolidatedQuote&, const ConsolidatedQuote&) = default;
};

class Consolidator {
 public:
  // nullopt: the venue does not count until further notice. True: the best has changed.
  bool Update(const std::string& venue, const std::optional<Quote>& quote);
  const ConsolidatedQuote& best() const { return best_; }
  size_t known() const { return venues_.size(); }  // venues, whether or not they count

 private:
  void Improve(bool bid, const std::string& venue, const Level& level, Quantity& most);

  absl::btree_map<std::string, std::optional<Quote>> venues_;
  ConsolidatedQuote best_;
};

}  // namespace tw::normalizer
