#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "libs/base/check.h"

namespace tw::load {
namespace {

constexpr size_t kBuckets = size_t{64 - 7} * 128;

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

// Values below 256 have a bucket each; above, the eight leading bits choose it.
size_t Histogram::IndexOf(uint64_t value) {
  if (value < (uint64_t{2} << kSubBits)) {
    return value;
  }
  const int shift = static_cast<int>(std::bit_width(value)) - (kSubBits + 1);
  return (static_cast<size_t>(shift) << kSubBits) + (value >> shift);
}

int64_t Histogram::UpperEnd(size_t index) {
  if (index < (size_t{2} << kSubBits)) {
    return static_cast<int64_t>(index);
  }
  const size_t shift = (index >> kSubBits) - 1;
  const uint64_t leading = index - (shift << kSubBits);
  return static_cast<int64_t>(((leading + 1) << shift) - 1);
}

void Histogram::Record(int64_t ns) {
  ns = std::max<int64_t>(ns, 0);
  ++buckets_[IndexOf(static_cast<uint64_t>(ns))];
  min_ = count_ == 0 ? ns : std::min(min_, ns);
  max_ = std::max(max_, ns);
  sum_ += static_cast<double>(ns);
  ++count_;
}

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) {
    return;
  }
  for (size_t i = 0; i < buckets_.size(); ++i) {
    buckets_[i] += other.buckets_[i];
  }
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

void Histogram::Clear() {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  max_ = 0;
  min_ = 0;
  sum_ = 0;
}

double Histogram::mean_ns() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

Duration Histogram::Percentile(double percent) const {
  TW_CHECK(percent >= 0 && percent <= 100);
  if (count_ == 0) {
    return {};
  }
  // A hair is taken off before rounding up: 99.9 % of 1,000 is the 999th, not the 1,000th.
  const double exact = percent / 100 * static_cast<double>(count_);
  const auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(exact - 1e-9 * exact)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) {
      return {std::min(UpperEnd(i), max_)};
    }
  }
  return {max_};
}

}  // namespace tw::load
