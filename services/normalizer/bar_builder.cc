#include "services/normalizer/bar_builder.h"

#include <algorithm>

namespace tw::normalizer {

size_t BarBuilder::Add(const Trade& trade, std::vector<ClosedBar>& closed) {
  Advance(trade.place.time, closed);
  size_t too_late = 0;
  for (size_t i = 0; i < kIntervalCount; ++i) {
    too_late += AddTo(i, trade) ? 0 : 1;
  }
  return too_late;
}

bool BarBuilder::AddTo(size_t interval, const Trade& trade) {
  const Duration span = kIntervals[interval].span;
  std::vector<OpenBar>& bars = open_[interval];
  size_t at = bars.size();
  while (at > 0 && trade.place.time < bars[at - 1].bar.start) {
    --at;
  }
  const bool inside = at > 0 && trade.place.time < bars[at - 1].bar.start + span;
  if (!inside) {
    const Timestamp start = AlignDown(trade.place.time, span);
    if (start + span <= watermark_) {
      return false;
    }
    const Bar bar{.start = start,
                  .open = trade.price,
                  .high = trade.price,
                  .low = trade.price,
                  .close = trade.price,
                  .volume = trade.quantity,
                  .trades = 1};
    bars.insert(bars.begin() + static_cast<std::ptrdiff_t>(at), {bar, trade.place, trade.place});
    next_end_ = std::min(next_end_, start + span);
    changed_ |= 1u << interval;
    return true;
  }
  OpenBar& open = bars[at - 1];
  Bar& bar = open.bar;
  if (trade.place < open.first) {
    open.first = trade.place;
    bar.open = trade.price;
  }
  if (trade.place >= open.last) {
    open.last = trade.place;
    bar.close = trade.price;
  }
  bar.high = std::max(bar.high, trade.price);
  bar.low = std::min(bar.low, trade.price);
  bar.volume = Quantity::SaturatingAdd(bar.volume, trade.quantity);
  ++bar.trades;
  changed_ |= 1u << interval;
  return true;
}

void BarBuilder::Advance(Timestamp time, std::vector<ClosedBar>& closed) {
  watermark_ = std::max(watermark_, time - lateness_);
  if (watermark_ < next_end_) {
    return;
  }
  for (size_t i = 0; i < kIntervalCount; ++i) {
    size_t count = 0;
    while (count < open_[i].size() &&
           open_[i][count].bar.start + kIntervals[i].span <= watermark_) {
      ++count;
    }
    Close(i, count, closed);
  }
  FindNextEnd();
}

void BarBuilder::CloseAll(std::vector<ClosedBar>& closed) {
  for (size_t i = 0; i < kIntervalCount; ++i) {
    Close(i, open_[i].size(), closed);
  }
  FindNextEnd();
}

const Bar* BarBuilder::Open(size_t interval) const {
  return open_[interval].empty() ? nullptr : &open_[interval].back().bar;
}

uint32_t BarBuilder::TakeChanged() {
  const uint32_t changed = changed_;
  changed_ = 0;
  return changed;
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
  for (size_t i = 0; i < kIntervalCount; ++i) {
    if (!open_[i].empty()) {
      next_end_ = std::min(next_end_, open_[i].front().bar.start + kIntervals[i].span);
    }
  }
}

}  // namespace tw::normalizer
