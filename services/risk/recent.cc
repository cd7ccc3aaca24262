#include "services/risk/recent.h"

#include <algorithm>

#include "libs/base/check.h"
#include "services/risk/view.h"

namespace tw::risk {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

// Nanoseconds between two messages at `rate`.
int64_t Interval(const Number& rate) {
  return *MulDiv(kSecondNs, kDecimalScale, rate.e8(), Rounding::kUp);
}

}  // namespace

int64_t MessageRates::Free(LimitScope level,
                           std::string_view name,
                           const Number& rate,
                           const Number& burst,
                           Timestamp now) const {
  const int64_t size = burst.e8() / kDecimalScale;
  const auto& buckets = full_again_[static_cast<size_t>(level)];
  const auto it = buckets.find(View(name));
  if (it == buckets.end() || it->second <= now) {
    return size;
  }
  // Taken and not yet given back, rounded up: a part of a message is none.
  const int64_t taken = ((it->second - now).ns + Interval(rate) - 1) / Interval(rate);
  return size - taken;
}

void MessageRates::Count(LimitScope level,
                         std::string_view name,
                         const Number& rate,
                         const Number& burst,
                         Timestamp now) {
  auto& buckets = full_again_[static_cast<size_t>(level)];
  if (buckets.size() >= kBucketsMax) {
    absl::erase_if(buckets, [&](const auto& bucket) { return bucket.second <= now; });
  }
  const Duration interval{Interval(rate)};
  Timestamp& full = buckets.try_emplace(View(name)).first->second;
  full = std::max(full, now) + interval;
  // What is refused is not counted, so nothing piles up beyond the bucket.
  full = std::min(full, now + Duration{interval.ns * (burst.e8() / kDecimalScale)});
}

std::optional<Timestamp> Duplicates::Find(const OrderContent& content) const {
  const auto it = last_.find(content);
  return it == last_.end() ? std::nullopt : std::optional<Timestamp>(it->second);
}

void Duplicates::Add(const OrderContent& content, Timestamp now) {
  last_[content] = now;
  added_.emplace_back(content, now);
  while (added_.size() > kOrdersMax) {
    const auto& [oldest, time] = added_.front();
    const auto it = last_.find(oldest);
    if (it != last_.end() && it->second == time) {
      last_.erase(it);
    }
    added_.pop_front();
  }
}

std::optional<OwnPrices::Range> OwnPrices::Find(size_t account,
                                                size_t symbol,
                                                Duration period,
                                                Timestamp now) const {
  const auto it = cells_.find({account, symbol});
  if (it == cells_.end()) {
    return std::nullopt;
  }
  std::optional<Range> out;
  for (const Range& half : it->second.halves) {
    if (!half.since.IsSet() || now - half.since >= period + Duration{period.ns / 2}) {
      continue;
    }
    if (!out) {
      out = half;
      continue;
    }
    out->low = std::min(out->low, half.low);
    out->high = std::max(out->high, half.high);
    out->since = std::min(out->since, half.since);
  }
  return out;
}

void OwnPrices::Add(size_t account, size_t symbol, Price price, Duration period, Timestamp now) {
  if (cells_.size() >= kCellsMax && !cells_.contains({account, symbol})) {
    absl::erase_if(cells_, [&](const auto& cell) {
      return now - cell.second.halves[0].since >= period + Duration{period.ns / 2};
    });
  }
  std::array<Range, 2>& halves = cells_[{account, symbol}].halves;
  if (!halves[0].since.IsSet() || now - halves[0].since >= Duration{period.ns / 2}) {
    halves[1] = halves[0];
    halves[0] = {price, price, now};
  }
  halves[0].low = std::min(halves[0].low, price);
  halves[0].high = std::max(halves[0].high, price);
}

bool Executions::Add(std::string_view strategy, Timestamp time, size_t max, Duration window) {
  const auto it = by_strategy_.try_emplace(View(strategy)).first;
  std::deque<Timestamp>& times = it->second;
  times.push_back(time);
  while (times.size() > max + 1) {
    times.pop_front();
  }
  return times.size() > max && times.back() - times.front() <= window;
}

void Executions::Clear(std::string_view strategy) {
  by_strategy_.erase(View(strategy));
}

}  // namespace tw::risk
