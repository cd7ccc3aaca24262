// tidy: analytics file, indicators are statistics that nothing is booked by
//
// Windows over the newest n numbers, kept as exact integers: a sum that slides along the market for
// months is the one a fresh computation over the same n numbers gives, to the last bit. Pure; one
// owner each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::features {

// Bounds that keep every sum within 127 bits: n * sum of squares < 500 * 500 * (2e16)^2 = 1e38.
using Int = __int128;
inline constexpr int64_t kWindowMax = 500;
inline constexpr int64_t kInputMaxE8 = 20'000'000'000'000'000;  // 2e8 units of price or volume

// The newest `size` numbers.
template <typename T>
class Ring {
 public:
  explicit Ring(size_t size) : size_(size) { values_.reserve(size); }  // REQUIRES: size > 0

  bool full() const { return values_.size() == size_; }
  size_t size() const { return values_.size(); }
  // Replaces the oldest once it is full; answers it, zero before.
  T Push(T value) {
    if (!full()) {
      values_.push_back(value);
      return T{};
    }
    const T oldest = values_[next_];
    values_[next_] = value;
    next_ = (next_ + 1) % size_;
    return oldest;
  }
  void Clear() {
    values_.clear();
    next_ = 0;
  }

 private:
  size_t size_;
  size_t next_ = 0;  // where the oldest lies once it is full
  std::vector<T> values_;
};

// Their sum.
template <typename T>
class SumWindow {
 public:
  explicit SumWindow(int64_t n) : n_(n), ring_(static_cast<size_t>(n)) {}

  void Add(T value) { sum_ += value - ring_.Push(value); }
  bool full() const { return ring_.full(); }
  int64_t n() const { return n_; }
  size_t count() const { return ring_.size(); }
  Int sum() const { return sum_; }
  void Clear() {
    ring_.Clear();
    sum_ = 0;
  }

 private:
  int64_t n_;
  Ring<T> ring_;
  Int sum_ = 0;
};

// Their sum and the sum of their squares. REQUIRES: |values| <= kInputMaxE8.
class MomentWindow {
 public:
  explicit MomentWindow(int64_t n) : n_(n), ring_(static_cast<size_t>(n)) {}

  void Add(int64_t value);
  bool full() const { return ring_.full(); }
  int64_t n() const { return n_; }
  void Clear();

  // In units of the values. REQUIRES: full(); of SampleDeviation n > 1.
  double Mean() const;
  double PopulationDeviation() const;
  double SampleDeviation() const;
  // (value - mean) / sample deviation; 0 where that is 0.
  double ZScore(int64_t value) const;

 private:
  Int SpreadSquares() const;  // n * sum of squares - square of the sum: n^2 times the variance

  int64_t n_;
  Ring<int64_t> ring_;
  Int sum_ = 0;
  Int squares_ = 0;
};

}  // namespace tw::features
