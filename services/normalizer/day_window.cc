#include "services/normalizer/day_window.h"

#include <algorithm>
#include <limits>

#include "services/normalizer/interval.h"

namespace tw::normalizer {
namespace {

int64_t MinuteOf(Timestamp t) {
  return AlignDown(t, DayWindow::kMinute).ns / DayWindow::kMinute.ns;
}

}  // namespace

void DayWindow::Add(const Trade& trade) {
  const int64_t minute = MinuteOf(trade.place.time);
  if (minute < oldest_minute_) {
    return;
  }
  const Point point{trade.place, trade.price};
  if (!last_ || point.place >= last_->place) {
    last_ = point;
  }
  auto at = buckets_.end();
  while (at != buckets_.begin() && std::prev(at)->minute >= minute) {
    --at;
  }
  if (at == buckets_.end() || at->minute != minute) {
    at = buckets_.insert(at,
                         Bucket{.minute = minute, .volume_e8 = 0, .first = point, .last = point});
  }
  at->volume_e8 += trade.quantity.e8();
  volume_e8_ += trade.quantity.e8();
  if (point.place < at->first.place) {
    at->first = point;
  }
  if (point.place >= at->last.place) {
    at->last = point;
  }
}

bool DayWindow::Roll(Timestamp now) {
  oldest_minute_ = std::max(oldest_minute_, MinuteOf(now) - kMinutes + 1);
  bool changed = false;
  while (!buckets_.empty() && buckets_.front().minute < oldest_minute_) {
    volume_e8_ -= buckets_.front().volume_e8;
    before_ = buckets_.front().last;
    buckets_.pop_front();
    changed = true;
  }
  return changed;
}

DayWindow::Statistics DayWindow::statistics() const {
  if (!last_) {
    return {};
  }
  constexpr Sum kMax = std::numeric_limits<int64_t>::max();
  Price reference = last_->price;
  if (before_) {
    reference = before_->price;
  } else if (!buckets_.empty()) {
    reference = buckets_.front().first.price;
  }
  return {.last = last_->price,
          .volume = Quantity::FromE8(static_cast<int64_t>(std::min(volume_e8_, kMax))),
          .change = last_->price - reference};
}

}  // namespace tw::normalizer
