// CacheState, its outgoing side: what is asked for, as of now.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/market.h"
#include "services/hot-cache/convert.h"
#include "services/hot-cache/state.h"

namespace tw::hot_cache {
namespace {

constexpr int kLimitDefault = 100;
constexpr int kLimitMax = 1'000;
constexpr int kDepthMax = 100;

absl::StatusOr<size_t> ReadLimit(int limit) {
  if (limit < 0 || limit > kLimitMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  return static_cast<size_t>(limit == 0 ? kLimitDefault : limit);
}

absl::Status NoLiveData(const std::string& symbol) {
  return absl::UnavailableError("no live data of " + symbol + " at the moment");
}

}  // namespace

absl::Status CacheState::CheckSymbol(const std::string& symbol) const {
  if (symbol.empty()) {
    return FieldError("symbol", "is required");
  }
  return instruments_.Find(symbol) != nullptr
             ? absl::OkStatus()
             : absl::NotFoundError("unknown symbol " + symbol.substr(0, 64));
}

absl::Status CacheState::CheckInterval(const char* field, const std::string& interval) const {
  return options_.intervals.Find(interval)
             ? absl::OkStatus()
             : FieldError(field, "must be " + options_.intervals.Names());
}

v1::ListInstrumentsResponse CacheState::Instruments(
    const v1::ListInstrumentsRequest& request) const {
  v1::ListInstrumentsResponse out;
  const std::string query = absl::AsciiStrToLower(request.query());
  for (const Instrument& instrument : instruments_.list()) {
    if (absl::StrContains(absl::AsciiStrToLower(instrument.symbol), query) ||
        absl::StrContains(absl::AsciiStrToLower(instrument.description), query)) {
      *out.add_instruments() = Encode(instrument);
    }
  }
  return out;
}

v1::ListTickersResponse CacheState::Tickers(Timestamp now) const {
  v1::ListTickersResponse out;
  const std::lock_guard lock(mutex_);
  for (const Instrument& instrument : instruments_.list()) {
    bool aged = false;
    const TickerEntry* const entry = tickers_.Find(instrument.symbol, now, aged);
    if (entry != nullptr) {
      *out.add_tickers() =
          Public(instrument.symbol, *entry, aged || StaleSymbol(instrument.symbol));
    }
  }
  return out;
}

absl::StatusOr<v1::Ticker> CacheState::Ticker(const std::string& symbol, Timestamp now) const {
  TW_RETURN_IF_ERROR(CheckSymbol(symbol));
  const std::lock_guard lock(mutex_);
  bool aged = false;
  const TickerEntry* const entry = tickers_.Find(symbol, now, aged);
  if (entry == nullptr) {
    return NoLiveData(symbol);
  }
  return Public(symbol, *entry, aged || StaleSymbol(symbol));
}

absl::StatusOr<v1::OrderBook> CacheState::Book(const v1::GetOrderBookRequest& request,
                                               Timestamp now) const {
  TW_RETURN_IF_ERROR(CheckSymbol(request.symbol()));
  if (request.depth() < 0 || request.depth() > kDepthMax) {
    return FieldError("depth", "must be 1 to 100");
  }
  const std::lock_guard lock(mutex_);
  bool aged = false;
  const BookEntry* const entry = books_.Find(request.symbol(), now, aged);
  if (entry == nullptr) {
    return NoLiveData(request.symbol());
  }
  return Public(request.symbol(), *entry, request.depth(), aged || StaleSymbol(request.symbol()));
}

absl::StatusOr<v1::ListMarketTradesResponse> CacheState::Trades(
    const v1::ListMarketTradesRequest& request, Timestamp now) const {
  TW_RETURN_IF_ERROR(CheckSymbol(request.symbol()));
  TW_ASSIGN_OR_RETURN(const size_t limit, ReadLimit(request.limit()));
  v1::ListMarketTradesResponse out;
  const std::lock_guard lock(mutex_);
  bool aged = false;
  const auto* const trades = trades_.Find(request.symbol(), now, aged);
  if (trades == nullptr) {
    return out;
  }
  const size_t skip = trades->size() - std::min(limit, trades->size());
  for (size_t i = skip; i < trades->size(); ++i) {
    *out.add_trades() = (*trades)[i];
  }
  return out;
}

absl::StatusOr<v1::ListBarsResponse> CacheState::Bars(const v1::ListBarsRequest& request,
                                                      Timestamp now) const {
  TW_RETURN_IF_ERROR(CheckInterval("timeframe", request.timeframe()));
  TW_ASSIGN_OR_RETURN(const size_t limit, ReadLimit(request.limit()));
  const std::string& venue = request.venue().empty() ? options_.live_venue : request.venue();
  v1::ListBarsResponse out;
  const std::lock_guard lock(mutex_);
  bool aged = false;
  const BarSeries* const series =
      bars_.Find({venue, {request.symbol(), request.timeframe()}}, now, aged);
  if (series == nullptr) {
    // A live symbol that has not traded yet has no bars; anything else is not known here.
    TW_RETURN_IF_ERROR(CheckSymbol(request.symbol()));
    if (venue != options_.live_venue) {
      return absl::NotFoundError("no bars of " + venue.substr(0, 256) + " " + request.symbol());
    }
    return out;
  }
  for (const Bar& bar : series->Newest(limit)) {
    *out.add_bars() = Encode(bar);
  }
  return out;
}

v1::ListPositionsResponse CacheState::Positions(const v1::ListPositionsRequest& request,
                                                Timestamp now) const {
  v1::ListPositionsResponse out;
  const auto add = [&](const v1::Pnl& pnl, bool aged) {
    for (const v1::Position& position : pnl.positions()) {
      if (request.symbol().empty() || position.symbol() == request.symbol()) {
        v1::Position& added = *out.add_positions();
        added = position;
        added.set_mark_stale(position.mark_stale() || aged);
      }
    }
    out.set_ledger_sequence(std::max(out.ledger_sequence(), pnl.ledger_sequence()));
  };
  const std::lock_guard lock(mutex_);
  if (request.account().empty()) {
    positions_.ForEach(now,
                       [&](const std::string&, const v1::Pnl& pnl, bool aged) { add(pnl, aged); });
    return out;
  }
  bool aged = false;
  const v1::Pnl* const pnl = positions_.Find(request.account(), now, aged);
  if (pnl != nullptr) {
    add(*pnl, aged);
  }
  return out;
}

void CacheState::Begin(
    Timestamp now, const std::function<void(const std::vector<fanout::UpdatePtr>&)>& join) const {
  std::vector<fanout::UpdatePtr> out;
  const auto add = [&](v1::MarketDataUpdate update) {
    out.push_back(std::make_shared<const fanout::Update>(std::move(update)));
  };
  const std::lock_guard lock(mutex_);
  for (const Instrument& instrument : instruments_.list()) {
    const std::string& symbol = instrument.symbol;
    bool aged = false;
    if (const TickerEntry* const entry = tickers_.Peek(symbol, now, aged)) {
      v1::MarketDataUpdate update = NewUpdate(symbol);
      *update.mutable_ticker() = Public(symbol, *entry, aged || StaleSymbol(symbol));
      add(std::move(update));
    }
    if (const BookEntry* const entry = books_.Peek(symbol, now, aged)) {
      v1::MarketDataUpdate update = NewUpdate(symbol);
      *update.mutable_book() = Public(symbol, *entry, kBookDepthMax, aged || StaleSymbol(symbol));
      add(std::move(update));
    }
    for (size_t i = 0; i < options_.intervals.size(); ++i) {
      const std::string& name = options_.intervals[i].name;
      const BarSeries* const series = bars_.Peek({options_.live_venue, {symbol, name}}, now, aged);
      if (series != nullptr && series->size() > 0) {
        v1::MarketDataUpdate update = NewUpdate(symbol);
        update.mutable_bar()->set_timeframe(name);
        *update.mutable_bar()->mutable_bar() = Encode(series->Newest(1).front());
        add(std::move(update));
      }
    }
  }
  join(out);
}

CacheState::Counts CacheState::counts(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  Counts out{.tickers = tickers_.counts(),
             .books = books_.counts(),
             .trades = trades_.counts(),
             .bars = bars_.counts(),
             .positions = positions_.counts()};
  out.bytes = budget_.bytes;
  out.entries = tickers_.size() + books_.size() + trades_.size() + bars_.size() + positions_.size();
  for (const Instrument& instrument : instruments_.list()) {
    bool aged = false;
    if (tickers_.Peek(instrument.symbol, now, aged) != nullptr) {
      ++out.live_tickers;
      out.stale_tickers += aged || StaleSymbol(instrument.symbol) ? 1 : 0;
    }
  }
  out.refused = refused_;
  return out;
}

}  // namespace tw::hot_cache
