#include "services/execution-quality/state.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "libs/base/field_error.h"
#include "services/execution-quality/convert.h"

namespace tw::eq {

namespace v1 = tradewind::v1;

QualityState::QualityState(const Instruments& instruments, QualityLimits limits)
    : quality_(limits) {
  for (const Instrument& instrument : instruments.list()) {
    benchmarks_[instrument.symbol];
  }
}

void QualityState::Restore(Timestamp now, Sighting sighting) {
  const std::scoped_lock lock(change_mutex_, mutex_);
  if (const auto* const seen = std::get_if<SecondSeen>(&sighting.what)) {
    if (const auto it = benchmarks_.find(seen->symbol); it != benchmarks_.end()) {
      it->second.Restore(now, seen->second);
    }
  } else {
    restored_.push_back(std::move(sighting));
  }
}

bool QualityState::OnLedgerEvent(const v1::LedgerEvent& event) {
  if (event.kind() == v1::ORDER_EVENT_KIND_OPENING_IMPORTED) {
    return false;  // of no order
  }
  const OrderChange change = DecodeChange(event);
  const std::scoped_lock lock(change_mutex_, mutex_);
  const bool fresh = quality_.Apply(change);
  for (; !restored_.empty() && restored_.front().after <= quality_.sequence();
       restored_.pop_front()) {
    quality_.Apply(restored_.front());
  }
  return fresh;
}

size_t QualityState::OnCaughtUp() {
  const std::lock_guard change(change_mutex_);
  return std::exchange(restored_, {}).size();
}

void QualityState::See(Timestamp now, const Keep& keep) {
  const std::lock_guard change(change_mutex_);
  std::vector<Sighting> seen;
  {
    const std::lock_guard lock(mutex_);
    if (restored_.empty()) {
      seen = quality_.Due(now, [this](const std::string& symbol) { return MidOfSymbol(symbol); });
    }
    for (auto& [symbol, benchmarks] : benchmarks_) {
      for (const MarketSecond& second : benchmarks.TakeFinished(now)) {
        seen.push_back({quality_.sequence(), SecondSeen{symbol, second}});
      }
    }
  }
  if (seen.empty()) {
    return;
  }
  seen.resize(std::min(keep(seen), seen.size()));
  const std::lock_guard lock(mutex_);
  for (const Sighting& each : seen) {
    quality_.Apply(each);
  }
}

bool QualityState::Summarize(const std::function<void(const std::vector<Sighting>&)>& use) const {
  const std::lock_guard change(change_mutex_);
  if (!restored_.empty()) {
    return false;
  }
  std::vector<Sighting> seen = quality_.Seen();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [symbol, benchmarks] : benchmarks_) {
      for (const MarketSecond& second : benchmarks.Finished()) {
        seen.push_back({quality_.sequence(), SecondSeen{symbol, second}});
      }
    }
  }
  use(seen);
  return true;
}

std::optional<Price> QualityState::MidOfSymbol(const std::string& symbol) const {
  const auto it = benchmarks_.find(symbol);
  return it == benchmarks_.end() ? std::nullopt : it->second.mid();
}

void QualityState::OnFeedEvent(const v1::FeedEvent& event, Timestamp received) {
  if (event.recorded()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto it = benchmarks_.find(event.symbol());
  if (it == benchmarks_.end()) {
    return;
  }
  if (event.has_trade() && !event.snapshot()) {  // a snapshot's trades were counted or are too old
    const Price price = Price::FromE8(event.trade().price_e8());
    const Quantity quantity = Quantity::FromE8(event.trade().quantity_e8());
    if (price > Price() && quantity > Quantity()) {
      it->second.OnTrade(received, price, quantity);
    }
  } else if (event.has_quote()) {
    const auto mid =
        MidOf(Price::FromE8(event.quote().bid_e8()), Price::FromE8(event.quote().ask_e8()));
    mid ? it->second.OnMid(received, *mid) : it->second.OnNoMid(received);
  } else if (event.has_book_state() && event.book_state().stale()) {
    it->second.OnNoMid(received);
  }
}

void QualityState::OnFeedLost(Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (auto& [symbol, benchmarks] : benchmarks_) {
    benchmarks.OnNoMid(now);
  }
}

void QualityState::OnTime(Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (auto& [symbol, benchmarks] : benchmarks_) {
    benchmarks.OnTime(now);
  }
}

absl::StatusOr<v1::OrderQuality> QualityState::Order(const std::string& order_id) const {
  const std::optional<OrderId> id = OrderId::Parse(order_id);
  if (!id) {
    return FieldError("order_id", "must look like 3-1042");
  }
  const std::lock_guard lock(mutex_);
  const OrderRecord* const order = quality_.Find(*id);
  if (order == nullptr) {
    return absl::NotFoundError("no approved order " + order_id + " in memory");
  }
  return EncodeOrder(*order);
}

v1::ListVenueQualityResponse QualityState::Venues() const {
  v1::ListVenueQualityResponse out;
  const std::lock_guard lock(mutex_);
  for (const VenueView& venue : quality_.Venues()) {
    *out.add_venues() = EncodeVenue(venue);
  }
  return out;
}

absl::StatusOr<v1::Benchmarks> QualityState::BenchmarksOf(const std::string& symbol,
                                                          Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto it = benchmarks_.find(symbol);
  if (it == benchmarks_.end()) {
    return absl::NotFoundError("no instrument " + symbol);
  }
  return EncodeBenchmarks(symbol, it->second.View(now));
}

QualityState::Counts QualityState::counts() const {
  const std::lock_guard lock(mutex_);
  return {.sequence = quality_.sequence(),
          .orders = quality_.size(),
          .forgotten = quality_.forgotten()};
}

}  // namespace tw::eq
