// tidy: analytics file, indicators are statistics that nothing is booked by
#include "services/feature-pipeline/bar_features.h"

namespace tw::features {
namespace {

constexpr size_t kSmaShort = 20;
constexpr size_t kSmaLong = 50;
constexpr size_t kBollinger = 20;
constexpr double kBollingerWidth = 2;
constexpr size_t kReturns = 20;

FeatureValue When(bool ready, std::string_view name, double value) {
  return {name, ready ? value : 0, ready};
}

}  // namespace

bool BarFeatures::Add(Timestamp start, Price close) {
  if (start <= last_start_ || close <= Price()) {
    return false;
  }
  last_start_ = start;
  ++bars_;
  const double value = ToDouble(close.e8());
  closes_.Add(value);
  ema_12_.Add(value);
  ema_26_.Add(value);
  rsi_14_.Add(value);
  macd_.Add(value);
  return true;
}

std::vector<FeatureValue> BarFeatures::Values() const {
  const auto mean_of = [this](std::string_view name, size_t n) {
    const bool ready = closes_.size() >= n;
    return When(ready, name, ready ? Mean(closes_.Newest(n)) : 0);
  };
  const auto value_of = [](std::string_view name, const auto& indicator) {
    return When(indicator.ready(), name, indicator.ready() ? indicator.value() : 0);
  };
  const bool signal = macd_.signal_ready();
  const bool band = closes_.size() >= kBollinger;
  const double middle = band ? Mean(closes_.Newest(kBollinger)) : 0;
  const double width = band ? kBollingerWidth * PopulationDeviation(closes_.Newest(kBollinger)) : 0;
  const bool returns = closes_.size() > kReturns;
  return {mean_of("sma_20", kSmaShort),
          mean_of("sma_50", kSmaLong),
          value_of("ema_12", ema_12_),
          value_of("ema_26", ema_26_),
          value_of("rsi_14", rsi_14_),
          value_of("macd", macd_),
          When(signal, "macd_signal", signal ? macd_.signal() : 0),
          When(signal, "macd_histogram", signal ? macd_.value() - macd_.signal() : 0),
          When(band, "bollinger_middle", middle),
          When(band, "bollinger_upper", middle + width),
          When(band, "bollinger_lower", middle - width),
          When(returns, "realized_volatility_20",
               returns ? SampleDeviation(LogReturns(closes_.Newest(kReturns + 1))) : 0)};
}

}  // namespace tw::features
