// NormalizerState, its books and quotes: level 1, 2 and 3, whether they can be trusted, whether the
// market trades, and the best of all venues.
#include <algorithm>
#include <optional>
#include <utility>

#include "services/normalizer/state.h"

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

constexpr const char* kConsolidatedVenue = "CONSOLIDATED";

v1::TradingPhase PhaseOf(calendar::Phase phase) {
  switch (phase) {
    case calendar::Phase::kClosed: return v1::TRADING_PHASE_CLOSED;
    case calendar::Phase::kPreOpen: return v1::TRADING_PHASE_PRE_OPEN;
    case calendar::Phase::kOpen: return v1::TRADING_PHASE_OPEN;
    case calendar::Phase::kPostClose: return v1::TRADING_PHASE_POST_CLOSE;
  }
  return v1::TRADING_PHASE_UNSPECIFIED;
}

bool Suspends(v1::TradingPhase phase) {
  return phase == v1::TRADING_PHASE_HALTED || phase == v1::TRADING_PHASE_AUCTION ||
         phase == v1::TRADING_PHASE_CLOSED;
}

Quote TopOf(const BookBuilder& book) {
  Quote quote;
  for (const Level& level : book.Best(true, 1)) {
    quote.bid = level;
  }
  for (const Level& level : book.Best(false, 1)) {
    quote.ask = level;
  }
  return quote;
}

}  // namespace

void NormalizerState::OnQuote(Market& market,
                              const v1::FeedEvent& event,
                              Timestamp now,
                              Events& out) {
  market.has_quote = true;
  market.top.OnQuote(DecodeQuote(event.quote()), {event.venue_time_ns()}, now);
  out.push_back(event);
  if (!market.has_book) {
    PublishBookState(market, now, out);
  }
  Consolidate(market);
}

bool NormalizerState::ApplyBook(Market& market, const v1::FeedEvent& event, Timestamp now) {
  switch (event.body_case()) {
    case v1::FeedEvent::kBook: return market.book.OnSnapshot(DecodeSnapshot(event.book()), now);
    case v1::FeedEvent::kBookDelta:
      return market.book.OnDelta(DecodeDelta(event.book_delta()), now);
    case v1::FeedEvent::kOrderBook:
      return market.orders.OnSnapshot(DecodeOrders(event.order_book()), market.book, now);
    default: return market.orders.OnDelta(DecodeOrders(event.orders()), market.book, now);
  }
}

void NormalizerState::OnBook(Market& market,
                             const v1::FeedEvent& event,
                             Timestamp now,
                             Events& out) {
  market.has_book = true;
  market.book_events += event.snapshot() ? 0 : 1;
  const bool was_whole = !market.book.NeedsSnapshot();
  const uint64_t last_update = market.book.last_update();
  const bool changed = ApplyBook(market, event, now);
  if (event.snapshot() && event.source_seq() > market.head.source_seq()) {
    market.head = HeadOf(event);
  }
  if (was_whole && market.book.stale() == StaleReason::kGap) {
    ++counts_.gaps;
    counts_.last_gap = now;
    const uint64_t first =
        event.has_orders() ? event.orders().first_update() : event.book_delta().first_update();
    out.push_back(MakeGap(market.origin, market.head,
                          {last_update + 1, first > last_update + 1 ? first - 1 : 0, "book"}));
  }
  market.book_out.dirty = market.book_out.dirty || changed;
  PublishBookState(market, now, out);
  if (changed) {
    PublishBestOfBook(market, out);
  }
  PublishHeld(market, now, out);
  Consolidate(market);
}

// A quote of a source that sends none of its own, when its best has changed. A live one that has
// sent a single book may yet.
void NormalizerState::PublishBestOfBook(Market& market, Events& out) {
  if (market.has_quote || StaleOf(market) != StaleReason::kNone ||
      (!market.origin.recorded && market.book_events < 2)) {
    return;
  }
  const Quote best = BestOf(market);
  if (best == market.shown) {
    return;
  }
  market.shown = best;
  EncodeQuote(best, *out.emplace_back(MakeEvent(market.origin, market.head)).mutable_quote());
}

void NormalizerState::OnStatus(Market& market,
                               const v1::FeedEvent& event,
                               Timestamp now,
                               Events& out) {
  market.venue_status = event.status();
  if (event.status().phase() == v1::TRADING_PHASE_OPEN && market.sessions != nullptr) {
    market.venue_status.Clear();  // trades as its calendar says
  }
  SetPhase(market, now, out);
}

void NormalizerState::OnMarketTime(Market& market, Timestamp t, Timestamp now, Events& out) {
  if (market.sessions == nullptr || t < market.segment.end) {
    return;  // phases only follow each other: a late event does not bring an earlier one back
  }
  market.segment = market.sessions->At(t);
  SetPhase(market, now, out);
}

void NormalizerState::SetPhase(Market& market, Timestamp now, Events& out) {
  const bool by_venue = market.venue_status.phase() != v1::TRADING_PHASE_UNSPECIFIED;
  const v1::TradingPhase phase =
      by_venue ? market.venue_status.phase() : PhaseOf(market.segment.phase);
  if (phase == market.phase) {
    return;
  }
  counts_.halts += phase == v1::TRADING_PHASE_HALTED ? 1 : 0;
  market.phase = phase;
  v1::TradingStatus& status =
      *out.emplace_back(MakeEvent(market.origin, market.head)).mutable_status();
  status.set_phase(phase);
  status.set_reason(by_venue ? market.venue_status.reason() : "calendar");
  if (market.sessions != nullptr && market.segment.end > now) {
    status.set_next_change_ns(market.segment.end.ns);
  }
  market.book.Suspend(Suspends(phase), now);
  market.top.Suspend(Suspends(phase), now);
  PublishBookState(market, now, out);
  Consolidate(market);
}

// What is shown of it to others: a book that lost its place, then a market that does not trade,
// then what its book or its quotes say of themselves.
StaleReason NormalizerState::StaleOf(const Market& market) {
  if (market.has_book && market.book.NeedsSnapshot()) {
    return market.book.stale();
  }
  if (Suspends(market.phase)) {
    return market.phase == v1::TRADING_PHASE_CLOSED ? StaleReason::kClosed : StaleReason::kHalted;
  }
  return market.has_book ? market.book.stale() : market.top.stale();
}

// The source's own quote, where it sends them; else the best of its book.
Quote NormalizerState::BestOf(const Market& market) {
  if (market.has_quote) {
    return market.top.quote();
  }
  return TopOf(market.book);
}

void NormalizerState::PublishBookState(Market& market, Timestamp now, Events& out) {
  const StaleReason stale = StaleOf(market);
  if (!market.has_book || !market.book.NeedsSnapshot()) {
    market.needs_snapshot_since = {};
  } else if (!market.needs_snapshot_since.IsSet()) {
    market.needs_snapshot_since = now;
  }
  // Of a market of quotes alone it is told when they cannot be trusted, and when they can again.
  const bool quotes_only = !market.has_book && market.told == stale;
  if ((!market.has_book && !market.has_quote) || quotes_only ||
      (market.ever_told && stale == market.told)) {
    return;
  }
  const bool was_stale = market.ever_told && market.told != StaleReason::kNone;
  market.ever_told = true;
  market.told = stale;
  v1::FeedEvent event = MakeEvent(market.origin, market.head);
  event.mutable_book_state()->set_stale(stale != StaleReason::kNone);
  event.mutable_book_state()->set_reason(std::string(Name(stale)));
  out.push_back(std::move(event));
  if (stale != StaleReason::kNone) {
    ++counts_.book_stales;
  } else if (was_stale && !market.origin.recorded) {
    // Who left the quote aside while the book was stale needs one now; it is state, not news.
    // The book's best where there is one: a quote of before the healing may be older.
    const Quote best = market.has_book ? TopOf(market.book) : market.top.quote();
    v1::FeedEvent quote = MakeEvent(market.origin, market.head);
    EncodeQuote(best, *quote.mutable_quote());
    quote.set_snapshot(true);
    if (market.has_quote) {
      market.top.OnQuote(best, {market.head.venue_time_ns()}, now);
    }
    market.shown = best;
    out.push_back(std::move(quote));
  }
}

void NormalizerState::Consolidate(Market& market) {
  Symbol* const symbol = market.of_symbol;
  if (symbol == nullptr || symbol->markets.size() < 2) {
    return;  // of one venue, its own quote says it all
  }
  for (Market* const one : symbol->markets) {
    if ((one == &market || symbol->consolidator.known() < symbol->markets.size()) &&
        (one->has_book || one->has_quote)) {
      const bool counts = StaleOf(*one) == StaleReason::kNone;
      symbol->dirty |= symbol->consolidator.Update(
          one->origin.venue, counts ? std::optional<Quote>(BestOf(*one)) : std::nullopt);
    }
  }
}

void NormalizerState::PublishConsolidated(Timestamp now, Events& out) {
  for (auto& [name, symbol] : symbols_) {
    if (!symbol.dirty || now - symbol.last < options_.consolidated_period) {
      continue;
    }
    symbol.dirty = false;
    symbol.last = now;
    v1::FeedEvent& event = out.emplace_back();
    event.set_venue(kConsolidatedVenue);
    event.set_symbol(name);
    event.set_venue_time_ns(now.ns);
    event.set_receive_time_ns(now.ns);
    EncodeConsolidated(symbol.consolidator.best(), *event.mutable_consolidated());
  }
}

absl::StatusOr<NormalizerState::BestQuotes> NormalizerState::Best(const std::string& symbol) const {
  const auto it = symbols_.find(symbol);
  if (it == symbols_.end()) {
    return absl::NotFoundError("no live market of " + symbol);
  }
  BestQuotes out;
  Consolidator consolidator;
  for (const Market* market : it->second.markets) {
    if (market->has_book || market->has_quote) {
      const bool counts = StaleOf(*market) == StaleReason::kNone;
      consolidator.Update(market->origin.venue,
                          counts ? std::optional<Quote>(BestOf(*market)) : std::nullopt);
      out.venues.push_back({.venue = market->origin.venue,
                            .quote = BestOf(*market),
                            .stale = std::string(Name(StaleOf(*market))),
                            .venue_time = {market->head.venue_time_ns()},
                            .receive_time = {market->head.receive_time_ns()}});
    }
  }
  std::sort(out.venues.begin(), out.venues.end(),
            [](const VenueQuote& a, const VenueQuote& b) { return a.venue < b.venue; });
  out.best = consolidator.best();
  return out;
}

}  // namespace tw::normalizer
