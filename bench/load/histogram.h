// Histogram: counts of latencies in log-linear buckets, HDR style: 128 buckets to each power of
// two, so that a percentile is read with an error below 0.8 % of its value and never too low.
//
// Nanoseconds, 0 to 2^63 - 1; a negative value counts as 0. Fixed size, no allocation after
// construction. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/base/time.h"

namespace tw::load {

class Histogram {
 public:
  Histogram();

  void Record(int64_t ns);
  void Merge(const Histogram& other);
  void Clear();

  uint64_t count() const { return count_; }
  Duration max() const { return {max_}; }                    // exact
  Duration min() const { return {count_ == 0 ? 0 : min_}; }  // exact
  double mean_ns() const;

  // The value that `percent` of all recorded ones do not exceed (nearest rank), rounded up to the
  // end of its bucket, never above max(). 0 when nothing was recorded. REQUIRES: 0 <= percent <=
  // 100.
  Duration Percentile(double percent) const;

  // Calls f(upper end in ns, count) for each bucket that is not empty, in ascending order.
  template <typename F>
  void ForEach(F f) const {
    for (size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i] != 0) {
        f(UpperEnd(i), buckets_[i]);
      }
    }
  }

 private:
  static constexpr int kSubBits = 7;  // 128 buckets to a power of two

  static size_t IndexOf(uint64_t value);
  static int64_t UpperEnd(size_t index);

  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  int64_t max_ = 0;
  int64_t min_ = 0;
  double sum_ = 0;
};

}  // namespace tw::load
