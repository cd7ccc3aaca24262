// FeatureState: the features of every instrument behind one lock, spoken to in messages. Events
// come from the feed's thread, questions from the servers'. What a closed bar or a sample makes
// known is answered as rows for the history. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/core/instrument.h"
#include "services/feature-pipeline/bar_features.h"
#include "services/feature-pipeline/definition.h"
#include "services/feature-pipeline/quote_features.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::features {

inline constexpr std::string_view kQuoteTimeframe = "quote";  // of features made of quotes

// One value of the history. `known` is when it was computed here: nobody could use it before.
struct FeatureRow {
  std::string symbol;
  std::string_view timeframe;
  std::string_view name;
  double value = 0;  // tidy: analytics, a statistic
  Timestamp event_time;
  Timestamp known;
};

// What an event made known, and where its series stands with that: rows and position go to the sink
// together, so that a restart writes no bar twice.
struct History {
  std::vector<FeatureRow> rows;
  std::string source;    // "BTCUSDT/1m"; "" with those of quotes
  std::string position;  // start of the bar in nanoseconds
};

class FeatureState {
 public:
  // Where a series' history stood at the last stop; "" if it has none.
  using Resume = std::function<std::string(const std::string& source)>;

  // Features are kept for `instruments` of `venue` alone, which bounds them and keeps the bars of
  // one market apart from those of another. `config` lives on.
  FeatureState(const FeatureConfig& config, const Instruments& instruments, std::string venue);

  // Before the first event.
  void ResumeFrom(const Resume& resume);

  // True: the event fed a feature. Recorded markets are none of ours. Bars of the feed's snapshot
  // make no history, unless they follow what is there: then they became known only now.
  bool OnFeedEvent(const tradewind::v1::FeedEvent& event, Timestamp now, History* history);
  // Nothing is known of quotes and books until they come again; bars stay, stale.
  void OnFeedLost();
  void OnFeedBack();

  // What the set of quotes says now, of the symbols that had news since its last sample.
  std::vector<FeatureRow> Sample(const FeatureSet& set, Timestamp now);

  // NotFound for a symbol that is no instrument, or a set; InvalidArgument for a timeframe or a
  // name that is none. Ages are -1 while there was no input.
  absl::StatusOr<tradewind::v1::FeatureSet> Features(
      const tradewind::v1::GetFeaturesRequest& request, Timestamp now) const;
  tradewind::v1::ListFeatureDefinitionsResponse Definitions() const;

  struct Counts {
    uint64_t bars = 0;
    uint64_t refused = 0;    // bars that were not sound
    size_t silent = 0;       // instruments without an input since `since`
    std::string silent_one;  // one of them
  };
  Counts counts(Timestamp since) const;

 private:
  // Of one symbol and timeframe, or of its quotes.
  struct Series {
    Duration span;
    Duration stale;  // zero: never
    Timestamp event_time;
    Timestamp known;
    int64_t written_start = INT64_MIN;  // of the newest bar in the history
    bool resumed = false;
    std::vector<std::string_view> history;  // outputs that are written
  };
  struct BarSeries : Series {
    explicit BarSeries(const std::vector<const Definition*>& d) : features(d) {}
    BarFeatures features;
  };
  struct Symbol {
    explicit Symbol(const std::vector<const Definition*>& d) : quotes(d) {}
    std::map<std::string, BarSeries, std::less<>> bars;  // by timeframe
    Series quote;
    QuoteFeatures quotes;
    std::map<const FeatureSet*, Timestamp> sampled;  // news that the newest sample had
    Timestamp received;                              // newest input of any kind
  };

  std::vector<const Definition*> DefinitionsOf(const std::string& symbol,
                                               std::string_view timeframe) const;
  void MakeSeries(const std::string& symbol, std::string_view timeframe, Series& series) const;
  bool OnBar(const tradewind::v1::FeedEvent& event,
             Symbol& symbol,
             Timestamp now,
             History* history);
  bool OnQuoteOrBook(const tradewind::v1::FeedEvent& event, Symbol& symbol);
  void Encode(const FeatureValue& value,
              const Series& series,
              Timestamp now,
              tradewind::v1::FeatureSet& out) const;
  absl::StatusOr<std::vector<std::string>> Wanted(
      const tradewind::v1::GetFeaturesRequest& request) const;

  const FeatureConfig& config_;
  const std::string venue_;
  mutable std::mutex mutex_;
  std::map<std::string, Symbol> symbols_;  // a key for each instrument
  bool lost_ = true;
  uint64_t refused_ = 0;
};

}  // namespace tw::features
