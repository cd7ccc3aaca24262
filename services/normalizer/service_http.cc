// NormalizerService, what people and pollers ask of it: bars, best quotes, checks, figures.
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/field_error.h"
#include "libs/convert/market.h"
#include "libs/json/json.h"
#include "services/normalizer/service.h"

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

constexpr Duration kRecently = Duration::Seconds(60);
constexpr int kBarsDefault = 100;

absl::StatusOr<size_t> ReadLimit(const http::Request& request, size_t most) {
  v1::ListBarsRequest query;
  const absl::Status read = json::FromParams(request.query, &query);
  if (!read.ok()) {
    return read;
  }
  if (query.limit() < 0 || static_cast<size_t>(query.limit()) > most) {
    return FieldError("limit", "must be 1 to " + std::to_string(most));
  }
  return static_cast<size_t>(query.limit() == 0 ? kBarsDefault : query.limit());
}

nlohmann::json QuoteJson(const Level& bid, const Level& ask) {
  nlohmann::json out;
  for (const auto& [name, level] : {std::pair("bid", &bid), std::pair("ask", &ask)}) {
    const bool is = !level->price.IsZero();
    out[name] = is ? nlohmann::json(level->price.ToString()) : nlohmann::json();
    out[std::string(name) + "_size"] =
        is ? nlohmann::json(level->size.ToString()) : nlohmann::json();
  }
  return out;
}

// {"bid","bid_size","bid_venue",...,"venues":[{"venue","bid",...,"stale","venue_time","receive_time"}]}
std::string BestJson(const NormalizerState::BestQuotes& best) {
  nlohmann::json out = QuoteJson(best.best.bid, best.best.ask);
  out["bid_venue"] = best.best.bid_venue;
  out["ask_venue"] = best.best.ask_venue;
  out["venues"] = nlohmann::json::array();
  for (const NormalizerState::VenueQuote& venue : best.venues) {
    nlohmann::json one = QuoteJson(venue.quote.bid, venue.quote.ask);
    one["venue"] = venue.venue;
    one["stale"] = venue.stale;
    one["venue_time"] = FormatRfc3339(venue.venue_time);
    one["receive_time"] = FormatRfc3339(venue.receive_time);
    out["venues"].push_back(std::move(one));
  }
  return out.dump();
}

}  // namespace

void NormalizerService::RegisterHttp() {
  context_->http.Get("/bars/{venue}/{symbol}/{interval}", [this](const http::Request& request) {
    const absl::StatusOr<size_t> limit = ReadLimit(request, options_.bars_max);
    if (!limit.ok()) {
      return http::ErrorResponse(limit.status());
    }
    const bool open = request.Query("open").value_or("") == "true";
    absl::StatusOr<std::vector<Bar>> bars;
    {
      const std::lock_guard lock(mutex_);
      bars = state_->Bars(std::string(request.Param("venue")), std::string(request.Param("symbol")),
                          std::string(request.Param("interval")), *limit, open);
    }
    if (!bars.ok()) {
      return http::ErrorResponse(bars.status());
    }
    v1::ListBarsResponse response;
    for (const Bar& bar : *bars) {
      v1::BarTick tick;
      EncodeBar("", bar, true, tick);
      *response.add_bars() = PublicBar(tick);
    }
    return http::Json(json::ToJsonArray(response.bars()));
  });
  context_->http.Get("/bbo/{symbol}", [this](const http::Request& request) {
    absl::StatusOr<NormalizerState::BestQuotes> best;
    {
      const std::lock_guard lock(mutex_);
      best = state_->Best(std::string(request.Param("symbol")));
    }
    return best.ok() ? http::Json(BestJson(*best)) : http::ErrorResponse(best.status());
  });
}

void NormalizerService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  const auto counts = [this] {
    const std::lock_guard lock(mutex_);
    return state_->counts();
  };
  ops.AddCheck("live_gateway_feed", [this] {
    const feed::Lag lag = lag_->Read(context_->clock.Now());
    return http::Check{
        .status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
        .reason = lag.reason,
        .lag_ms = lag.ms};
  });
  ops.AddCheck("books", [counts] {
    const NormalizerState::Counts c = counts();
    http::Check check;
    if (c.stale_books > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(c.stale_books) + " stale: " + c.stale_symbols;
    }
    return check;
  });
  const auto recent = [this](Timestamp last, uint64_t total, const char* what) {
    http::Check check;
    if (last.IsSet() && context_->clock.Now() - last < kRecently) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(total) + what + ", the last within a minute";
    }
    return check;
  };
  ops.AddCheck("gaps", [counts, recent] {
    const NormalizerState::Counts c = counts();
    return recent(c.last_gap, c.gaps, " gaps since the start");
  });
  ops.AddCheck("late_ticks", [counts, recent] {
    const NormalizerState::Counts c = counts();
    return recent(c.last_late, c.late, " trades came after their bar had closed");
  });
  ops.SetStats([this, counts] {
    const NormalizerState::Counts c = counts();
    return "{\"events\":" + std::to_string(c.events) +
           ",\"published\":" + std::to_string(server_->head()) +
           ",\"readers\":" + std::to_string(server_->readers()) +
           ",\"gaps\":" + std::to_string(c.gaps) +
           ",\"duplicates\":" + std::to_string(c.duplicates) +
           ",\"late_ticks\":" + std::to_string(c.late) +
           ",\"crossed_quotes\":" + std::to_string(c.crossed_quotes) +
           ",\"locked_quotes\":" + std::to_string(c.locked_quotes) +
           ",\"halted\":" + std::to_string(c.halted) +
           ",\"partial_bars\":" + std::to_string(c.partial_bars) +
           ",\"stale_books\":" + std::to_string(c.stale_books) + "}";
  });
  context_->registry.OnText([this] {
    const std::lock_guard lock(mutex_);
    metrics_->Show(state_->counts(), server_->head());
  });
}

}  // namespace tw::normalizer
