// FeatureState, its outgoing side: what is asked for, as of now.
#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/timestamps.h"
#include "services/feature-pipeline/state.h"

namespace tw::features {

namespace v1 = tradewind::v1;

namespace {

constexpr std::string_view kDefaultTimeframe = "1m";

std::string Join(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + name;
  }
  return out;
}

}  // namespace

void FeatureState::Encode(const FeatureValue& value,
                          const Series& series,
                          Timestamp now,
                          v1::FeatureSet& out) const {
  v1::Feature& feature = *out.add_features();
  feature.set_name(std::string(value.name));
  feature.set_value(value.value);
  feature.set_ready(value.ready);
  feature.set_age_ms(-1);
  if (series.known.IsSet()) {
    ToTimestamp(series.event_time, feature.mutable_event_time());
    ToTimestamp(series.known, feature.mutable_known_time());
    feature.set_age_ms(std::max<int64_t>((now - series.known).millis(), 0));
  }
  feature.set_stale(lost_ || !series.known.IsSet() || now - series.known > series.stale);
  out.set_stale(out.stale() || feature.stale());
}

// The names of the outputs that are asked for; empty: all.
absl::StatusOr<std::vector<std::string>> FeatureState::Wanted(
    const v1::GetFeaturesRequest& request) const {
  std::vector<std::string> wanted(request.names().begin(), request.names().end());
  if (request.set().empty()) {
    return wanted;
  }
  const auto set = std::find_if(config_.sets.begin(), config_.sets.end(),
                                [&](const FeatureSet& s) { return s.name == request.set(); });
  if (set == config_.sets.end()) {
    return absl::NotFoundError("no feature set " + request.set().substr(0, 64));
  }
  std::vector<std::string> of_set;
  for (const size_t number : set->features) {
    for (const std::string& output : config_.definitions[number].outputs) {
      if (wanted.empty() || std::find(wanted.begin(), wanted.end(), output) != wanted.end()) {
        of_set.push_back(output);
      }
    }
  }
  return of_set;
}

absl::StatusOr<v1::FeatureSet> FeatureState::Features(const v1::GetFeaturesRequest& request,
                                                      Timestamp now) const {
  const std::string timeframe =
      request.timeframe().empty() ? std::string(kDefaultTimeframe) : request.timeframe();
  TW_ASSIGN_OR_RETURN(const std::vector<std::string> wanted, Wanted(request));
  const std::lock_guard lock(mutex_);
  const auto it = symbols_.find(request.symbol());
  if (it == symbols_.end()) {
    return absl::NotFoundError("no instrument " + request.symbol().substr(0, 64));
  }
  const Symbol& symbol = it->second;
  const auto bars = symbol.bars.find(timeframe);
  if (bars == symbol.bars.end()) {
    std::vector<std::string> there;
    for (const auto& [name, series] : symbol.bars) {
      there.push_back(name);
    }
    if (!request.timeframe().empty()) {
      return FieldError("timeframe", "must be one of " + Join(there));
    }
  }
  v1::FeatureSet out;
  out.set_symbol(request.symbol());
  out.set_timeframe(timeframe);
  out.set_venue(venue_);
  out.set_age_ms(symbol.received.IsSet() ? (now - symbol.received).millis() : -1);
  std::vector<std::pair<FeatureValue, const Series*>> all;
  if (bars != symbol.bars.end()) {
    for (const FeatureValue& value : bars->second.features.Values()) {
      all.emplace_back(value, &bars->second);
    }
  }
  for (const FeatureValue& value : symbol.quotes.Values()) {
    all.emplace_back(value, &symbol.quote);
  }
  Timestamp newest = symbol.quote.event_time;
  if (bars != symbol.bars.end()) {
    newest = std::max(newest, bars->second.event_time);
  }
  if (newest.IsSet()) {
    ToTimestamp(newest, out.mutable_timestamp());
  }
  if (wanted.empty()) {
    for (const auto& [value, series] : all) {
      Encode(value, *series, now, out);
    }
    return out;
  }
  for (const std::string& name : wanted) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& v) { return v.first.name == name; });
    if (found != all.end()) {
      Encode(found->first, *found->second, now, out);
    } else if (!request.names().empty()) {
      std::vector<std::string> there;
      for (const auto& [value, series] : all) {
        there.emplace_back(value.name);
      }
      return FieldError("names", "no feature " + name.substr(0, 64) + "; there are " + Join(there));
    }
  }
  return out;
}

v1::ListFeatureDefinitionsResponse FeatureState::Definitions() const {
  v1::ListFeatureDefinitionsResponse out;
  for (const Definition& definition : config_.definitions) {
    v1::FeatureDefinition& d = *out.add_features();
    d.set_name(definition.name);
    d.set_kind(std::string(definition.spec->name));
    d.set_parameters(definition.ParametersText());
    d.mutable_outputs()->Assign(definition.outputs.begin(), definition.outputs.end());
    d.set_source(definition.spec->of_quotes ? "quotes" : "bars");
    d.set_bars_needed(static_cast<int32_t>(definition.BarsNeeded()));
  }
  for (const FeatureSet& set : config_.sets) {
    v1::FeatureSetDefinition& s = *out.add_sets();
    s.set_name(set.name);
    s.mutable_symbols()->Assign(set.symbols.begin(), set.symbols.end());
    s.mutable_timeframes()->Assign(set.timeframes.begin(), set.timeframes.end());
    for (const size_t number : set.features) {
      s.add_features(config_.definitions[number].name);
    }
    s.set_history(set.history);
    s.set_sample_ms(set.of_quotes ? set.sample.millis() : 0);
    s.set_stale_ms(set.stale.millis());
  }
  return out;
}

}  // namespace tw::features
