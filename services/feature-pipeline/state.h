// FeatureState: the features of every instrument behind one lock, spoken to in messages. Events
// come from the feed's thread, questions from the servers'. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "services/feature-pipeline/bar_features.h"
#include "services/feature-pipeline/quote_features.h"
#include "services/normalizer/interval.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::features {

class FeatureState {
 public:
  // Features are kept for `instruments` of `venue` alone, which bounds them and keeps the bars of
  // one market apart from those of another.
  FeatureState(const Instruments& instruments, std::string venue);

  // True: the event fed a feature. Recorded markets are none of ours.
  bool OnFeedEvent(const tradewind::v1::FeedEvent& event, Timestamp received);
  // Nothing is known of quotes and books until they come again; bars stay.
  void OnFeedLost();

  // NotFound for a symbol that is no instrument; InvalidArgument for a timeframe or a name that is
  // none. `age_ms` counts from the newest input's arrival; -1 while there was none.
  absl::StatusOr<tradewind::v1::FeatureSet> Features(
      const tradewind::v1::GetFeaturesRequest& request, Timestamp now) const;

  struct Counts {
    uint64_t bars = 0;
    size_t silent = 0;       // instruments without an input since `since`
    std::string silent_one;  // one of them
  };
  Counts counts(Timestamp since) const;

 private:
  struct Symbol {
    std::array<BarFeatures, normalizer::kIntervalCount> bars;
    QuoteFeatures quotes;
    Timestamp time;      // of the newest input, by its venue
    Timestamp received;  // here
  };

  static bool Apply(const tradewind::v1::FeedEvent& event, Symbol& symbol);

  const std::string venue_;
  mutable std::mutex mutex_;
  absl::btree_map<std::string, Symbol> symbols_;  // a key for each instrument
};

}  // namespace tw::features
