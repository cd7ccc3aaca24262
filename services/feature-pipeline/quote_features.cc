// tidy: analytics file, ratios of quantities and prices that nothing is booked by
#include "services/feature-pipeline/quote_features.h"

#include <algorithm>

namespace tw::features {
namespace {

constexpr double kBasisPoints = 10'000;

Quantity SumOfBest(std::span<const Quantity> sizes, int64_t levels) {
  Quantity sum;
  for (size_t i = 0; i < std::min(sizes.size(), static_cast<size_t>(levels)); ++i) {
    sum = Quantity::SaturatingAdd(sum, sizes[i]);
  }
  return sum;
}

FeatureValue Imbalance(std::string_view name, Quantity bid, Quantity ask) {
  if (bid <= Quantity() || ask <= Quantity()) {
    return {name, 0, false};
  }
  const double b = ToDouble(bid.e8());
  const double a = ToDouble(ask.e8());
  return {name, (b - a) / (b + a), true};
}

double MicroPrice(const Quote& quote) {
  const __int128 weighted = static_cast<__int128>(quote.bid.e8()) * quote.ask_size.e8() +
                            static_cast<__int128>(quote.ask.e8()) * quote.bid_size.e8();
  const __int128 sizes = static_cast<__int128>(quote.bid_size.e8()) + quote.ask_size.e8();
  return static_cast<double>(weighted) /
         (static_cast<double>(sizes) * static_cast<double>(kDecimalScale));
}

}  // namespace

QuoteFeatures::QuoteFeatures(const std::vector<const Definition*>& definitions) {
  for (const Definition* const definition : definitions) {
    if (definition->spec->of_quotes) {
      definitions_.push_back(definition);
      flows_.emplace_back(Duration::Millis(definition->parameter(0)));
    }
  }
  depth_.resize(definitions_.size());
}

void QuoteFeatures::OnQuote(const Quote& quote, Timestamp time) {
  quote_ = quote;
  for (size_t i = 0; i < definitions_.size(); ++i) {
    if (definitions_[i]->kind() != Kind::kOrderFlowImbalance) {
      continue;
    }
    if (both()) {
      flows_[i].OnQuote(quote, time);
    } else {
      flows_[i].Reset();
    }
  }
}

void QuoteFeatures::OnBook(std::span<const Quantity> bids, std::span<const Quantity> asks) {
  for (size_t i = 0; i < definitions_.size(); ++i) {
    if (definitions_[i]->kind() == Kind::kBookImbalance) {
      const int64_t levels = definitions_[i]->parameter(0);
      depth_[i] = {SumOfBest(bids, levels), SumOfBest(asks, levels)};
    }
  }
}

void QuoteFeatures::OnStale() {
  quote_ = Quote();
  for (size_t i = 0; i < definitions_.size(); ++i) {
    depth_[i] = {};
    flows_[i].Reset();
  }
}

FeatureValue QuoteFeatures::Value(const Definition& definition, size_t number) const {
  const std::string_view name = definition.outputs[0];
  const bool sides = both();
  const double spread = sides ? ToDouble((quote_.ask - quote_.bid).e8()) : 0;
  const double mid = sides ? ToDouble(quote_.bid.e8()) / 2 + ToDouble(quote_.ask.e8()) / 2 : 0;
  switch (definition.kind()) {
    case Kind::kMid: return {name, mid, sides};
    case Kind::kSpread: return {name, spread, sides};
    case Kind::kSpreadBps: return {name, sides ? spread / mid * kBasisPoints : 0, sides};
    case Kind::kMicroPrice: {
      const bool ready = sides && quote_.bid_size > Quantity() && quote_.ask_size > Quantity();
      return {name, ready ? MicroPrice(quote_) : 0, ready};
    }
    case Kind::kQuoteImbalance:
      return Imbalance(name, sides ? quote_.bid_size : Quantity(),
                       sides ? quote_.ask_size : Quantity());
    case Kind::kBookImbalance: return Imbalance(name, depth_[number].first, depth_[number].second);
    case Kind::kOrderFlowImbalance: {
      const bool ready = sides && flows_[number].ready();
      return {name, ready ? flows_[number].value() : 0, ready};
    }
    default: break;
  }
  return {name, 0, false};
}

std::vector<FeatureValue> QuoteFeatures::Values() const {
  std::vector<FeatureValue> values;
  for (size_t i = 0; i < definitions_.size(); ++i) {
    values.push_back(Value(*definitions_[i], i));
  }
  return values;
}

}  // namespace tw::features
