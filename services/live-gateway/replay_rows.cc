#include "services/live-gateway/replay_rows.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kNameMax = 64;

absl::Status CheckName(std::string_view field, const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (name.empty() || name.size() > kNameMax || !plain) {
    return FieldError(field, "must be 1 to 64 of letters, digits, '.', '_' and '-'");
  }
  return absl::OkStatus();
}

const char* FaultOfEvent(const v1::FeedEvent& event) {
  switch (event.body_case()) {
    case v1::FeedEvent::BODY_NOT_SET: return "the event has no body";
    case v1::FeedEvent::kReplayEnd:
    case v1::FeedEvent::kStatistics:
    case v1::FeedEvent::kConsolidated: return "an event of this kind is not played";
    default: break;
  }
  if (!event.symbol().empty() && !CheckName("symbol", event.symbol()).ok()) {
    return "the symbol must be of letters, digits, '.', '_' and '-'";
  }
  if (!event.venue().empty() && event.venue() != "*" && !CheckName("venue", event.venue()).ok()) {
    return "the venue must be of letters, digits, '.', '_' and '-'";
  }
  return nullptr;
}

const char* FaultOf(const v1::RecordedRow& row, bool symbol_known) {
  if (row.time_ns() <= 0) {
    return "time_ns is not set";
  }
  if (!symbol_known && row.event().symbol().empty()) {
    return "neither it nor start names a symbol";
  }
  if (row.has_event()) {
    return FaultOfEvent(row.event());
  }
  if (row.is_trade()) {
    return row.price_e8() > 0 && row.quantity_e8() > 0 ? nullptr
                                                       : "a trade needs a price and a quantity";
  }
  if (row.bid_e8() < 0 || row.bid_size_e8() < 0 || row.ask_e8() < 0 || row.ask_size_e8() < 0) {
    return "a side is negative";
  }
  return row.bid_e8() > 0 || row.ask_e8() > 0 ? nullptr : "a quote needs a bid or an ask";
}

}  // namespace

absl::Status ReplayRows::Begin(const v1::ReplayStart& start) {
  TW_RETURN_IF_ERROR(CheckName("start.name", start.name()));
  if (!start.symbol().empty()) {
    TW_RETURN_IF_ERROR(CheckName("start.symbol", start.symbol()));
  }
  venue_ = "REPLAY:" + start.name();
  symbol_ = start.symbol();
  return absl::OkStatus();
}

absl::Status ReplayRows::Check(const v1::ReplayRequest& request) const {
  uint64_t last = last_source_seq_;
  std::set<Market> markets;
  for (const v1::RecordedRow& row : request.rows()) {
    if (row.source_seq() <= last) {
      return FieldError("rows", "source_seq " + std::to_string(row.source_seq()) + " after " +
                                    std::to_string(last) + ": numbers must grow");
    }
    if (const char* fault = FaultOf(row, !symbol_.empty()); fault != nullptr) {
      return FieldError("rows", "row " + std::to_string(row.source_seq()) + ": " + fault);
    }
    last = row.source_seq();
    if (row.has_event()) {
      markets.insert(MarketOf(row));
    }
  }
  for (const auto& [market, totals] : markets_) {
    markets.insert(market);
  }
  if (markets.size() > kMarketsMax) {
    return FieldError("rows", "are of more than " + std::to_string(kMarketsMax) +
                                  " venues and symbols: play fewer at a time");
  }
  return absl::OkStatus();
}

ReplayRows::Market ReplayRows::MarketOf(const v1::RecordedRow& row) const {
  const std::string& symbol = row.event().symbol();
  const std::string& venue = row.event().venue();
  return {venue.empty() || venue == "*" ? venue_ : venue_ + ":" + venue,
          symbol.empty() ? symbol_ : symbol};
}

v1::FeedEvent ReplayRows::Event(const v1::RecordedRow& row, Timestamp now) {
  last_source_seq_ = row.source_seq();
  Market market = MarketOf(row);
  v1::FeedEvent event;
  if (row.has_event()) {
    event = row.event();
    event.set_snapshot(false);
  } else if (row.is_trade()) {
    event.mutable_trade()->set_price_e8(row.price_e8());
    event.mutable_trade()->set_quantity_e8(row.quantity_e8());
  } else {
    v1::QuoteTick& quote = *event.mutable_quote();
    quote.set_bid_e8(row.bid_e8());
    quote.set_bid_size_e8(row.bid_size_e8());
    quote.set_ask_e8(row.ask_e8());
    quote.set_ask_size_e8(row.ask_size_e8());
  }
  event.set_venue(market.first);
  event.set_symbol(market.second);
  event.set_source_seq(row.source_seq());
  event.set_venue_time_ns(row.time_ns());
  if (event.receive_time_ns() == 0) {
    event.set_receive_time_ns(now.ns);  // the recording does not say when it was received
  }
  event.set_recorded(true);
  Totals& totals = markets_[std::move(market)];
  totals.last_time_ns = row.time_ns();
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: ++totals.trades; break;
    case v1::FeedEvent::kQuote: ++totals.quotes; break;
    case v1::FeedEvent::kBook:
    case v1::FeedEvent::kBookDelta:
    case v1::FeedEvent::kOrders:
    case v1::FeedEvent::kOrderBook: ++totals.books; break;
    case v1::FeedEvent::kBar: ++totals.bars; break;
    default: ++totals.others; break;
  }
  return event;
}

// An event that follows the market's last row.
v1::FeedEvent ReplayRows::Behind(const Market& market, const Totals& totals, Timestamp now) const {
  v1::FeedEvent event;
  event.set_venue(market.first);
  event.set_symbol(market.second);
  event.set_source_seq(last_source_seq_ + 1);
  event.set_venue_time_ns(totals.last_time_ns);
  event.set_receive_time_ns(now.ns);
  event.set_recorded(true);
  return event;
}

std::vector<v1::FeedEvent> ReplayRows::BrokenOff(Timestamp now) const {
  std::vector<v1::FeedEvent> out;
  for (const auto& [market, totals] : markets_) {
    v1::FeedGap& gap = *out.emplace_back(Behind(market, totals, now)).mutable_gap();
    gap.set_from_seq(last_source_seq_ + 1);
    gap.set_reason("replay_broken_off");
  }
  return out;
}

std::vector<v1::FeedEvent> ReplayRows::End(Timestamp now) const {
  std::vector<v1::FeedEvent> out;
  const auto add = [&](const Market& market, const Totals& totals) {
    v1::ReplayEnd& end = *out.emplace_back(Behind(market, totals, now)).mutable_replay_end();
    end.set_trades(totals.trades);
    end.set_quotes(totals.quotes);
    end.set_books(totals.books);
    end.set_bars(totals.bars);
    end.set_others(totals.others);
  };
  for (const auto& [market, totals] : markets_) {
    add(market, totals);
  }
  if (markets_.empty()) {
    add({venue_, symbol_}, {});
  }
  return out;
}

v1::ReplayProgress ReplayRows::Progress(bool done) const {
  v1::ReplayProgress progress;
  Totals sum;
  for (const auto& [market, totals] : markets_) {
    sum.trades += totals.trades;
    sum.quotes += totals.quotes;
    sum.books += totals.books;
    sum.bars += totals.bars;
    sum.others += totals.others;
  }
  progress.set_rows(sum.trades + sum.quotes + sum.books + sum.bars + sum.others);
  progress.set_trades(sum.trades);
  progress.set_quotes(sum.quotes);
  progress.set_books(sum.books);
  progress.set_bars(sum.bars);
  progress.set_others(sum.others);
  progress.set_done(done);
  return progress;
}

}  // namespace tw::live_gateway
