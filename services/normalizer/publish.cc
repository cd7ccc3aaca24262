// NormalizerState, its outgoing side: what is published, at which pace, and what can be asked.
#include <algorithm>

#include "libs/base/field_error.h"
#include "services/normalizer/state.h"

namespace tw::normalizer {

namespace v1 = tradewind::v1;

namespace {

constexpr Duration kHealAfter = Duration::Seconds(1);
constexpr size_t kSnapshotBarsMax = 20'000;  // in one snapshot, which is one message
constexpr size_t kSnapshotSeriesMax = 300;
constexpr size_t kStaleSymbolsShown = 3;

v1::FeedEvent BarEvent(const Origin& origin,
                       const v1::FeedEvent& head,
                       const std::string& interval,
                       const Bar& bar,
                       bool closed) {
  v1::FeedEvent event = MakeEvent(origin, head);
  EncodeBar(interval, bar, closed, *event.mutable_bar());
  return event;
}

}  // namespace

void NormalizerState::PublishBars(const Market& market,
                                  const std::vector<ClosedBar>& closed,
                                  Events& out) {
  for (const ClosedBar& bar : closed) {
    if (!bar.complete) {
      ++counts_.partial_bars;
      continue;
    }
    ++counts_.closed_bars;
    bars_.Put(market.origin.venue, market.origin.symbol, bar.interval, bar.bar);
    out.push_back(BarEvent(market.origin, market.head, (*options_.intervals)[bar.interval].name,
                           bar.bar, true));
  }
}

void NormalizerState::PublishBook(Market& market, Events& out) {
  if (market.book_out.dirty) {
    market.book_out.dirty = false;
    v1::FeedEvent event = MakeEvent(market.origin, market.head);
    EncodeBook(market.book, options_.depth, *event.mutable_book());
    out.push_back(std::move(event));
  }
}

void NormalizerState::PublishHeld(Market& market, Timestamp now, Events& out) {
  const auto due = [now](Held& held, Duration period) {
    const bool is = held.dirty && now - held.last >= period;
    if (is) {
      held.last = now;
    }
    return is;
  };
  // A stale book is not shown; what it was is already out.
  if (StaleOf(market) == StaleReason::kNone && due(market.book_out, options_.book_period)) {
    PublishBook(market, out);
  }
  if (due(market.bars_out, options_.bar_period)) {
    market.bars_out.dirty = false;
    for (size_t i = 0; i < options_.intervals->size(); ++i) {
      const Bar* const bar = market.bars.Open(i);
      if ((market.changed_bars & (1u << i)) != 0 && bar != nullptr) {
        out.push_back(
            BarEvent(market.origin, market.head, (*options_.intervals)[i].name, *bar, false));
      }
    }
    market.changed_bars = 0;
  }
  if (due(market.statistics_out, options_.statistics_period)) {
    market.statistics_out.dirty = false;
    v1::FeedEvent event = MakeEvent(market.origin, market.head);
    EncodeStatistics(market.day, *event.mutable_statistics());
    out.push_back(std::move(event));
  }
}

void NormalizerState::OnTime(Timestamp now, Events& out) {
  for (auto& [venue, symbols] : live_) {
    for (auto& [symbol, market] : symbols) {
      if (market->day.Roll(now)) {
        market->statistics_out.dirty = true;
      }
      OnMarketTime(*market, now, now, out);
      market->book.OnTime(now);
      market->top.OnTime(now);
      PublishBookState(*market, now, out);
      PublishHeld(*market, now, out);
      Consolidate(*market);
    }
  }
  PublishConsolidated(now, out);
}

Events NormalizerState::Snapshot() const {
  Events out;
  const size_t series = std::max<size_t>(live_count_, 1) * options_.intervals->size();
  const size_t bars = std::min(kSnapshotSeriesMax, kSnapshotBarsMax / series);
  for (const auto& [venue, symbols] : live_) {
    for (const auto& [symbol, market] : symbols) {
      // Before the book, so that who plays a recording of this takes no quote from the book.
      if (market->has_quote || market->shown != Quote()) {
        EncodeQuote(BestOf(*market),
                    *out.emplace_back(MakeEvent(market->origin, market->head)).mutable_quote());
      }
      if (market->has_book) {
        EncodeBook(market->book, options_.depth,
                   *out.emplace_back(MakeEvent(market->origin, market->head)).mutable_book());
        v1::BookState& state =
            *out.emplace_back(MakeEvent(market->origin, market->head)).mutable_book_state();
        state.set_stale(StaleOf(*market) != StaleReason::kNone);
        state.set_reason(std::string(Name(StaleOf(*market))));
      }
      if (market->phase != v1::TRADING_PHASE_OPEN) {
        out.emplace_back(MakeEvent(market->origin, market->head))
            .mutable_status()
            ->set_phase(market->phase);
      }
      if (!market->day.empty()) {
        EncodeStatistics(
            market->day,
            *out.emplace_back(MakeEvent(market->origin, market->head)).mutable_statistics());
      }
      AddBars(*market, bars, out);
    }
  }
  return out;
}

void NormalizerState::AddBars(const Market& market, size_t limit, Events& out) const {
  for (size_t i = 0; i < options_.intervals->size(); ++i) {
    const auto bars = bars_.List(market.origin.venue, market.origin.symbol, i, limit);
    for (const Bar& bar : bars.value_or(std::vector<Bar>())) {
      out.push_back(BarEvent(market.origin, market.head, (*options_.intervals)[i].name, bar, true));
    }
    const Bar* const open = market.bars.Open(i);
    if (open != nullptr) {
      out.push_back(
          BarEvent(market.origin, market.head, (*options_.intervals)[i].name, *open, false));
    }
  }
}

bool NormalizerState::NeedsSnapshot(Timestamp now) const {
  for (const auto& [venue, symbols] : live_) {
    for (const auto& [symbol, market] : symbols) {
      if (!market->has_book || !market->needs_snapshot_since.IsSet()) {
        continue;
      }
      const bool none_came = market->book.stale() == StaleReason::kNoSnapshot;
      if (none_came || now - market->needs_snapshot_since >= kHealAfter) {
        return true;
      }
    }
  }
  return false;
}

absl::StatusOr<std::vector<Bar>> NormalizerState::Bars(const std::string& venue,
                                                       const std::string& symbol,
                                                       const std::string& interval,
                                                       size_t limit,
                                                       bool open) const {
  const std::optional<Interval> wanted = ParseInterval(interval);
  const auto i = wanted ? options_.intervals->PartOf(wanted->span) : std::nullopt;
  if (!i) {
    return FieldError("interval", "must be a multiple of " + (*options_.intervals)[0].name +
                                      " up to 1d, like 1s, 90s, 5m, 1h or 1d");
  }
  const Interval& part = (*options_.intervals)[*i];
  const bool joined = part.span != wanted->span;
  std::optional<std::vector<Bar>> bars =
      bars_.List(venue, symbol, *i, joined ? options_.bars_max : limit);
  const Bar* running = nullptr;
  const auto of_venue = live_.find(venue);
  if (of_venue != live_.end()) {
    const auto market = of_venue->second.find(symbol);
    if (market != of_venue->second.end()) {
      running = market->second->bars.Open(*i);
      bars = bars.value_or(std::vector<Bar>());
    }
  }
  if (!bars) {
    return absl::NotFoundError("no bars of " + venue + " " + symbol);
  }
  if (joined) {
    return Joined(*std::move(bars), part.span, *wanted, limit, {venue, symbol, false});
  }
  if (open && running != nullptr) {
    bars->push_back(*running);
    if (bars->size() > limit) {
      bars->erase(bars->begin());
    }
  }
  return *std::move(bars);
}

// Bars that may lack some of their parts are left out: the newest, which may still be running, the
// oldest where the parts before it are gone, and those that reach into what was not seen.
std::vector<Bar> NormalizerState::Joined(std::vector<Bar> parts,
                                         Duration each,
                                         const Interval& wanted,
                                         size_t limit,
                                         const Origin& origin) const {
  const bool cut = parts.size() >= options_.bars_max;
  const Timestamp newest = parts.empty() ? Timestamp() : parts.back().start + each;
  const BarRules rules = RulesOf(origin, false);
  std::vector<Bar> bars = JoinBars(parts, each, wanted, rules.sessions);
  const bool live = live_.contains(origin.venue);
  if (live && !bars.empty() && bars.back().start + wanted.span > newest) {
    bars.pop_back();
  }
  if (cut && !bars.empty()) {
    bars.erase(bars.begin());
  }
  bars.erase(std::remove_if(bars.begin(), bars.end(),
                            [&](const Bar& bar) {
                              return !bars_.Seen(origin.venue, origin.symbol, bar.start,
                                                 bar.start + wanted.span);
                            }),
             bars.end());
  if (bars.size() > limit) {
    bars.erase(bars.begin(), bars.end() - static_cast<std::ptrdiff_t>(limit));
  }
  return bars;
}

NormalizerState::Counts NormalizerState::counts() const {
  Counts out = counts_;
  out.live_markets = live_count_;
  out.recorded_markets = recorded_count_;
  for (const auto& [venue, symbols] : live_) {
    for (const auto& [symbol, market] : symbols) {
      out.crossed_quotes += market->top.crossed();
      out.locked_quotes += market->top.locked();
      out.halted += market->phase == v1::TRADING_PHASE_HALTED ? 1 : 0;
      const StaleReason stale = StaleOf(*market);
      if ((!market->has_book && !market->has_quote) || stale == StaleReason::kNone ||
          stale == StaleReason::kClosed) {
        continue;
      }
      if (++out.stale_books <= kStaleSymbolsShown) {
        out.stale_symbols += out.stale_symbols.empty() ? "" : ", ";
        out.stale_symbols += symbol + " " + std::string(Name(stale));
      }
    }
  }
  for (const auto& [venue, symbols] : recorded_) {
    for (const auto& [symbol, market] : symbols) {
      out.crossed_quotes += market->top.crossed();
      out.locked_quotes += market->top.locked();
    }
  }
  return out;
}

NormalizerState::Numbers NormalizerState::numbers() const {
  Numbers out;
  for (const auto& [venue, symbols] : live_) {
    for (const auto& [symbol, market] : symbols) {
      out[{venue, symbol}] = market->sequence.last();
    }
  }
  return out;
}

void NormalizerState::Restore(const Numbers& numbers, bool replaying) {
  restored_ = numbers;
  mid_replay_ = replaying;
}

}  // namespace tw::normalizer
