// tidy: analytics file, indicators are statistics that nothing is booked by
#include "services/feature-pipeline/indicators.h"

#include <cmath>

#include "libs/base/check.h"

namespace tw::features {
namespace {

double SquaredDifferences(std::span<const double> values) {
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) {
    sum += (value - mean) * (value - mean);
  }
  return sum;
}

}  // namespace

void Window::Add(double value) {
  if (values_.size() < size_) {
    values_.push_back(value);
    return;
  }
  values_[next_] = value;
  next_ = (next_ + 1) % size_;
}

std::vector<double> Window::Newest(size_t count) const {
  TW_CHECK(count <= values_.size());
  std::vector<double> out;
  out.reserve(count);
  for (size_t i = values_.size() - count; i < values_.size(); ++i) {
    out.push_back(values_[(next_ + i) % values_.size()]);
  }
  return out;
}

double Mean(std::span<const double> values) {
  TW_CHECK(!values.empty());
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum / static_cast<double>(values.size());
}

double PopulationDeviation(std::span<const double> values) {
  return std::sqrt(SquaredDifferences(values) / static_cast<double>(values.size()));
}

double SampleDeviation(std::span<const double> values) {
  TW_CHECK(values.size() > 1);
  return std::sqrt(SquaredDifferences(values) / static_cast<double>(values.size() - 1));
}

std::vector<double> LogReturns(std::span<const double> values) {
  std::vector<double> out;
  for (size_t i = 1; i < values.size(); ++i) {
    out.push_back(std::log(values[i] / values[i - 1]));
  }
  return out;
}

void Ema::Add(double value) {
  ++count_;
  const auto n = static_cast<double>(n_);
  if (count_ < n_) {
    value_ += value;
  } else if (count_ == n_) {
    value_ = (value_ + value) / n;
  } else {
    value_ += (value - value_) * 2 / (n + 1);
  }
}

void Rsi::Add(double value) {
  if (!begun_) {
    begun_ = true;
    last_ = value;
    return;
  }
  const double change = value - last_;
  last_ = value;
  ++changes_;
  const double gain = change > 0 ? change : 0;
  const double loss = change < 0 ? -change : 0;
  const auto n = static_cast<double>(n_);
  if (changes_ <= n_) {
    gain_ += gain;
    loss_ += loss;
    if (changes_ == n_) {
      gain_ /= n;
      loss_ /= n;
    }
  } else {
    gain_ = (gain_ * (n - 1) + gain) / n;
    loss_ = (loss_ * (n - 1) + loss) / n;
  }
}

double Rsi::value() const {
  if (loss_ == 0) {
    return gain_ == 0 ? 50 : 100;
  }
  return 100 - 100 / (1 + gain_ / loss_);
}

void Macd::Add(double value) {
  fast_.Add(value);
  slow_.Add(value);
  if (ready()) {
    signal_.Add(this->value());
  }
}

}  // namespace tw::features
