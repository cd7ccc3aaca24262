// tidy: analytics file, indicators are statistics that nothing is booked by
//
// The recursive indicators, one close at a time, and the window statistics. Pure; one owner each.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tw::features {

// The newest `size` values. REQUIRES: size > 0.
class Window {
 public:
  explicit Window(size_t size) : size_(size) { values_.reserve(size); }

  void Add(double value);
  bool full() const { return values_.size() == size_; }
  // Oldest first, all or the newest `count`. REQUIRES: count <= size().
  std::vector<double> Values() const { return Newest(values_.size()); }
  std::vector<double> Newest(size_t count) const;
  size_t size() const { return values_.size(); }

 private:
  size_t size_;
  size_t next_ = 0;  // where the oldest lies once it is full
  std::vector<double> values_;
};

// REQUIRES: values is not empty; of SampleDeviation two at least.
double Mean(std::span<const double> values);
double PopulationDeviation(std::span<const double> values);
double SampleDeviation(std::span<const double> values);
// ln(values[i] / values[i - 1]). REQUIRES: values are above zero.
std::vector<double> LogReturns(std::span<const double> values);

// Exponential moving average, weight 2 / (n + 1), begun with the mean of the first n values.
class Ema {
 public:
  explicit Ema(size_t n) : n_(n) {}

  void Add(double value);
  bool ready() const { return count_ >= n_; }
  double value() const { return value_; }  // REQUIRES: ready()

 private:
  size_t n_;
  size_t count_ = 0;
  double value_ = 0;  // the sum until it is ready
};

// Wilder's relative strength index: averages of gains and losses, begun with the mean of the first
// n changes, then ((n - 1) * average + newest) / n. 100 without losses, 50 without any change.
class Rsi {
 public:
  explicit Rsi(size_t n) : n_(n) {}

  void Add(double value);
  bool ready() const { return changes_ >= n_; }
  double value() const;  // REQUIRES: ready()

 private:
  size_t n_;
  size_t changes_ = 0;
  bool begun_ = false;
  double last_ = 0;
  double gain_ = 0;  // sums until it is ready, then averages
  double loss_ = 0;
};

// Fast less slow average, its own average (the signal), and the difference of the two.
class Macd {
 public:
  Macd(size_t fast, size_t slow, size_t signal) : fast_(fast), slow_(slow), signal_(signal) {}

  void Add(double value);
  bool ready() const { return fast_.ready() && slow_.ready(); }
  double value() const { return fast_.value() - slow_.value(); }
  bool signal_ready() const { return signal_.ready(); }
  double signal() const { return signal_.value(); }

 private:
  Ema fast_;
  Ema slow_;
  Ema signal_;
};

}  // namespace tw::features
