// tidy: analytics file, ratios of quantities and prices that nothing is booked by
//
// QuoteFeatures: what the newest quote and book of one symbol say. Pure; one owner.
//
//   mid, spread       of the best bid and ask, in quote currency
//   spread_bps        spread in basis points of the mid
//   quote_imbalance   (bid size - ask size) / (bid size + ask size) at the best prices, -1 to 1
//   book_imbalance    the same over the best five levels of each side
//
// Without both sides, and while the book is stale, they are not ready.
#pragma once

#include <vector>

#include "services/feature-pipeline/bar_features.h"

namespace tw::features {

inline constexpr size_t kImbalanceLevels = 5;

struct Quote {
  Price bid;
  Quantity bid_size;
  Price ask;
  Quantity ask_size;
};

class QuoteFeatures {
 public:
  void OnQuote(const Quote& quote);
  // Sizes of the best kImbalanceLevels levels of each side, added up.
  void OnBook(Quantity bid_size, Quantity ask_size);
  // The book cannot be trusted until the next quote and book.
  void OnStale();

  // Always all of them, in the order above.
  std::vector<FeatureValue> Values() const;

 private:
  Quote quote_;  // zero: none
  Quantity book_bid_;
  Quantity book_ask_;
};

}  // namespace tw::features
