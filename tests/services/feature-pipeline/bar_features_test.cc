#include "services/feature-pipeline/bar_features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "libs/core/prng.h"

namespace tw::features {
namespace {

Timestamp Minute(int64_t n) {
  return Timestamp{1'800'000'000'000'000'000} + Duration::Seconds(60 * n);
}

std::map<std::string, FeatureValue> ByName(const BarFeatures& features) {
  std::map<std::string, FeatureValue> out;
  for (const FeatureValue& value : features.Values()) {
    EXPECT_TRUE(out.emplace(value.name, value).second) << value.name << " twice";
  }
  return out;
}

TEST(BarFeaturesTest, EachIsReadyAfterItsNumberOfBars) {
  const std::map<std::string, int> bars_needed = {
      {"sma_20", 20},          {"sma_50", 50},          {"ema_12", 12},
      {"ema_26", 26},          {"rsi_14", 15},          {"macd", 26},
      {"macd_signal", 34},     {"macd_histogram", 34},  {"bollinger_middle", 20},
      {"bollinger_upper", 20}, {"bollinger_lower", 20}, {"realized_volatility_20", 21}};
  BarFeatures features;
  for (int bar = 0; bar <= 60; ++bar) {
    const auto values = ByName(features);
    ASSERT_EQ(values.size(), bars_needed.size());
    for (const auto& [name, needed] : bars_needed) {
      EXPECT_EQ(values.at(name).ready, bar >= needed) << name << " after " << bar << " bars";
      if (!values.at(name).ready) {
        EXPECT_EQ(values.at(name).value, 0) << name;
      }
    }
    ASSERT_TRUE(features.Add(Minute(bar), Price::FromUnits(100 + bar % 7)));
  }
}

TEST(BarFeaturesTest, HandWorkedBandsAndVolatility) {
  // Ten closes of 99 and ten of 101, in turn: mean 100, every deviation 1.
  BarFeatures features;
  for (int bar = 0; bar < 20; ++bar) {
    features.Add(Minute(bar), Price::FromUnits(bar % 2 == 0 ? 99 : 101));
  }
  auto values = ByName(features);
  EXPECT_DOUBLE_EQ(values["sma_20"].value, 100);
  EXPECT_DOUBLE_EQ(values["bollinger_middle"].value, 100);
  EXPECT_DOUBLE_EQ(values["bollinger_upper"].value, 102);
  EXPECT_DOUBLE_EQ(values["bollinger_lower"].value, 98);
  // With the 21st close ten returns of ln(101/99) and ten of its negative: mean 0.
  features.Add(Minute(20), Price::FromUnits(99));
  values = ByName(features);
  EXPECT_NEAR(values["realized_volatility_20"].value, std::log(101.0 / 99) * std::sqrt(20.0 / 19),
              1e-12);
}

TEST(BarFeaturesTest, ABarThatIsNotAfterTheNewestChangesNothing) {
  BarFeatures features;
  ASSERT_TRUE(features.Add(Minute(5), Price::FromUnits(100)));
  EXPECT_FALSE(features.Add(Minute(5), Price::FromUnits(200)));
  EXPECT_FALSE(features.Add(Minute(4), Price::FromUnits(200)));
  EXPECT_FALSE(features.Add(Minute(6), Price()));
  EXPECT_FALSE(features.Add(Minute(6), -Price::FromUnits(1)));
  EXPECT_EQ(features.bars(), 1u);
  EXPECT_EQ(features.last_start(), Minute(5));
  EXPECT_TRUE(features.Add(Minute(6), Price::FromUnits(100)));
}

// The definitions once more, from all closes at once, written without the incremental classes.
struct FromScratch {
  explicit FromScratch(std::vector<double> all) : closes(std::move(all)) {}

  double Sma(size_t n) const {
    double sum = 0;
    for (size_t i = closes.size() - n; i < closes.size(); ++i) {
      sum += closes[i];
    }
    return sum / static_cast<double>(n);
  }
  static std::vector<double> EmaSeries(const std::vector<double>& in, size_t n) {
    std::vector<double> out;
    const double weight = 2.0 / (static_cast<double>(n) + 1);
    for (size_t i = n; i <= in.size(); ++i) {
      if (i == n) {
        double sum = 0;
        for (size_t j = 0; j < n; ++j) {
          sum += in[j];
        }
        out.push_back(sum / static_cast<double>(n));
      } else {
        out.push_back(weight * in[i - 1] + (1 - weight) * out.back());
      }
    }
    return out;
  }
  std::vector<double> MacdSeries() const {
    const std::vector<double> fast = EmaSeries(closes, 12);
    const std::vector<double> slow = EmaSeries(closes, 26);
    std::vector<double> out;
    for (size_t i = 0; i < slow.size(); ++i) {
      out.push_back(fast[i + 14] - slow[i]);
    }
    return out;
  }
  double Rsi() const {
    double gain = 0;
    double loss = 0;
    for (size_t i = 1; i < closes.size(); ++i) {
      const double up = std::max(closes[i] - closes[i - 1], 0.0);
      const double down = std::max(closes[i - 1] - closes[i], 0.0);
      const double share = i <= 14 ? 1.0 / 14 : 13.0 / 14;
      gain = i <= 14 ? gain + up * share : gain * share + up / 14;
      loss = i <= 14 ? loss + down * share : loss * share + down / 14;
    }
    return 100 * gain / (gain + loss);
  }
  double Deviation() const {
    double sum = 0;
    for (size_t i = closes.size() - 20; i < closes.size(); ++i) {
      sum += std::pow(closes[i] - Sma(20), 2);
    }
    return std::sqrt(sum / 20);
  }
  double Volatility() const {
    double sum = 0;
    double squares = 0;
    for (size_t i = closes.size() - 20; i < closes.size(); ++i) {
      const double r = std::log(closes[i]) - std::log(closes[i - 1]);
      sum += r;
      squares += r * r;
    }
    return std::sqrt((squares - sum * sum / 20) / 19);
  }

  std::vector<double> closes;
};

TEST(BarFeaturesTest, IncrementalEqualsFromScratch) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng random(seed);
    BarFeatures features;
    std::vector<double> closes;
    int64_t close_e8 = 45'000 * kDecimalScale;
    int64_t minute = 0;
    for (int bar = 0; bar < 400; ++bar) {
      close_e8 += random.Between(-50, 50) * kDecimalScale + random.Between(-99, 99);
      minute += random.Between(1, 3);  // some intervals have no bar
      ASSERT_TRUE(features.Add(Minute(minute), Price::FromE8(close_e8)));
      closes.push_back(ToDouble(close_e8));
      if (bar < 60 || bar % 37 != 0) {
        continue;
      }
      const FromScratch twin(closes);
      auto values = ByName(features);
      const double macd = twin.MacdSeries().back();
      const double signal = FromScratch::EmaSeries(twin.MacdSeries(), 9).back();
      EXPECT_NEAR(values["sma_20"].value, twin.Sma(20), 1e-6);
      EXPECT_NEAR(values["sma_50"].value, twin.Sma(50), 1e-6);
      EXPECT_NEAR(values["ema_12"].value, FromScratch::EmaSeries(closes, 12).back(), 1e-6);
      EXPECT_NEAR(values["ema_26"].value, FromScratch::EmaSeries(closes, 26).back(), 1e-6);
      EXPECT_NEAR(values["rsi_14"].value, twin.Rsi(), 1e-8);
      EXPECT_NEAR(values["macd"].value, macd, 1e-6);
      EXPECT_NEAR(values["macd_signal"].value, signal, 1e-6);
      EXPECT_NEAR(values["macd_histogram"].value, macd - signal, 1e-6);
      EXPECT_NEAR(values["bollinger_upper"].value, twin.Sma(20) + 2 * twin.Deviation(), 1e-6);
      EXPECT_NEAR(values["bollinger_lower"].value, twin.Sma(20) - 2 * twin.Deviation(), 1e-6);
      EXPECT_NEAR(values["realized_volatility_20"].value, twin.Volatility(), 1e-9);
    }
  }
}

}  // namespace
}  // namespace tw::features
