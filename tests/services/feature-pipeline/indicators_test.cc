// Each indicator against values that others have published, to the printed digit, or worked by
// hand.
#include "services/feature-pipeline/indicators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tw::features {
namespace {

Price P(double units) {
  return Price::FromE8(std::llround(units * 1e8));
}
Bar BarOf(double high, double low, double close, double volume = 1) {
  return {.start = {},
          .open = P(close),
          .high = P(high),
          .low = P(low),
          .close = P(close),
          .volume = Quantity::FromE8(std::llround(volume * 1e8))};
}
Bar Close(double close) {
  return BarOf(close, close, close);
}

// Adds every bar; output `i` must be ready from bar `first` (from 1) on, and near what is
// published.
template <typename Indicator>
void ExpectSeries(Indicator indicator,
                  const std::vector<Bar>& bars,
                  size_t first,
                  const std::vector<double>& published,
                  size_t output = 0,
                  double tolerance = 0.0100001) {
  ASSERT_EQ(bars.size(), first - 1 + published.size());
  for (size_t i = 0; i < bars.size(); ++i) {
    indicator.Add(bars[i]);
    ASSERT_EQ(indicator.ready(output), i + 1 >= first) << "bar " << i + 1;
    if (indicator.ready(output)) {
      EXPECT_NEAR(indicator.value(output), published[i + 1 - first], tolerance) << "bar " << i + 1;
    }
  }
}

std::vector<Bar> Closes(const std::vector<double>& closes) {
  std::vector<Bar> bars;
  for (const double close : closes) {
    bars.push_back(Close(close));
  }
  return bars;
}

// StockCharts' ChartSchool, "Moving Averages - Simple and Exponential": ten days of Intel.
const std::vector<double> kIntel = {22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43,
                                    22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36, 24.05,
                                    23.75, 23.83, 23.95, 23.63, 23.82, 23.87, 23.65, 23.19,
                                    23.10, 23.33, 22.68, 23.10, 22.40, 22.17};

TEST(SmaTest, PublishedTenDayExample) {
  ExpectSeries(Sma(10), Closes(kIntel), 10,
               {22.22, 22.21, 22.23, 22.26, 22.31, 22.42, 22.61, 22.77, 22.91, 23.08, 23.21,
                23.38, 23.53, 23.65, 23.71, 23.69, 23.61, 23.51, 23.43, 23.28, 23.13});
}

TEST(EmaTest, PublishedTenDayExample) {
  ExpectSeries(Ema(10), Closes(kIntel), 10,
               {22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80, 22.97, 23.13, 23.28, 23.34,
                23.43, 23.51, 23.53, 23.47, 23.40, 23.39, 23.26, 23.23, 23.08, 22.92});
}

// Investopedia, "Linearly Weighted Moving Average": five closes, 90.62. Then one more by hand:
// (1 * 90.83 + 2 * 90.28 + 3 * 90.36 + 4 * 90.90 + 5 * 91) / 15 = 90.738.
TEST(WmaTest, PublishedExampleAndTheNextByHand) {
  ExpectSeries(Wma(5), Closes({90.91, 90.83, 90.28, 90.36, 90.90, 91}), 5, {90.62, 90.738}, 0,
               0.0050001);
}

// ChartSchool, "Relative Strength Index": fourteen days.
TEST(RsiTest, PublishedFourteenDayExample) {
  ExpectSeries(Rsi(14), Closes({44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955,
                                45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140, 46.2820,
                                46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122,
                                46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783,
                                44.2181, 44.5672, 43.4205, 42.6628, 43.1314}),
               15,
               {70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42,
                39.99, 41.46, 41.87, 45.46, 37.30, 33.08, 37.77});
}

TEST(RsiTest, TheEndsOfTheScale) {
  Rsi up(3);
  Rsi down(3);
  Rsi flat(3);
  for (int i = 0; i < 10; ++i) {
    up.Add(Close(100 + i));
    down.Add(Close(100 - i));
    flat.Add(Close(100));
  }
  EXPECT_EQ(up.value(0), 100);
  EXPECT_EQ(down.value(0), 0);
  EXPECT_EQ(flat.value(0), 50);
}

// By hand, with short averages: EMA(2) and EMA(3) of 1, 2, 4, 8, 16, and EMA(2) of their
// difference.
TEST(MacdTest, HandWorked) {
  Macd macd(2, 3, 2);
  macd.Add(Close(1));
  macd.Add(Close(2));  // fast 1.5
  EXPECT_FALSE(macd.ready(0));
  macd.Add(Close(4));  // fast 1.5 + (4 - 1.5) * 2/3 = 19/6, slow 7/3
  ASSERT_TRUE(macd.ready(0));
  EXPECT_FALSE(macd.ready(1));
  EXPECT_NEAR(macd.value(0), 19.0 / 6 - 7.0 / 3, 1e-12);  // 5/6
  macd.Add(Close(8));  // fast 19/6 + (8 - 19/6) * 2/3 = 115/18, slow 7/3 + (8 - 7/3) / 2 = 31/6
  EXPECT_NEAR(macd.value(0), 115.0 / 18 - 31.0 / 6, 1e-12);  // 22/18
  ASSERT_TRUE(macd.ready(2));
  EXPECT_NEAR(macd.value(1), (5.0 / 6 + 22.0 / 18) / 2, 1e-12);  // 37/36
  macd.Add(Close(16));  // fast 115/18 + (16 - 115/18) * 2/3 = 691/54, slow 127/12
  const double value = 691.0 / 54 - 127.0 / 12;
  const double signal = 37.0 / 36 + (value - 37.0 / 36) * 2 / 3;
  EXPECT_NEAR(macd.value(0), value, 1e-12);
  EXPECT_NEAR(macd.value(1), signal, 1e-12);
  EXPECT_NEAR(macd.value(2), value - signal, 1e-12);
}

// ChartSchool, "Bollinger Bands": twenty days of the Nasdaq 100 ETF.
TEST(BollingerTest, PublishedTwentyDayExample) {
  const std::vector<Bar> bars =
      Closes({86.16, 89.09, 88.78, 90.32, 89.07, 91.15, 89.44, 89.18, 86.93, 87.68, 86.96,
              89.43, 89.32, 88.72, 87.45, 87.26, 89.50, 87.90, 89.13, 90.70, 92.90, 92.98,
              91.80, 92.66, 92.68, 92.30, 92.77, 92.54, 92.95, 93.20, 91.07, 89.83, 89.74,
              90.40, 90.74, 88.02, 88.09, 88.84, 90.78, 90.54, 91.39, 90.65});
  ExpectSeries(Bollinger(20, 200), bars, 20,
               {88.71, 89.05, 89.24, 89.39, 89.51, 89.69, 89.75, 89.91, 90.08, 90.38, 90.66, 90.86,
                90.88, 90.91, 90.99, 91.15, 91.19, 91.12, 91.17, 91.25, 91.24, 91.17, 91.05});
  ExpectSeries(Bollinger(20, 200), bars, 20,
               {91.29, 91.95, 92.61, 92.93, 93.31, 93.73, 93.90, 94.27, 94.57, 94.79, 95.04, 94.91,
                94.90, 94.90, 94.86, 94.67, 94.56, 94.68, 94.58, 94.53, 94.53, 94.37, 94.15},
               1);
}

// Ten closes of 99 and ten of 101: mean 100, every deviation 1.
TEST(BollingerTest, HandWorkedBands) {
  Bollinger bands(20, 200);
  for (int bar = 0; bar < 20; ++bar) {
    bands.Add(Close(bar % 2 == 0 ? 99 : 101));
  }
  EXPECT_DOUBLE_EQ(bands.value(0), 100);
  EXPECT_DOUBLE_EQ(bands.value(1), 102);
  EXPECT_DOUBLE_EQ(bands.value(2), 98);
}

// ChartSchool, "Average True Range": fourteen days of the Nasdaq 100 ETF, high, low and close.
TEST(AtrTest, PublishedFourteenDayExample) {
  const double table[][3] = {
      {48.70, 47.79, 48.16}, {48.72, 48.14, 48.61}, {48.90, 48.39, 48.75}, {48.87, 48.37, 48.63},
      {48.82, 48.24, 48.74}, {49.05, 48.64, 49.03}, {49.20, 48.94, 49.07}, {49.35, 48.86, 49.32},
      {49.92, 49.50, 49.91}, {50.19, 49.87, 50.13}, {50.12, 49.20, 49.53}, {49.66, 48.90, 49.50},
      {49.88, 49.43, 49.75}, {50.19, 49.73, 50.03}, {50.36, 49.26, 50.31}, {50.57, 50.09, 50.52},
      {50.65, 50.30, 50.41}, {50.43, 49.21, 49.34}, {49.63, 48.98, 49.37}, {50.33, 49.61, 50.23},
      {50.29, 49.20, 49.24}, {50.17, 49.43, 49.93}, {49.32, 48.08, 48.43}, {48.50, 47.64, 48.18},
      {48.32, 41.55, 46.57}, {46.80, 44.28, 45.41}, {47.80, 47.31, 47.77}, {48.39, 47.20, 47.72},
      {48.66, 47.90, 48.62}, {48.79, 47.73, 47.85}};
  std::vector<Bar> bars;
  for (const auto& row : table) {
    bars.push_back(BarOf(row[0], row[1], row[2]));
  }
  ExpectSeries(Atr(14), bars, 14,
               {0.56, 0.59, 0.59, 0.57, 0.62, 0.62, 0.64, 0.67, 0.69, 0.78, 0.78, 1.21, 1.30, 1.38,
                1.37, 1.34, 1.32});
}

// By hand: typical prices 10, 20 and 40; volumes 1, 3 and 1.
TEST(VwapTest, HandWorked) {
  Vwap vwap(2);
  vwap.Add(BarOf(11, 9, 10, 1));
  EXPECT_FALSE(vwap.ready(0));
  vwap.Add(BarOf(22, 18, 20, 3));
  EXPECT_DOUBLE_EQ(vwap.value(0), (10 * 1 + 20 * 3) / 4.0);
  vwap.Add(BarOf(45, 35, 40, 1));
  EXPECT_DOUBLE_EQ(vwap.value(0), (20 * 3 + 40 * 1) / 4.0);
  vwap.Add(BarOf(45, 35, 40, 0));
  vwap.Add(BarOf(45, 35, 40, 0));
  EXPECT_FALSE(vwap.ready(0));  // nothing was traded
}

TEST(SessionVwapTest, BeginsAnewEachDay) {
  SessionVwap vwap;
  Bar bar = BarOf(11, 9, 10, 1);
  bar.start = Timestamp{Duration::Seconds(86'400 * 3 - 60).ns};
  vwap.Add(bar);
  EXPECT_DOUBLE_EQ(vwap.value(0), 10);
  bar = BarOf(22, 18, 20, 3);
  bar.start = Timestamp{Duration::Seconds(86'400 * 3).ns};
  vwap.Add(bar);
  EXPECT_DOUBLE_EQ(vwap.value(0), 20);
  bar.high = P(32);  // typical 70/3
  vwap.Add(bar);
  EXPECT_NEAR(vwap.value(0), (20.0 + 70.0 / 3) / 2, 1e-12);
}

// Closes 99 and 101 in turn: ten returns of ln(101/99) and ten of its negative, mean 0.
TEST(CloseVolatilityTest, HandWorked) {
  CloseVolatility volatility(20);
  for (int bar = 0; bar < 20; ++bar) {
    volatility.Add(Close(bar % 2 == 0 ? 99 : 101));
    EXPECT_FALSE(volatility.ready(0));
  }
  volatility.Add(Close(99));
  EXPECT_NEAR(volatility.value(0), std::log(101.0 / 99) * std::sqrt(20.0 / 19), 1e-14);
}

TEST(CloseVolatilityTest, AMoveThatNoMarketMakesBeginsTheWindowAnew) {
  CloseVolatility volatility(2);
  for (const double close : {100.0, 101.0, 102.0}) {
    volatility.Add(Close(close));
  }
  EXPECT_TRUE(volatility.ready(0));
  volatility.Add(Close(10));  // a split of ten to one
  EXPECT_FALSE(volatility.ready(0));
  volatility.Add(Close(10.1));
  volatility.Add(Close(10.2));
  EXPECT_TRUE(volatility.ready(0));
  EXPECT_LT(volatility.value(0), 0.01);
}

// Every bar with high = 1.02 * low: the root of ln(1.02)^2 / (4 ln 2).
TEST(ParkinsonTest, HandWorked) {
  Parkinson volatility(3);
  for (const double low : {100.0, 50.0, 75.0}) {
    EXPECT_FALSE(volatility.ready(0));
    volatility.Add(BarOf(low * 1.02, low, low));
  }
  EXPECT_NEAR(volatility.value(0), 0.0118928, 1e-6);  // 0.0198026 / 1.6651092
  EXPECT_NEAR(volatility.value(0), std::log(1.02) / (2 * std::sqrt(std::log(2.0))), 1e-12);
}

// A bar that ends where it began adds half of ln(H/L)^2; one that runs from low to high adds
// (0.5 - 0.3862944) of it.
TEST(GarmanKlassTest, HandWorked) {
  GarmanKlass volatility(2);
  Bar bar = BarOf(102, 100, 101);
  volatility.Add(bar);
  bar.open = P(100);
  bar.close = P(102);
  volatility.Add(bar);
  const double x = std::log(1.02) * std::log(1.02);
  EXPECT_NEAR(volatility.value(0), std::sqrt((0.5 * x + 0.1137056389 * x) / 2), 1e-12);
  EXPECT_NEAR(volatility.value(0), 0.0109695, 1e-6);
}

// Volumes 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squared deviations 32, sample deviation root of 32/7.
TEST(ZScoreTest, HandWorked) {
  VolumeZScore score(8);
  for (const double volume : {2, 4, 4, 4, 5, 5, 7, 9}) {
    score.Add(BarOf(1, 1, 1, volume));
  }
  EXPECT_NEAR(score.value(0), 4 / std::sqrt(32.0 / 7), 1e-12);
  for (int i = 0; i < 8; ++i) {
    score.Add(BarOf(1, 1, 1, 3));
  }
  EXPECT_EQ(score.value(0), 0);  // nothing differs
  // Returns of ln 1.1, ln 1.1 and ln 1.21: mean 4/3 ln 1.1, deviation ln 1.1 / root 3.
  ReturnZScore of_return(3);
  for (const double close : {100.0, 110.0, 121.0, 146.41}) {
    of_return.Add(Close(close));
  }
  EXPECT_NEAR(of_return.value(0), 2.0 / 3 * std::sqrt(3.0), 1e-9);
}

TEST(ReturnTest, HandWorked) {
  Return r;
  r.Add(Close(100));
  EXPECT_FALSE(r.ready(0));
  r.Add(Close(110));
  EXPECT_NEAR(r.value(0), 0.0953101798, 1e-10);  // ln 1.1
}

struct SoundRow {
  const char* what;
  double open, high, low, close, volume;
  bool sound;
};

TEST(BarTest, WhatIsSound) {
  const SoundRow rows[] = {{"a bar", 2, 3, 1, 2, 5, true},
                           {"a flat one without volume", 2, 2, 2, 2, 0, true},
                           {"no price", 0, 3, 0, 2, 5, false},
                           {"high below close", 2, 2, 1, 3, 5, false},
                           {"low above open", 2, 4, 3, 3, 5, false},
                           {"below zero", -1, 3, -1, 2, 5, false},
                           {"a volume below zero", 2, 3, 1, 2, -1, false},
                           {"a price too large", 3e8, 3e8, 3e8, 3e8, 1, false},
                           {"a volume too large", 2, 3, 1, 2, 3e8, false}};
  for (const SoundRow& row : rows) {
    const Bar bar{.start = {},
                  .open = P(row.open),
                  .high = P(row.high),
                  .low = P(row.low),
                  .close = P(row.close),
                  .volume = Quantity::FromE8(std::llround(row.volume * 1e8))};
    EXPECT_EQ(IsSound(bar), row.sound) << row.what;
  }
}

}  // namespace
}  // namespace tw::features
