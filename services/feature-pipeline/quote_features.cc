// tidy: analytics file, ratios of quantities and prices that nothing is booked by
#include "services/feature-pipeline/quote_features.h"

namespace tw::features {
namespace {

constexpr double kBasisPoints = 10'000;

// Not ready without both sides.
FeatureValue Imbalance(std::string_view name, Quantity bid, Quantity ask) {
  if (bid <= Quantity() || ask <= Quantity()) {
    return {name, 0, false};
  }
  const double b = ToDouble(bid.e8());
  const double a = ToDouble(ask.e8());
  return {name, (b - a) / (b + a), true};
}

}  // namespace

void QuoteFeatures::OnQuote(const Quote& quote) {
  quote_ = quote;
}

void QuoteFeatures::OnBook(Quantity bid_size, Quantity ask_size) {
  book_bid_ = bid_size;
  book_ask_ = ask_size;
}

void QuoteFeatures::OnStale() {
  *this = QuoteFeatures();
}

std::vector<FeatureValue> QuoteFeatures::Values() const {
  const bool both = quote_.bid > Price() && quote_.ask > Price();
  const double bid = ToDouble(quote_.bid.e8());
  const double ask = ToDouble(quote_.ask.e8());
  const double mid = (bid + ask) / 2;
  return {{"mid", both ? mid : 0, both},
          {"spread", both ? ToDouble((quote_.ask - quote_.bid).e8()) : 0, both},
          {"spread_bps", both ? ToDouble((quote_.ask - quote_.bid).e8()) / mid * kBasisPoints : 0,
           both},
          Imbalance("quote_imbalance", both ? quote_.bid_size : Quantity(),
                    both ? quote_.ask_size : Quantity()),
          Imbalance("book_imbalance", book_bid_, book_ask_)};
}

}  // namespace tw::features
