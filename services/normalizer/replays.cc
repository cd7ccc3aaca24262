// NormalizerState, recorded data: it passes one for one, and gets bars, books and an end.
#include <limits>
#include <optional>

#include "services/normalizer/state.h"

namespace tw::normalizer {

namespace v1 = tradewind::v1;

void NormalizerState::OnRecorded(Market& market, const v1::FeedEvent& event, Events& out) {
  const bool again =
      event.source_seq() < market.run_last ||
      (event.source_seq() == market.run_last && event.body_case() == market.run_kind);
  if (event.source_seq() != 0 && again) {
    // The recording plays from its start again: what the run before left open is not to be mixed
    // with it.
    mid_replay_ = false;
    bars_.ForgetUnseen(market.origin.venue, market.origin.symbol);
    market.bars = BarBuilder(RulesOf(market.origin, true));
    market.book.Reset();
    market.orders.Reset();
    Retire(market);
    market.book_out = {};
    market.shown = {};
    market.segment = {};
    market.top = TopOfBook(true, Duration{std::numeric_limits<int64_t>::max()});
    market.venue_status.Clear();
  }
  market.run_last = event.source_seq();
  market.run_kind = event.body_case();
  market.head = HeadOf(event);
  const Timestamp time{event.venue_time_ns()};
  OnMarketTime(market, time, time, out);
  switch (event.body_case()) {
    case v1::FeedEvent::kTrade: OnRecordedTrade(market, event, out); break;
    case v1::FeedEvent::kQuote: OnQuote(market, event, time, out); break;
    case v1::FeedEvent::kBookDelta:
    case v1::FeedEvent::kBook:
    case v1::FeedEvent::kOrders:
    case v1::FeedEvent::kOrderBook: OnBook(market, event, time, out); break;
    case v1::FeedEvent::kBar: OnRecordedBar(market, event, out); break;
    case v1::FeedEvent::kStatus: OnStatus(market, event, time, out); break;
    default: out.push_back(event); break;
  }
}

void NormalizerState::OnRecordedTrade(Market& market, const v1::FeedEvent& event, Events& out) {
  out.push_back(event);
  closed_.clear();
  const size_t too_late = market.bars.Add(DecodeTrade(event), closed_);
  counts_.late += too_late > 0 ? 1 : 0;
  PublishBars(market, closed_, out);
}

// Passes as it is, and goes into the longer intervals.
void NormalizerState::OnRecordedBar(Market& market, const v1::FeedEvent& event, Events& out) {
  v1::FeedEvent& passed = out.emplace_back(event);
  passed.mutable_bar()->set_closed(true);
  Bar bar;
  const std::optional<Interval> interval = DecodeBar(event.bar(), bar);
  if (!interval) {
    return;  // of quotes: nothing is made of it
  }
  if (const auto i = options_.intervals->Find(interval->name)) {
    bars_.Put(market.origin.venue, market.origin.symbol, *i, bar);
  }
  ++counts_.closed_bars;
  closed_.clear();
  const size_t too_late = market.bars.AddBar(bar, event.source_seq(), interval->span, closed_);
  counts_.late += too_late > 0 ? 1 : 0;
  PublishBars(market, closed_, out);
}

// Of a replay whose beginning went to an earlier process, or was missed, the rows pass like any
// others; but the bars that had begun by then would lack some, so they are left out, and that is
// told.
void NormalizerState::ObserveRecorded(Market& market, const v1::FeedEvent& event, Events& out) {
  mid_replay_ = mid_replay_ && event.source_seq() != 1;  // rows are numbered from 1
  if (!mid_replay_) {
    bars_.ForgetUnseen(market.origin.venue, market.origin.symbol);
    return;
  }
  ++counts_.gaps;
  counts_.last_gap = {event.receive_time_ns()};
  NoteUnseen(market, {std::numeric_limits<int64_t>::min()}, {event.venue_time_ns() + 1});
  out.push_back(MakeGap(market.origin, event, {event.source_seq(), 0, kBarsIncomplete}));
}

void NormalizerState::OnReplayEnd(const v1::FeedEvent& event, Events& out) {
  mid_replay_ = false;
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
      it->second->top.Settle();
      Retire(*it->second);
      if (StaleOf(*it->second) == StaleReason::kNone) {
        PublishBook(*it->second, out);
      }
      symbols.erase(it++);
      --recorded_count_;
    }
    if (symbols.empty()) {
      recorded_.erase(venue);
    }
  }
  out.push_back(event);
}

// What only the market counts outlives it.
void NormalizerState::Retire(const Market& market) {
  counts_.crossed_quotes += market.top.crossed();
  counts_.locked_quotes += market.top.locked();
}

// By live-gateway's word: its client is gone, or a row was at fault.
void NormalizerState::OnReplayBrokenOff(const v1::FeedEvent& event, Timestamp now, Events& out) {
  mid_replay_ = false;
  const auto venue = recorded_.find(event.venue());
  if (venue == recorded_.end() || !venue->second.contains(event.symbol())) {
    ++counts_.gaps;
    counts_.last_gap = now;
    out.push_back(event);
    return;
  }
  BreakOff(*venue->second.at(event.symbol()), now, out);
  venue->second.erase(event.symbol());
  --recorded_count_;
  if (venue->second.empty()) {
    recorded_.erase(venue);
  }
}

// A replay that is not whole: its open bars would be wrong, so they are not published.
void NormalizerState::BreakOff(Market& market, Timestamp now, Events& out) {
  ++counts_.gaps;
  counts_.last_gap = now;
  Retire(market);
  out.push_back(MakeGap(market.origin, market.head, {market.run_last + 1, 0, kReplayBrokenOff}));
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
