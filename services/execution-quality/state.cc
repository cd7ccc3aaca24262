#include "services/execution-quality/state.h"

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

bool QualityState::OnLedgerEvent(const v1::LedgerEvent& event, Timestamp now) {
  if (event.kind() == v1::ORDER_EVENT_KIND_OPENING_IMPORTED) {
    return false;  // of no order
  }
  const std::lock_guard lock(mutex_);
  const OrderChange change = DecodeChange(event);
  const bool is_live = now - change.time <= kSeenLive;
  return quality_.Apply(change, is_live ? MidOfSymbol(change.symbol) : std::nullopt);
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
  quality_.OnTime(now, [this](const std::string& symbol) { return MidOfSymbol(symbol); });
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
