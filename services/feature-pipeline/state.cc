#include "services/feature-pipeline/state.h"

#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/convert/timestamps.h"

namespace tw::features {

namespace v1 = tradewind::v1;

namespace {

constexpr std::string_view kDefaultTimeframe = "1m";

Quantity SumOfBest(const google::protobuf::RepeatedPtrField<v1::Level>& levels) {
  Quantity sum;
  for (int i = 0; i < std::min(levels.size(), static_cast<int>(kImbalanceLevels)); ++i) {
    sum = Quantity::SaturatingAdd(sum, Quantity::FromE8(levels[i].size_e8()));
  }
  return sum;
}

std::string Names(const std::vector<FeatureValue>& values) {
  std::string out;
  for (const FeatureValue& value : values) {
    out += (out.empty() ? "" : ", ") + std::string(value.name);
  }
  return out;
}

void Encode(const FeatureValue& value, v1::FeatureSet& out) {
  v1::Feature& feature = *out.add_features();
  feature.set_name(std::string(value.name));
  feature.set_value(value.value);
  feature.set_ready(value.ready);
}

}  // namespace

FeatureState::FeatureState(const Instruments& instruments, std::string venue)
    : venue_(std::move(venue)) {
  for (const Instrument& instrument : instruments.list()) {
    symbols_[instrument.symbol];
  }
}

bool FeatureState::Apply(const v1::FeedEvent& event, Symbol& symbol) {
  if (event.has_bar()) {
    const std::optional<size_t> interval = normalizer::FindInterval(event.bar().interval());
    return event.bar().closed() && interval &&
           symbol.bars[*interval].Add(Timestamp{event.bar().start_ns()},
                                      Price::FromE8(event.bar().close_e8()));
  }
  if (event.has_quote()) {
    const v1::QuoteTick& quote = event.quote();
    symbol.quotes.OnQuote({Price::FromE8(quote.bid_e8()), Quantity::FromE8(quote.bid_size_e8()),
                           Price::FromE8(quote.ask_e8()), Quantity::FromE8(quote.ask_size_e8())});
    return true;
  }
  if (event.has_book()) {
    symbol.quotes.OnBook(SumOfBest(event.book().bids()), SumOfBest(event.book().asks()));
    return true;
  }
  if (event.has_book_state() && event.book_state().stale()) {
    symbol.quotes.OnStale();
  }
  return false;
}

bool FeatureState::OnFeedEvent(const v1::FeedEvent& event, Timestamp received) {
  if (event.recorded() || event.venue() != venue_) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  const auto it = symbols_.find(event.symbol());
  if (it == symbols_.end() || !Apply(event, it->second)) {
    return false;
  }
  Symbol& symbol = it->second;
  symbol.time = std::max(symbol.time, Timestamp{event.venue_time_ns()});
  symbol.received = received;
  return true;
}

void FeatureState::OnFeedLost() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, symbol] : symbols_) {
    symbol.quotes.OnStale();
  }
}

absl::StatusOr<v1::FeatureSet> FeatureState::Features(const v1::GetFeaturesRequest& request,
                                                      Timestamp now) const {
  const std::string timeframe =
      request.timeframe().empty() ? std::string(kDefaultTimeframe) : request.timeframe();
  const std::optional<size_t> interval = normalizer::FindInterval(timeframe);
  if (!interval) {
    return FieldError("timeframe", "must be 1s, 1m, 5m, 15m, 1h or 1d");
  }
  const std::lock_guard lock(mutex_);
  const auto it = symbols_.find(request.symbol());
  if (it == symbols_.end()) {
    return absl::NotFoundError("no instrument " + request.symbol());
  }
  const Symbol& symbol = it->second;
  std::vector<FeatureValue> values = symbol.bars[*interval].Values();
  const std::vector<FeatureValue> quotes = symbol.quotes.Values();
  values.insert(values.end(), quotes.begin(), quotes.end());

  v1::FeatureSet out;
  out.set_symbol(request.symbol());
  out.set_timeframe(timeframe);
  out.set_age_ms(symbol.received.IsSet() ? (now - symbol.received).millis() : -1);
  if (symbol.time.IsSet()) {
    ToTimestamp(symbol.time, out.mutable_timestamp());
  }
  for (const std::string& name : request.names()) {
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const FeatureValue& v) { return v.name == name; });
    if (value == values.end()) {
      return FieldError("names", "no feature " + name + "; there are " + Names(values));
    }
    Encode(*value, out);
  }
  if (request.names().empty()) {
    for (const FeatureValue& value : values) {
      Encode(value, out);
    }
  }
  return out;
}

FeatureState::Counts FeatureState::counts(Timestamp since) const {
  Counts counts;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, symbol] : symbols_) {
    for (const BarFeatures& bars : symbol.bars) {
      counts.bars += bars.bars();
    }
    if (symbol.received < since) {
      ++counts.silent;
      counts.silent_one = name;
    }
  }
  return counts;
}

}  // namespace tw::features
