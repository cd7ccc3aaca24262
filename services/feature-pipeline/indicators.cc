// tidy: analytics file, indicators are statistics that nothing is booked by
#include "services/feature-pipeline/indicators.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tw::features {
namespace {

constexpr double kScale = static_cast<double>(kDecimalScale);
constexpr double kReturnMax = 2;  // e^2: 7.4 times the price within a bar
constexpr int64_t kTypicalParts = 3;
constexpr double kPercent = 100;

double Log(Price a, Price b) {
  return std::log(static_cast<double>(a.e8()) / static_cast<double>(b.e8()));
}

Int TypicalTimesThree(const Bar& bar) {
  return Int{bar.high.e8()} + bar.low.e8() + bar.close.e8();
}

}  // namespace

bool IsSound(const Bar& bar) {
  const Price lowest = std::min(bar.open, bar.close);
  const Price highest = std::max(bar.open, bar.close);
  return bar.low > Price() && bar.low <= lowest && bar.high >= highest &&
         bar.high.e8() <= kInputMaxE8 && bar.volume >= Quantity() && bar.volume.e8() <= kInputMaxE8;
}

double Sma::value(size_t) const {
  return static_cast<double>(window_.sum()) / (static_cast<double>(window_.n()) * kScale);
}

void Wma::Add(const Bar& bar) {
  const int64_t value = bar.close.e8();
  if (window_.full()) {
    weighted_ += window_.n() * Int{value} - window_.sum();  // every weight sinks by one
    window_.Add(value);
    return;
  }
  window_.Add(value);
  weighted_ += static_cast<Int>(window_.count()) * value;
}

double Wma::value(size_t) const {
  const int64_t weights = window_.n() * (window_.n() + 1) / 2;
  return static_cast<double>(weighted_) / (static_cast<double>(weights) * kScale);
}

void EmaOf::Add(double value) {
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

void Rsi::Add(const Bar& bar) {
  const Price last = last_;
  last_ = bar.close;
  if (++changes_ == 0) {
    return;
  }
  const double change = ToDouble((bar.close - last).e8());
  const double gain = std::max(change, 0.0);
  const double loss = std::max(-change, 0.0);
  const auto n = static_cast<double>(n_);
  if (changes_ < n_) {
    gain_ += gain;
    loss_ += loss;
  } else if (changes_ == n_) {
    gain_ = (gain_ + gain) / n;
    loss_ = (loss_ + loss) / n;
  } else {
    gain_ = (gain_ * (n - 1) + gain) / n;
    loss_ = (loss_ * (n - 1) + loss) / n;
  }
}

double Rsi::value(size_t) const {
  constexpr double kTop = 100;
  if (loss_ == 0) {
    return gain_ == 0 ? kTop / 2 : kTop;
  }
  return kTop - kTop / (1 + gain_ / loss_);
}

void Macd::Add(const Bar& bar) {
  const double close = ToDouble(bar.close.e8());
  fast_.Add(close);
  slow_.Add(close);
  if (slow_.ready()) {
    signal_.Add(fast_.value() - slow_.value());
  }
}

double Macd::value(size_t i) const {
  const double macd = fast_.value() - slow_.value();
  return i == 0 ? macd : i == 1 ? signal_.value() : macd - signal_.value();
}

double Bollinger::value(size_t i) const {
  const double middle = window_.Mean() / kScale;
  if (i == 0) {
    return middle;
  }
  const double width =
      window_.PopulationDeviation() / kScale * static_cast<double>(width_percent_) / kPercent;
  return i == 1 ? middle + width : middle - width;
}

void Atr::Add(const Bar& bar) {
  Price high = bar.high;
  Price low = bar.low;
  if (bars_ > 0) {  // the true range takes the gap since the last close in
    high = std::max(high, last_close_);
    low = std::min(low, last_close_);
  }
  last_close_ = bar.close;
  ++bars_;
  const int64_t range = (high - low).e8();
  const auto n = static_cast<double>(n_);
  if (bars_ <= n_) {
    sum_ += range;
    value_ = static_cast<double>(sum_) / (n * kScale);
  } else {
    value_ = (value_ * (n - 1) + ToDouble(range)) / n;
  }
}

void Vwap::Add(const Bar& bar) {
  notional_.Add(TypicalTimesThree(bar) * bar.volume.e8());
  volume_.Add(bar.volume.e8());
}

double Vwap::value(size_t) const {
  return static_cast<double>(notional_.sum()) /
         (static_cast<double>(volume_.sum() * kTypicalParts) * kScale);
}

void SessionVwap::Add(const Bar& bar) {
  constexpr int64_t kDayNs = Duration::Seconds(86'400).ns;
  const int64_t day = bar.start.ns / kDayNs;
  if (day != day_) {
    day_ = day;
    notional_ = 0;
    volume_ = 0;
  }
  notional_ += TypicalTimesThree(bar) * bar.volume.e8();
  volume_ += bar.volume.e8();
}

double SessionVwap::value(size_t) const {
  return static_cast<double>(notional_) / (static_cast<double>(volume_ * kTypicalParts) * kScale);
}

LogReturn::Result LogReturn::Next(const Bar& bar) {
  const Price last = last_;
  last_ = bar.close;
  if (last.IsZero()) {
    return {};
  }
  const double value = Log(bar.close, last);
  if (std::fabs(value) > kReturnMax) {
    return {.any = true, .broken = true};
  }
  return {.any = true, .value = static_cast<int64_t>(std::llround(value * kReturnUnit))};
}

void CloseVolatility::Add(const Bar& bar) {
  const LogReturn::Result next = next_.Next(bar);
  if (next.broken) {
    window_.Clear();
  } else if (next.any) {
    window_.Add(next.value);
  }
}

double RangeVolatility::MeanTerm() const {
  return static_cast<double>(window_.sum()) / (static_cast<double>(window_.n()) * kUnit);
}

void Parkinson::Add(const Bar& bar) {
  const double range = Log(bar.high, bar.low);
  AddTerm(range * range);
}

double Parkinson::value(size_t) const {
  return std::sqrt(MeanTerm() / (4 * std::numbers::ln2));
}

void GarmanKlass::Add(const Bar& bar) {
  const double range = Log(bar.high, bar.low);
  const double body = Log(bar.close, bar.open);
  AddTerm(0.5 * range * range - (2 * std::numbers::ln2 - 1) * body * body);
}

double GarmanKlass::value(size_t) const {
  return std::sqrt(std::max(MeanTerm(), 0.0));
}

void ReturnZScore::Add(const Bar& bar) {
  const LogReturn::Result next = next_.Next(bar);
  if (next.broken) {
    window_.Clear();
  } else if (next.any) {
    newest_ = next.value;
    window_.Add(next.value);
  }
}

void VolumeZScore::Add(const Bar& bar) {
  newest_ = bar.volume.e8();
  window_.Add(newest_);
}

}  // namespace tw::features
