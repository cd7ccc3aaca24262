// tidy: analytics file, ratios of quantities and prices that nothing is booked by
//
// QuoteFeatures: what the newest quote and book of one symbol say. Without both sides, and while
// the book is stale, nothing is ready. Pure; one owner.
//
//   mid, spread       of the best bid and ask, in quote currency
//   spread_bps        spread in basis points of the mid
//   micro_price       (bid * ask size + ask * bid size) / (bid size + ask size): the mid leaning
//                     towards the thinner side (J. Gatheral, R. Oomen, "Zero-Intelligence Realized
//                     Variance Estimation", Finance and Stochastics 14 (2010))
//   quote_imbalance   (bid size - ask size) / (bid size + ask size) at the best prices, -1 to 1
//   book_imbalance    the same over the best levels of each side
//   order_flow_imbalance   see order_flow.h
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "services/feature-pipeline/definition.h"
#include "services/feature-pipeline/order_flow.h"

namespace tw::features {

class QuoteFeatures {
 public:
  // `definitions` live on; those made of bars are passed over.
  explicit QuoteFeatures(const std::vector<const Definition*>& definitions);

  void OnQuote(const Quote& quote, Timestamp time);
  // Sizes of the levels of each side, best first.
  void OnBook(std::span<const Quantity> bids, std::span<const Quantity> asks);
  // The book cannot be trusted until the next quote and book.
  void OnStale();

  // Every output, in the order of the definitions.
  std::vector<FeatureValue> Values() const;

 private:
  bool both() const { return quote_.bid > Price() && quote_.ask > Price(); }
  FeatureValue Value(const Definition& definition, size_t number) const;

  std::vector<const Definition*> definitions_;
  std::vector<OrderFlow> flows_;                      // one for each definition, used or not
  std::vector<std::pair<Quantity, Quantity>> depth_;  // likewise: bid and ask size of its levels
  Quote quote_;                                       // zero: none
};

}  // namespace tw::features
