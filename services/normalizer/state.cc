#include "services/normalizer/state.h"

#include <algorithm>
#include <limits>

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

v1::FeedEvent GapEvent(const Origin& origin,
                       const v1::FeedEvent& source,
                       uint64_t from,
                       uint64_t to,
                       const char* reason) {
  v1::FeedEvent event = MakeEvent(origin, source);
  event.mutable_gap()->set_from_seq(from);
  event.mutable_gap()->set_to_seq(to);
  event.mutable_gap()->set_reason(reason);
  return event;
}

// Names go into files and addresses.
bool Printable(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c != 0x7f; });
}

v1::FeedEvent HeadOf(const v1::FeedEvent& event) {
  v1::FeedEvent head;
  head.set_source_seq(event.source_seq());
  head.set_venue_time_ns(event.venue_time_ns());
  head.set_receive_time_ns(event.receive_time_ns());
  return head;
}

}  // namespace

NormalizerState::Market::Market(Origin o, const NormalizerOptions& options)
    : origin(std::move(o)),
      book(origin.recorded ? Duration{std::numeric_limits<int64_t>::max()}
                           : options.book_silence_max),
      bars(origin.recorded ? options.recorded_lateness : options.live_lateness) {}

NormalizerState::Market* NormalizerState::FindOrAdd(const v1::FeedEvent& event, Events& out) {
  Markets& markets = event.recorded() ? recorded_ : live_;
  const auto venue = markets.find(event.venue());
  if (venue != markets.end()) {
    const auto it = venue->second.find(event.symbol());
    if (it != venue->second.end()) {
      return it->second.get();
    }
  }
  if (event.recorded()) {
    if (recorded_count_ >= options_.recorded_markets_max) {
      DropStalestReplay(out);
    }
    ++recorded_count_;
  } else {
    if (live_count_ >= options_.live_markets_max || !Printable(event.venue()) ||
        !Printable(event.symbol())) {
      return nullptr;
    }
    ++live_count_;
  }
  auto market =
      std::make_unique<Market>(Origin{event.venue(), event.symbol(), event.recorded()}, options_);
  const auto number = restored_.find({event.venue(), event.symbol()});
  if (!event.recorded() && number != restored_.end()) {
    market->sequence = GapTracker(number->second);
  }
  return (markets[event.venue()][event.symbol()] = std::move(market)).get();
}

void NormalizerState::OnEvent(const v1::FeedEvent& event, Timestamp now, Events& out) {
  ++counts_.events;
  if (!FaultOf(event, now).empty()) {
    ++counts_.malformed;
    return;
  }
  if (event.has_replay_end()) {
    OnReplayEnd(event, out);
    return;
  }
  if (event.symbol().empty()) {
    out.push_back(event);  // a gap of a whole venue
    return;
  }
  Market* const market = FindOrAdd(event, out);
  if (market == nullptr) {
    ++counts_.refused;
    return;
  }
  market->touched = ++touches_;
  if (event.recorded()) {
    OnRecorded(*market, event, out);
  } else {
    OnLive(*market, event, now, out);
  }
}

void NormalizerState::OnHealingSnapshot(const v1::FeedEvent& event, Timestamp now, Events& out) {
  if (event.recorded() || !event.has_book() || !FaultOf(event, now).empty()) {
    return;
  }
  Market* const market = FindOrAdd(event, out);
  if (market != nullptr && market->book.NeedsSnapshot()) {
    OnBook(*market, event, now, out);
  }
}

// False: the event was seen before.
bool NormalizerState::CheckNumber(Market& market,
                                  const v1::FeedEvent& event,
                                  Timestamp now,
                                  Events& out) {
  const GapTracker::Result result = market.sequence.See(event.source_seq());
  switch (result.seen) {
    case Seen::kDuplicate: ++counts_.duplicates; return false;
    case Seen::kOutOfOrder: ++counts_.out_of_order; return true;
    case Seen::kGap:
    case Seen::kRestart:
      ++counts_.gaps;
      counts_.last_gap = now;
      market.bars.ObserveFrom({event.venue_time_ns()});
      out.push_back(GapEvent(market.origin, event, result.from, result.to,
                             result.seen == Seen::kGap ? "sequence" : "restart"));
      return true;
    default: return true;
  }
}

void NormalizerState::OnLive(Market& market,
                             const v1::FeedEvent& event,
                             Timestamp now,
                             Events& out) {
  if (!market.observed) {
    market.observed = true;
    market.bars.ObserveFrom({event.venue_time_ns()});
  }
  if (event.snapshot()) {
    if (event.has_book()) {
      OnBook(market, event, now, out);
    }
    return;
  }
  if (!CheckNumber(market, event, now, out)) {
    return;
  }
  market.head = HeadOf(event);
  market.book.OnMessage(now);
  closed_.clear();
  market.bars.Advance({event.venue_time_ns()}, closed_);
  PublishBars(market, closed_, out);
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: OnLiveTrade(market, event, now, out); break;
    case v1::FeedEvent::kQuote: OnQuote(market, event, out); break;
    case v1::FeedEvent::kBookDelta:
    case v1::FeedEvent::kBook: OnBook(market, event, now, out); break;
    default: out.push_back(event); break;
  }
}

void NormalizerState::OnLiveTrade(Market& market,
                                  const v1::FeedEvent& event,
                                  Timestamp now,
                                  Events& out) {
  out.push_back(event);
  const Trade trade = DecodeTrade(event);
  closed_.clear();
  if (market.bars.Add(trade, closed_) > 0) {
    ++counts_.late;
    counts_.last_late = now;
  }
  market.day.Add(trade);
  market.changed_bars |= market.bars.TakeChanged();
  market.bars_out.dirty = true;
  market.statistics_out.dirty = true;
  PublishHeld(market, now, out);
}

void NormalizerState::OnQuote(Market& market, const v1::FeedEvent& event, Events& out) {
  const v1::QuoteTick& quote = event.quote();
  if (quote.bid_e8() != 0 && quote.ask_e8() != 0 && quote.bid_e8() >= quote.ask_e8()) {
    ++counts_.crossed_quotes;
  }
  market.quote = quote;
  market.has_quote = true;
  out.push_back(event);
}

void NormalizerState::OnBook(Market& market,
                             const v1::FeedEvent& event,
                             Timestamp now,
                             Events& out) {
  market.has_book = true;
  const bool changed = event.has_book() ? market.book.OnSnapshot(DecodeSnapshot(event.book()), now)
                                        : market.book.OnDelta(DecodeDelta(event.book_delta()), now);
  if (event.snapshot() && event.source_seq() > market.head.source_seq()) {
    market.head = HeadOf(event);
  }
  market.book_out.dirty = market.book_out.dirty || changed;
  PublishBookState(market, now, out);
  PublishHeld(market, now, out);
}

void NormalizerState::OnRecorded(Market& market, const v1::FeedEvent& event, Events& out) {
  market.head = HeadOf(event);
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: break;
    case v1::FeedEvent::kBookDelta:
    case v1::FeedEvent::kBook: OnBook(market, event, {event.venue_time_ns()}, out); return;
    default: out.push_back(event); return;
  }
  const Trade trade = DecodeTrade(event);
  if (trade.place.source_seq != 0 && trade.place.source_seq <= market.run_last) {
    // The recording plays from its start again: what the run before left open is not to be mixed
    // with it.
    market.bars = BarBuilder(options_.recorded_lateness);
  }
  market.run_last = trade.place.source_seq;
  out.push_back(event);
  closed_.clear();
  const size_t too_late = market.bars.Add(trade, closed_);
  counts_.late += too_late > 0 ? 1 : 0;
  PublishBars(market, closed_, out);
}

void NormalizerState::OnReplayEnd(const v1::FeedEvent& event, Events& out) {
  const auto venue = recorded_.find(event.venue());
  if (venue != recorded_.end()) {
    auto& symbols = venue->second;
    for (auto it = symbols.begin(); it != symbols.end();) {
      if (!event.symbol().empty() && it->first != event.symbol()) {
        ++it;
        continue;
      }
      closed_.clear();
      it->second->bars.CloseAll(closed_);
      PublishBars(*it->second, closed_, out);
      PublishBook(*it->second, out);
      symbols.erase(it++);
      --recorded_count_;
    }
    if (symbols.empty()) {
      recorded_.erase(venue);
    }
  }
  out.push_back(event);
}

void NormalizerState::OnFeedGap(bool restarted, Timestamp now, Events& out) {
  for (auto& [venue, symbols] : recorded_) {
    for (auto& [symbol, market] : symbols) {
      BreakOff(*market, now, out);
    }
  }
  recorded_.clear();
  recorded_count_ = 0;
  if (!restarted) {
    return;  // each market's numbers will tell what it has lost
  }
  for (auto& [venue, symbols] : live_) {
    for (auto& [symbol, market] : symbols) {
      market->sequence.Restart();
      market->book.Reset();
    }
  }
}

// A replay that is not whole: its open bars would be wrong, so they are not published.
void NormalizerState::BreakOff(Market& market, Timestamp now, Events& out) {
  ++counts_.gaps;
  counts_.last_gap = now;
  out.push_back(GapEvent(market.origin, market.head, market.run_last + 1, 0, "replay_broken_off"));
}

void NormalizerState::DropStalestReplay(Events& out) {
  Market* stalest = nullptr;
  for (auto& [venue, symbols] : recorded_) {
    for (auto& [symbol, market] : symbols) {
      if (stalest == nullptr || market->touched < stalest->touched) {
        stalest = market.get();
      }
    }
  }
  if (stalest == nullptr) {
    return;
  }
  BreakOff(*stalest, {stalest->head.receive_time_ns()}, out);
  const Origin origin = stalest->origin;
  recorded_[origin.venue].erase(origin.symbol);
  if (recorded_[origin.venue].empty()) {
    recorded_.erase(origin.venue);
  }
  --recorded_count_;
}

}  // namespace tw::normalizer
