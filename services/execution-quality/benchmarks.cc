#include "services/execution-quality/benchmarks.h"

#include <algorithm>

namespace tw::eq {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

// Half away from zero; both positive.
int64_t RoundedQuotient(__int128 a, __int128 b) {
  return static_cast<int64_t>((a + b / 2) / b);
}

bool HasSomething(const MarketSecond& second) {
  return second.quantity != 0 || second.mid_e8 != 0;
}

}  // namespace

void Benchmarks::OnTrade(Timestamp time, Price price, Quantity quantity) {
  updated_ = std::max(updated_, time);
  if (MarketSecond* const second = At(time.ns / kSecondNs)) {
    second->notional += static_cast<__int128>(price.e8()) * quantity.e8();
    second->quantity += quantity.e8();
  }
}

void Benchmarks::OnMid(Timestamp time, Price mid) {
  OnTime(time);
  updated_ = std::max(updated_, time);
  mid_ = mid;
  if (MarketSecond* const second = At(time.ns / kSecondNs)) {
    second->mid_e8 = mid.e8();
  }
}

void Benchmarks::OnNoMid(Timestamp time) {
  OnTime(time);
  mid_.reset();
}

void Benchmarks::OnTime(Timestamp now) {
  const int64_t second = now.ns / kSecondNs;
  for (int64_t s = std::max(filled_to_ + 1, second - kSeconds + 1); s <= second; ++s) {
    MarketSecond* const slot = At(s);
    if (slot != nullptr && mid_) {
      slot->mid_e8 = mid_->e8();
    }
  }
  filled_to_ = std::max(filled_to_, second);
}

BenchmarkView Benchmarks::View(Timestamp now) const {
  const int64_t second = now.ns / kSecondNs;
  return {.mid = mid_,
          .vwap_1m = Vwap(second, 60),
          .vwap_5m = Vwap(second, 300),
          .twap_1m = Twap(second, 60),
          .updated = updated_};
}

std::vector<MarketSecond> Benchmarks::TakeFinished(Timestamp now) {
  const int64_t last = now.ns / kSecondNs - 1;
  std::vector<MarketSecond> out;
  for (int64_t s = std::max(taken_to_ + 1, last - kSeconds + 1); s <= last; ++s) {
    const MarketSecond& slot = ring_[static_cast<size_t>(s % kSeconds)];
    if (slot.number == s && HasSomething(slot)) {
      out.push_back(slot);
    }
  }
  taken_to_ = std::max(taken_to_, last);
  return out;
}

void Benchmarks::Restore(Timestamp now, const MarketSecond& second) {
  const int64_t present = now.ns / kSecondNs;
  if (second.number < 0 || second.number >= present || second.number <= present - kSeconds) {
    return;
  }
  MarketSecond& slot = ring_[static_cast<size_t>(second.number % kSeconds)];
  if (slot.number < second.number) {
    slot = second;
    taken_to_ = std::max(taken_to_, second.number);
    updated_ = std::max(updated_, Timestamp{second.number * kSecondNs});
  }
}

std::vector<MarketSecond> Benchmarks::Finished() const {
  std::vector<MarketSecond> out;
  for (const MarketSecond& s : ring_) {
    if (s.number >= 0 && s.number <= taken_to_ && HasSomething(s)) {
      out.push_back(s);
    }
  }
  std::sort(out.begin(), out.end(),
            [](const MarketSecond& a, const MarketSecond& b) { return a.number < b.number; });
  return out;
}

MarketSecond* Benchmarks::At(int64_t second) {
  MarketSecond& slot = ring_[static_cast<size_t>(second % kSeconds)];
  if (slot.number > second) {
    return nullptr;  // too late: its place is taken
  }
  if (slot.number < second) {
    slot = MarketSecond{.number = second};
  }
  return &slot;
}

std::optional<Price> Benchmarks::Vwap(int64_t now, int64_t seconds) const {
  __int128 notional = 0;
  __int128 quantity = 0;
  for (const MarketSecond& s : ring_) {
    if (s.number > now - seconds && s.number <= now) {
      notional += s.notional;
      quantity += s.quantity;
    }
  }
  if (quantity == 0) {
    return std::nullopt;
  }
  return Price::FromE8(RoundedQuotient(notional, quantity));
}

std::optional<Price> Benchmarks::Twap(int64_t now, int64_t seconds) const {
  __int128 sum = 0;
  int64_t count = 0;
  for (const MarketSecond& s : ring_) {
    if (s.number > now - seconds && s.number <= now && s.mid_e8 != 0) {
      sum += s.mid_e8;
      ++count;
    }
  }
  if (count == 0) {
    return std::nullopt;
  }
  return Price::FromE8(RoundedQuotient(sum, count));
}

}  // namespace tw::eq
