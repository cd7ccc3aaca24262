#include "services/feature-pipeline/bar_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "libs/core/prng.h"
#include "tests/seed.h"

namespace tw::features {
namespace {

Timestamp Minute(int64_t n) {
  return Timestamp{1'800'000'000'000'000'000} + Duration::Seconds(60 * n);
}

std::vector<Definition> AllOfBars() {
  std::vector<Definition> all;
  for (const KindSpec& spec : Kinds()) {
    if (!spec.of_quotes) {
      all.push_back(MakeDefinition(std::string(spec.name), spec.name));
    }
  }
  return all;
}
std::vector<const Definition*> Pointers(const std::vector<Definition>& definitions) {
  std::vector<const Definition*> out;
  for (const Definition& definition : definitions) {
    out.push_back(&definition);
  }
  return out;
}

std::map<std::string, FeatureValue> ByName(const BarFeatures& features) {
  std::map<std::string, FeatureValue> out;
  for (const FeatureValue& value : features.Values()) {
    EXPECT_TRUE(out.emplace(value.name, value).second) << value.name << " twice";
  }
  return out;
}

Bar Flat(int64_t minute, int64_t close) {
  const Price p = Price::FromUnits(close);
  return {Minute(minute), p, p, p, p, Quantity::FromUnits(1)};
}

// A walk with gaps: some intervals have no bar.
std::vector<Bar> RandomBars(Prng& random, int count) {
  std::vector<Bar> bars;
  int64_t close = 45'000 * kDecimalScale;
  int64_t minute = 0;
  for (int i = 0; i < count; ++i) {
    const int64_t open = close + random.Between(-99, 99);
    close = std::max<int64_t>(open + random.Between(-50, 50) * kDecimalScale, kDecimalScale);
    const int64_t high = std::max(open, close) + random.Between(0, 20) * kDecimalScale;
    const int64_t low = std::max<int64_t>(
        std::min(open, close) - random.Between(0, 20) * kDecimalScale, kDecimalScale / 2);
    minute += random.Between(1, 3);
    bars.push_back({Minute(minute), Price::FromE8(open), Price::FromE8(high), Price::FromE8(low),
                    Price::FromE8(close), Quantity::FromE8(random.Between(0, 5'000'000'000))});
  }
  return bars;
}

TEST(BarFeaturesTest, EachIsReadyAfterTheBarsItSays) {
  const std::vector<Definition> definitions = AllOfBars();
  BarFeatures features(Pointers(definitions));
  for (int bar = 0; bar <= 60; ++bar) {
    const auto values = ByName(features);
    for (const Definition& definition : definitions) {
      const FeatureValue& last = values.at(definition.outputs.back());
      EXPECT_EQ(last.ready, bar >= definition.BarsNeeded()) << last.name << " after " << bar;
      if (!last.ready) {
        EXPECT_EQ(last.value, 0) << last.name;
      }
    }
    ASSERT_TRUE(features.Add(Flat(bar, 100 + bar % 7)));
  }
}

TEST(BarFeaturesTest, ABarThatIsNotAfterTheNewestChangesNothing) {
  const std::vector<Definition> definitions = AllOfBars();
  BarFeatures features(Pointers(definitions));
  ASSERT_TRUE(features.Add(Flat(5, 100)));
  EXPECT_FALSE(features.Add(Flat(5, 200)));  // a correction: what was known stays what was known
  EXPECT_FALSE(features.Add(Flat(4, 200)));
  EXPECT_FALSE(features.Add(Flat(6, 0)));
  EXPECT_EQ(features.bars(), 1u);
  EXPECT_EQ(features.last_start(), Minute(5));
  EXPECT_TRUE(features.Add(Flat(6, 100)));
}

// What a window says after a long market is, to the last bit, what a fresh one says that has seen
// nothing but the window.
TEST(BarFeaturesTest, WindowsForgetEverythingBeforeThem) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Prng random(seed);
    const auto n = random.Between(2, 60);
    std::vector<Definition> definitions;
    for (const char* kind :
         {"sma", "wma", "bollinger", "vwap", "volatility_close", "volatility_parkinson",
          "volatility_garman_klass", "return_zscore", "volume_zscore"}) {
      definitions.push_back(MakeDefinition(kind, kind, {n}));
    }
    const std::vector<Bar> bars = RandomBars(random, 1'000);
    BarFeatures sliding(Pointers(definitions));
    for (size_t i = 0; i < bars.size(); ++i) {
      ASSERT_TRUE(sliding.Add(bars[i]));
      if (i + 1 < static_cast<size_t>(n) + 1 || i % 41 != 0) {
        continue;
      }
      BarFeatures fresh(Pointers(definitions));
      for (size_t j = i - static_cast<size_t>(n); j <= i; ++j) {
        ASSERT_TRUE(fresh.Add(bars[j]));
      }
      const std::vector<FeatureValue> a = sliding.Values();
      const std::vector<FeatureValue> b = fresh.Values();
      for (size_t k = 0; k < a.size(); ++k) {
        EXPECT_EQ(a[k].ready, b[k].ready) << a[k].name;
        EXPECT_EQ(a[k].value, b[k].value) << a[k].name;
      }
    }
  }
}

// The definitions once more, from all bars at once, in plain doubles, written without the classes.
class FromScratch {
 public:
  explicit FromScratch(const std::vector<Bar>& bars) {
    for (const Bar& bar : bars) {
      open.push_back(ToDouble(bar.open.e8()));
      high.push_back(ToDouble(bar.high.e8()));
      low.push_back(ToDouble(bar.low.e8()));
      close.push_back(ToDouble(bar.close.e8()));
      volume.push_back(ToDouble(bar.volume.e8()));
      day.push_back(bar.start.ns / Duration::Seconds(86'400).ns);
    }
    for (size_t i = 1; i < close.size(); ++i) {
      returns.push_back(std::log(close[i]) - std::log(close[i - 1]));
    }
  }
  static double Mean(const std::vector<double>& v, size_t n) {
    return std::accumulate(v.end() - static_cast<long>(n), v.end(), 0.0) / static_cast<double>(n);
  }
  static double Deviation(const std::vector<double>& v, size_t n, double less) {
    const double mean = Mean(v, n);
    double sum = 0;
    for (size_t i = v.size() - n; i < v.size(); ++i) {
      sum += (v[i] - mean) * (v[i] - mean);
    }
    return std::sqrt(sum / (static_cast<double>(n) - less));
  }
  static std::vector<double> EmaSeries(const std::vector<double>& in, size_t n) {
    std::vector<double> out;
    const double weight = 2.0 / (static_cast<double>(n) + 1);
    for (size_t i = n; i <= in.size(); ++i) {
      out.push_back(i == n ? std::accumulate(in.begin(), in.begin() + static_cast<long>(n), 0.0) /
                                 static_cast<double>(n)
                           : weight * in[i - 1] + (1 - weight) * out.back());
    }
    return out;
  }
  std::vector<double> MacdSeries() const {
    const std::vector<double> fast = EmaSeries(close, 12);
    const std::vector<double> slow = EmaSeries(close, 26);
    std::vector<double> out;
    for (size_t i = 0; i < slow.size(); ++i) {
      out.push_back(fast[i + 14] - slow[i]);
    }
    return out;
  }
  double Rsi() const {
    double gain = 0;
    double loss = 0;
    for (size_t i = 1; i < close.size(); ++i) {
      const double up = std::max(close[i] - close[i - 1], 0.0);
      const double down = std::max(close[i - 1] - close[i], 0.0);
      gain = i <= 14 ? gain + up / 14 : (gain * 13 + up) / 14;
      loss = i <= 14 ? loss + down / 14 : (loss * 13 + down) / 14;
    }
    return 100 * gain / (gain + loss);
  }
  double Atr() const {
    double atr = 0;
    for (size_t i = 0; i < close.size(); ++i) {
      double range = high[i] - low[i];
      if (i > 0) {
        range =
            std::max({range, std::fabs(high[i] - close[i - 1]), std::fabs(low[i] - close[i - 1])});
      }
      atr = i < 14 ? atr + range / 14 : (atr * 13 + range) / 14;
    }
    return atr;
  }
  double Wma() const {
    double sum = 0;
    for (size_t i = 1; i <= 20; ++i) {
      sum += static_cast<double>(i) * close[close.size() - 21 + i];
    }
    return sum / 210;
  }
  double Vwap(bool session) const {
    double notional = 0;
    double traded = 0;
    for (size_t i = session ? 0 : close.size() - 20; i < close.size(); ++i) {
      if (!session || day[i] == day.back()) {
        notional += (high[i] + low[i] + close[i]) / 3 * volume[i];
        traded += volume[i];
      }
    }
    return notional / traded;
  }
  double Parkinson() const {
    double sum = 0;
    for (size_t i = close.size() - 20; i < close.size(); ++i) {
      sum += std::pow(std::log(high[i] / low[i]), 2);
    }
    return std::sqrt(sum / (4 * 20 * std::log(2.0)));
  }
  double GarmanKlass() const {
    double sum = 0;
    for (size_t i = close.size() - 20; i < close.size(); ++i) {
      sum += 0.5 * std::pow(std::log(high[i] / low[i]), 2) -
             (2 * std::log(2.0) - 1) * std::pow(std::log(close[i] / open[i]), 2);
    }
    return std::sqrt(sum / 20);
  }

  std::vector<double> open, high, low, close, volume, returns;
  std::vector<int64_t> day;
};

TEST(BarFeaturesTest, IncrementalEqualsFromScratch) {
  Prng random(TestSeed(1));
  for (int round = 1; round <= 10; ++round) {
    SCOPED_TRACE(round);
    const std::vector<Definition> definitions = AllOfBars();
    BarFeatures features(Pointers(definitions));
    const std::vector<Bar> bars = RandomBars(random, 400);
    for (size_t i = 0; i < bars.size(); ++i) {
      ASSERT_TRUE(features.Add(bars[i]));
      if (i < 60 || i % 37 != 0) {
        continue;
      }
      const FromScratch twin({bars.begin(), bars.begin() + static_cast<long>(i) + 1});
      const double macd = twin.MacdSeries().back();
      const double signal = FromScratch::EmaSeries(twin.MacdSeries(), 9).back();
      const double middle = FromScratch::Mean(twin.close, 20);
      const double width = 2 * FromScratch::Deviation(twin.close, 20, 0);
      const auto score = [](const std::vector<double>& v) {
        return (v.back() - FromScratch::Mean(v, 20)) / FromScratch::Deviation(v, 20, 1);
      };
      const std::map<std::string, double> wanted = {
          {"sma", middle},
          {"ema", FromScratch::EmaSeries(twin.close, 20).back()},
          {"wma", twin.Wma()},
          {"rsi", twin.Rsi()},
          {"macd", macd},
          {"macd_signal", signal},
          {"macd_histogram", macd - signal},
          {"bollinger_middle", middle},
          {"bollinger_upper", middle + width},
          {"bollinger_lower", middle - width},
          {"atr", twin.Atr()},
          {"vwap", twin.Vwap(false)},
          {"session_vwap", twin.Vwap(true)},
          {"log_return", twin.returns.back()},
          {"volatility_close", FromScratch::Deviation(twin.returns, 20, 1)},
          {"volatility_parkinson", twin.Parkinson()},
          {"volatility_garman_klass", twin.GarmanKlass()},
          {"return_zscore", score(twin.returns)},
          {"volume_zscore", score(twin.volume)}};
      const auto values = ByName(features);
      ASSERT_EQ(values.size(), wanted.size());
      for (const auto& [name, value] : wanted) {
        // The doubles of the twin are the coarser ones.
        EXPECT_NEAR(values.at(name).value, value, 1e-8 * std::max(1.0, std::fabs(value))) << name;
      }
    }
  }
}

// At the very bounds no sum leaves its range.
TEST(BarFeaturesTest, TheLargestFiguresFit) {
  std::vector<Definition> definitions;
  for (const KindSpec& spec : Kinds()) {
    if (!spec.of_quotes && spec.kind != Kind::kMacd) {
      definitions.push_back(MakeDefinition(std::string(spec.name), spec.name, {kWindowMax}));
    }
  }
  BarFeatures features(Pointers(definitions));
  const Price top = Price::FromE8(kInputMaxE8);
  for (int64_t i = 0; i < 3 * kWindowMax; ++i) {
    const Price low = i % 2 == 0 ? Price::FromE8(kInputMaxE8 / 7) : top;
    ASSERT_TRUE(features.Add({Minute(i), low, top, low, low, Quantity::FromE8(kInputMaxE8)}));
  }
  for (const FeatureValue& value : features.Values()) {
    EXPECT_TRUE(value.ready) << value.name;
    EXPECT_TRUE(std::isfinite(value.value)) << value.name;
    EXPECT_LE(std::fabs(value.value), 3e8) << value.name;
  }
}

}  // namespace
}  // namespace tw::features
