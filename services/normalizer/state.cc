#include "services/normalizer/state.h"

#include <algorithm>
#include <limits>

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

// Names go into files and addresses.
bool Printable(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c != 0x7f; });
}

}  // namespace

NormalizerState::Market::Market(Origin o, BarRules rules, Duration silence_max)
    : origin(std::move(o)),
      sessions(rules.sessions),
      book(silence_max),
      top(origin.recorded, silence_max),
      bars(std::move(rules)) {}

BarRules NormalizerState::RulesOf(const Origin& origin, bool recorded) const {
  BarRules rules{.lateness = recorded ? options_.recorded_lateness : options_.live_lateness,
                 .intervals = options_.intervals};
  const auto calendar = options_.calendars.find(origin.symbol);
  // "PAPER", or "REPLAY:<file>:PAPER".
  const std::string venue = origin.venue.substr(origin.venue.rfind(':') + 1);
  if (calendar != options_.calendars.end() && !options_.continuous_venues.contains(venue)) {
    rules.sessions = calendar->second;
  }
  return rules;
}

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
  Origin origin{event.venue(), event.symbol(), event.recorded()};
  BarRules rules = RulesOf(origin, event.recorded());
  auto market = std::make_unique<Market>(
      std::move(origin), std::move(rules),
      event.recorded() ? Duration{std::numeric_limits<int64_t>::max()} : options_.book_silence_max);
  if (!event.recorded()) {
    Symbol& symbol = symbols_[event.symbol()];
    symbol.markets.push_back(market.get());
    market->of_symbol = &symbol;
  }
  const auto number = restored_.find({event.venue(), event.symbol()});
  if (!event.recorded() && number != restored_.end()) {
    market->sequence = GapTracker(number->second);
    if (source_restarted_) {
      market->sequence.Restart();
    }
  }
  if (event.recorded()) {
    ObserveRecorded(*market, event, out);
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
  if (event.recorded() && event.has_gap() && event.gap().reason() == kReplayBrokenOff) {
    OnReplayBrokenOff(event, now, out);
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
  if (event.recorded() || (!event.has_book() && !event.has_order_book()) ||
      !FaultOf(event, now).empty()) {
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
      NoteUnseen(market, {market.head.venue_time_ns()}, {event.venue_time_ns()});
      out.push_back(
          MakeGap(market.origin, event,
                  {result.from, result.to, result.seen == Seen::kGap ? "sequence" : "restart"}));
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
    NoteUnseen(market, {std::numeric_limits<int64_t>::min()}, {event.venue_time_ns()});
  }
  if (event.snapshot()) {
    if (event.has_book() || event.has_order_book()) {
      OnBook(market, event, now, out);
    } else if (event.has_status()) {
      OnStatus(market, event, now, out);
    }
    return;
  }
  if (!CheckNumber(market, event, now, out)) {
    return;
  }
  market.head = HeadOf(event);
  market.book.OnMessage(now);
  market.top.OnMessage(now);
  OnMarketTime(market, {event.venue_time_ns()}, now, out);
  closed_.clear();
  market.bars.Advance({event.venue_time_ns()}, closed_);
  PublishBars(market, closed_, out);
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: OnLiveTrade(market, event, now, out); break;
    case v1::FeedEvent::kQuote: OnQuote(market, event, now, out); break;
    case v1::FeedEvent::kBookDelta:
    case v1::FeedEvent::kBook:
    case v1::FeedEvent::kOrders:
    case v1::FeedEvent::kOrderBook: OnBook(market, event, now, out); break;
    case v1::FeedEvent::kStatus: OnStatus(market, event, now, out); break;
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

// Bars that began before `to` lack trades, or may.
void NormalizerState::NoteUnseen(Market& market, Timestamp from, Timestamp to) {
  market.bars.ObserveFrom(to);
  bars_.NoteUnseen(market.origin.venue, market.origin.symbol, from, to);
}

void NormalizerState::OnFeedGap(bool restarted, Timestamp now, Events& out) {
  for (auto& [venue, symbols] : recorded_) {
    for (auto& [symbol, market] : symbols) {
      BreakOff(*market, now, out);
    }
  }
  recorded_.clear();
  recorded_count_ = 0;
  mid_replay_ = !restarted;  // a replay does not outlive live-gateway
  if (!restarted) {
    return;  // each market's numbers will tell what it has lost
  }
  source_restarted_ = true;
  for (auto& [venue, symbols] : live_) {
    for (auto& [symbol, market] : symbols) {
      market->sequence.Restart();
      market->book.Reset();
      market->orders.Reset();
    }
  }
}

}  // namespace tw::normalizer
