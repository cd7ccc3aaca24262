#include "services/feature-pipeline/state.h"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace tw::features {

namespace v1 = tradewind::v1;

namespace {

constexpr int64_t kStaleSpans = 3;

std::vector<Quantity> SizesOf(const google::protobuf::RepeatedPtrField<v1::Level>& levels) {
  std::vector<Quantity> sizes;
  sizes.reserve(static_cast<size_t>(levels.size()));
  for (const v1::Level& level : levels) {
    sizes.push_back(Quantity::FromE8(level.size_e8()));
  }
  return sizes;
}

Bar BarOf(const v1::BarTick& tick) {
  return {.start = Timestamp{tick.start_ns()},
          .open = Price::FromE8(tick.open_e8()),
          .high = Price::FromE8(tick.high_e8()),
          .low = Price::FromE8(tick.low_e8()),
          .close = Price::FromE8(tick.close_e8()),
          .volume = Quantity::FromE8(tick.volume_e8())};
}

}  // namespace

FeatureState::FeatureState(const FeatureConfig& config,
                           const Instruments& instruments,
                           std::string venue)
    : config_(config), venue_(std::move(venue)) {
  std::set<std::string> timeframes;
  for (const FeatureSet& set : config_.sets) {
    timeframes.insert(set.timeframes.begin(), set.timeframes.end());
  }
  for (const Instrument& instrument : instruments.list()) {
    Symbol& symbol =
        symbols_.try_emplace(instrument.symbol, DefinitionsOf(instrument.symbol, kQuoteTimeframe))
            .first->second;
    MakeSeries(instrument.symbol, kQuoteTimeframe, symbol.quote);
    for (const std::string& timeframe : timeframes) {
      const auto definitions = DefinitionsOf(instrument.symbol, timeframe);
      if (!definitions.empty()) {
        MakeSeries(instrument.symbol, timeframe,
                   symbol.bars.try_emplace(timeframe, definitions).first->second);
      }
    }
  }
}

// In the order of the file, each once.
std::vector<const Definition*> FeatureState::DefinitionsOf(const std::string& symbol,
                                                           std::string_view timeframe) const {
  std::set<size_t> numbers;
  for (const FeatureSet& set : config_.sets) {
    const bool fits = set.of_quotes ? timeframe == kQuoteTimeframe : set.Has(timeframe);
    if (fits && set.Covers(symbol)) {
      numbers.insert(set.features.begin(), set.features.end());
    }
  }
  std::vector<const Definition*> definitions;
  for (const size_t number : numbers) {
    definitions.push_back(&config_.definitions[number]);
  }
  return definitions;
}

void FeatureState::MakeSeries(const std::string& symbol,
                              std::string_view timeframe,
                              Series& series) const {
  series.span = SpanOf(timeframe).value_or(Duration{});
  for (const FeatureSet& set : config_.sets) {
    const bool fits = set.of_quotes ? timeframe == kQuoteTimeframe : set.Has(timeframe);
    if (!fits || !set.Covers(symbol)) {
      continue;
    }
    const Duration stale = set.stale.ns > 0 ? set.stale : series.span * kStaleSpans;
    series.stale = series.stale.ns == 0 ? stale : std::min(series.stale, stale);
    for (const size_t number : set.features) {
      for (const std::string& output : config_.definitions[number].outputs) {
        if (set.history && !set.of_quotes &&
            std::find(series.history.begin(), series.history.end(), output) ==
                series.history.end()) {
          series.history.push_back(output);
        }
      }
    }
  }
}

void FeatureState::ResumeFrom(const Resume& resume) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, symbol] : symbols_) {
    for (auto& [timeframe, series] : symbol.bars) {
      std::string key = name;
      key.append("/").append(timeframe);
      const std::string position = resume(key);
      if (!position.empty()) {
        series.written_start = std::strtoll(position.c_str(), nullptr, 10);
        series.resumed = true;
      }
    }
  }
}

bool FeatureState::OnBar(const v1::FeedEvent& event,
                         Symbol& symbol,
                         Timestamp now,
                         History* history) {
  const auto found = symbol.bars.find(event.bar().interval());
  if (!event.bar().closed() || found == symbol.bars.end()) {
    return false;
  }
  BarSeries& series = found->second;
  const Bar bar = BarOf(event.bar());
  if (!IsSound(bar)) {
    ++refused_;
    return false;
  }
  if (!series.features.Add(bar)) {
    return false;
  }
  series.event_time = bar.start + series.span;
  // After what it is made of, whatever the clocks say, and never at the time of the one before.
  series.known = std::max({now, series.event_time, series.known + Duration{1}});
  const bool follows = bar.start.ns > series.written_start && (series.resumed || !event.snapshot());
  if (history == nullptr || !follows || series.history.empty()) {
    return true;
  }
  series.written_start = bar.start.ns;
  series.resumed = true;
  history->source = event.symbol() + "/" + event.bar().interval();
  history->position = std::to_string(bar.start.ns);
  for (const FeatureValue& value : series.features.Values()) {
    if (value.ready && std::find(series.history.begin(), series.history.end(), value.name) !=
                           series.history.end()) {
      history->rows.push_back({.symbol = event.symbol(),
                               .timeframe = found->first,
                               .name = value.name,
                               .value = value.value,
                               .event_time = series.event_time,
                               .known = series.known});
    }
  }
  return true;
}

bool FeatureState::OnQuoteOrBook(const v1::FeedEvent& event, Symbol& symbol) {
  if (event.has_quote()) {
    const v1::QuoteTick& quote = event.quote();
    symbol.quotes.OnQuote({Price::FromE8(quote.bid_e8()), Quantity::FromE8(quote.bid_size_e8()),
                           Price::FromE8(quote.ask_e8()), Quantity::FromE8(quote.ask_size_e8())},
                          Timestamp{event.venue_time_ns()});
    return true;
  }
  if (event.has_book()) {
    symbol.quotes.OnBook(SizesOf(event.book().bids()), SizesOf(event.book().asks()));
    return true;
  }
  if (event.has_book_state() && event.book_state().stale()) {
    symbol.quotes.OnStale();
  }
  return false;
}

bool FeatureState::OnFeedEvent(const v1::FeedEvent& event, Timestamp now, History* history) {
  if (event.recorded() || event.venue() != venue_) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  const auto it = symbols_.find(event.symbol());
  if (it == symbols_.end()) {
    return false;
  }
  Symbol& symbol = it->second;
  if (event.has_bar()) {
    if (!OnBar(event, symbol, now, history)) {
      return false;
    }
  } else if (OnQuoteOrBook(event, symbol)) {
    symbol.quote.event_time = std::max(symbol.quote.event_time, Timestamp{event.venue_time_ns()});
    symbol.quote.known = std::max(now, symbol.quote.known);
  } else {
    return false;
  }
  symbol.received = now;
  return true;
}

void FeatureState::OnFeedLost() {
  const std::lock_guard lock(mutex_);
  lost_ = true;
  for (auto& [name, symbol] : symbols_) {
    symbol.quotes.OnStale();
  }
}

void FeatureState::OnFeedBack() {
  const std::lock_guard lock(mutex_);
  lost_ = false;
}

std::vector<FeatureRow> FeatureState::Sample(const FeatureSet& set, Timestamp now) {
  std::vector<FeatureRow> rows;
  const std::lock_guard lock(mutex_);
  for (auto& [name, symbol] : symbols_) {
    if (!set.Covers(name) ||
        std::exchange(symbol.sampled[&set], symbol.quote.known) == symbol.quote.known) {
      continue;
    }
    const Timestamp known = std::max({now, symbol.quote.known, symbol.quote.event_time});
    for (const FeatureValue& value : symbol.quotes.Values()) {
      const bool ours = std::any_of(set.features.begin(), set.features.end(), [&](size_t number) {
        return config_.definitions[number].outputs[0] == value.name;
      });
      if (value.ready && ours) {
        rows.push_back({.symbol = name,
                        .timeframe = kQuoteTimeframe,
                        .name = value.name,
                        .value = value.value,
                        .event_time = symbol.quote.event_time,
                        .known = known});
      }
    }
  }
  return rows;
}

FeatureState::Counts FeatureState::counts(Timestamp since) const {
  Counts counts;
  const std::lock_guard lock(mutex_);
  counts.refused = refused_;
  for (const auto& [name, symbol] : symbols_) {
    for (const auto& [timeframe, series] : symbol.bars) {
      counts.bars += series.features.bars();
    }
    if (symbol.received < since) {
      ++counts.silent;
      counts.silent_one = name;
    }
  }
  return counts;
}

}  // namespace tw::features
