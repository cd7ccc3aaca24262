#include "services/normalizer/bar_builder.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tw::normalizer {

size_t BarBuilder::Add(const Trade& trade, std::vector<ClosedBar>& closed) {
  Advance(trade.place.time, closed);
  const Bar piece{.start = trade.place.time,
                  .open = trade.price,
                  .high = trade.price,
                  .low = trade.price,
                  .close = trade.price,
                  .volume = trade.quantity,
                  .trades = 1};
  size_t too_late = 0;
  for (size_t i = 0; i < open_.size(); ++i) {
    too_late += AddTo(i, trade.place, piece) ? 0 : 1;
  }
  return too_late;
}

size_t BarBuilder::AddBar(const Bar& bar,
                          uint64_t source_seq,
                          Duration span,
                          std::vector<ClosedBar>& closed) {
  Advance(bar.start, closed);
  size_t too_late = 0;
  for (size_t i = 0; i < open_.size(); ++i) {
    const Duration longer = (*rules_.intervals)[i].span;
    if (longer > span && longer.ns % span.ns == 0) {
      too_late += AddTo(i, {bar.start, source_seq}, bar) ? 0 : 1;
    }
  }
  return too_late;
}

// nullopt: there is no bar for that time.
std::optional<BarBuilder::Span> BarBuilder::SpanOf(Timestamp time, Duration span) const {
  if (rules_.sessions == nullptr) {
    const Timestamp start = AlignDown(time, span);
    return Span{start, start + span};
  }
  const calendar::Segment segment = rules_.sessions->At(time);
  if (span >= kDay) {
    return segment.phase == calendar::Phase::kOpen
               ? std::optional<Span>({segment.begin, segment.end})
               : std::nullopt;
  }
  const Timestamp start = segment.begin + Duration{AlignDown({(time - segment.begin).ns}, span).ns};
  return Span{start, std::min(start + span, segment.end)};
}

// False: the bar has closed.
bool BarBuilder::AddTo(size_t interval, const Place& place, const Bar& piece) {
  std::vector<OpenBar>& bars = open_[interval];
  size_t at = bars.size();
  while (at > 0 && place.time < bars[at - 1].bar.start) {
    --at;
  }
  const bool inside = at > 0 && place.time < bars[at - 1].end;
  if (!inside) {
    const std::optional<Span> span = SpanOf(place.time, (*rules_.intervals)[interval].span);
    if (!span || span->end <= watermark_) {
      return !span;
    }
    OpenBar opened{piece, span->end, place, place};
    opened.bar.start = span->start;
    bars.insert(bars.begin() + static_cast<std::ptrdiff_t>(at), opened);
    next_end_ = std::min(next_end_, span->end);
    changed_ |= 1u << interval;
    return true;
  }
  OpenBar& open = bars[at - 1];
  Bar& bar = open.bar;
  if (place < open.first) {
    open.first = place;
    bar.open = piece.open;
  }
  if (place >= open.last) {
    open.last = place;
    bar.close = piece.close;
  }
  bar.high = std::max(bar.high, piece.high);
  bar.low = std::min(bar.low, piece.low);
  bar.volume = Quantity::SaturatingAdd(bar.volume, piece.volume);
  bar.trades += piece.trades;
  changed_ |= 1u << interval;
  return true;
}

void BarBuilder::Advance(Timestamp time, std::vector<ClosedBar>& closed) {
  watermark_ = std::max(watermark_, time - rules_.lateness);
  if (watermark_ < next_end_) {
    return;
  }
  for (size_t i = 0; i < open_.size(); ++i) {
    size_t count = 0;
    while (count < open_[i].size() && open_[i][count].end <= watermark_) {
      ++count;
    }
    Close(i, count, closed);
  }
  FindNextEnd();
}

void BarBuilder::CloseAll(std::vector<ClosedBar>& closed) {
  for (size_t i = 0; i < open_.size(); ++i) {
    Close(i, open_[i].size(), closed);
  }
  FindNextEnd();
}

const Bar* BarBuilder::Open(size_t interval) const {
  return open_[interval].empty() ? nullptr : &open_[interval].back().bar;
}

uint32_t BarBuilder::TakeChanged() {
  return std::exchange(changed_, 0);
}

void BarBuilder::Close(size_t interval, size_t count, std::vector<ClosedBar>& closed) {
  std::vector<OpenBar>& bars = open_[interval];
  for (size_t i = 0; i < count; ++i) {
    const Bar& bar = bars[i].bar;
    closed.push_back({.interval = interval, .bar = bar, .complete = bar.start >= observed_from_});
  }
  bars.erase(bars.begin(), bars.begin() + static_cast<std::ptrdiff_t>(count));
}

void BarBuilder::FindNextEnd() {
  next_end_ = {std::numeric_limits<int64_t>::max()};
  for (const std::vector<OpenBar>& bars : open_) {
    if (!bars.empty()) {
      next_end_ = std::min(next_end_, bars.front().end);
    }
  }
}

std::vector<Bar> JoinBars(const std::vector<Bar>& bars,
                          Duration each,
                          const Interval& joined,
                          std::shared_ptr<const calendar::Calendar> calendar) {
  absl::StatusOr<Intervals> only = Intervals::Parse(joined.name);
  BarBuilder builder({.lateness = {},
                      .intervals = std::make_shared<const Intervals>(*std::move(only)),
                      .sessions = std::move(calendar)});
  std::vector<ClosedBar> closed;
  for (const Bar& bar : bars) {
    builder.AddBar(bar, 0, each, closed);
  }
  builder.CloseAll(closed);
  std::vector<Bar> out;
  out.reserve(closed.size());
  for (const ClosedBar& bar : closed) {
    out.push_back(bar.bar);
  }
  return out;
}

}  // namespace tw::normalizer
