#include "services/feature-pipeline/indicators.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tw::features {
namespace {

TEST(WindowTest, KeepsTheNewestInOrder) {
  Window window(3);
  EXPECT_TRUE(window.Values().empty());
  for (const double v : {1.0, 2.0}) {
    window.Add(v);
  }
  EXPECT_FALSE(window.full());
  EXPECT_EQ(window.Values(), (std::vector<double>{1, 2}));
  for (const double v : {3.0, 4.0, 5.0, 6.0, 7.0}) {
    window.Add(v);
  }
  EXPECT_TRUE(window.full());
  EXPECT_EQ(window.Values(), (std::vector<double>{5, 6, 7}));
  EXPECT_EQ(window.Newest(2), (std::vector<double>{6, 7}));
  EXPECT_TRUE(window.Newest(0).empty());
}

TEST(StatisticsTest, HandWorked) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};  // deviations squared: 32
  EXPECT_DOUBLE_EQ(Mean(values), 5);
  EXPECT_DOUBLE_EQ(PopulationDeviation(values), 2);
  EXPECT_DOUBLE_EQ(SampleDeviation(values), std::sqrt(32.0 / 7));
  const std::vector<double> returns = LogReturns(std::vector<double>{100, 110, 99});
  ASSERT_EQ(returns.size(), 2u);
  EXPECT_NEAR(returns[0], 0.0953101798, 1e-10);   // ln 1.1
  EXPECT_NEAR(returns[1], -0.1053605157, 1e-10);  // ln 0.9
}

// StockCharts' ChartSchool, "Moving Averages": ten-day EMA of Intel, to the printed cent.
TEST(EmaTest, PublishedTenDayExample) {
  const std::vector<double> closes = {22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43,
                                      22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36, 24.05,
                                      23.75, 23.83, 23.95, 23.63, 23.82, 23.87, 23.65, 23.19,
                                      23.10, 23.33, 22.68, 23.10, 22.40, 22.17};
  const std::vector<double> published = {22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80,
                                         22.97, 23.13, 23.28, 23.34, 23.43, 23.51, 23.53,
                                         23.47, 23.40, 23.39, 23.26, 23.23, 23.08, 22.92};
  Ema ema(10);
  for (size_t i = 0; i < closes.size(); ++i) {
    ema.Add(closes[i]);
    ASSERT_EQ(ema.ready(), i >= 9);
    if (ema.ready()) {
      EXPECT_NEAR(ema.value(), published[i - 9], 0.0100001) << "day " << i + 1;
    }
  }
}

// StockCharts' ChartSchool, "Relative Strength Index": fourteen-day RSI, to the printed hundredth.
TEST(RsiTest, PublishedFourteenDayExample) {
  const std::vector<double> closes = {44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955,
                                      45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140, 46.2820,
                                      46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122,
                                      46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783,
                                      44.2181, 44.5672, 43.4205, 42.6628, 43.1314};
  const std::vector<double> published = {70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93,
                                         63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46,
                                         41.87, 45.46, 37.30, 33.08, 37.77};
  Rsi rsi(14);
  for (size_t i = 0; i < closes.size(); ++i) {
    rsi.Add(closes[i]);
    ASSERT_EQ(rsi.ready(), i >= 14);
    if (rsi.ready()) {
      EXPECT_NEAR(rsi.value(), published[i - 14], 0.0100001) << "day " << i + 1;
    }
  }
}

TEST(RsiTest, TheEndsOfTheScale) {
  Rsi up(3);
  Rsi down(3);
  Rsi flat(3);
  for (int i = 0; i < 10; ++i) {
    up.Add(100 + i);
    down.Add(100 - i);
    flat.Add(100);
  }
  EXPECT_EQ(up.value(), 100);
  EXPECT_EQ(down.value(), 0);
  EXPECT_EQ(flat.value(), 50);
}

// By hand, with short averages: EMA(2) and EMA(3) of 1, 2, 4, 8, 16, and EMA(2) of their
// difference.
TEST(MacdTest, HandWorked) {
  Macd macd(2, 3, 2);
  macd.Add(1);
  macd.Add(2);  // fast 1.5
  EXPECT_FALSE(macd.ready());
  macd.Add(4);  // fast 1.5 + (4 - 1.5) * 2/3 = 19/6, slow 7/3
  ASSERT_TRUE(macd.ready());
  EXPECT_FALSE(macd.signal_ready());
  EXPECT_NEAR(macd.value(), 19.0 / 6 - 7.0 / 3, 1e-12);  // 5/6
  macd.Add(8);  // fast 19/6 + (8 - 19/6) * 2/3 = 115/18, slow 7/3 + (8 - 7/3) / 2 = 31/6
  EXPECT_NEAR(macd.value(), 115.0 / 18 - 31.0 / 6, 1e-12);  // 22/18
  ASSERT_TRUE(macd.signal_ready());
  EXPECT_NEAR(macd.signal(), (5.0 / 6 + 22.0 / 18) / 2, 1e-12);  // 37/36
  macd.Add(16);  // fast 115/18 + (16 - 115/18) * 2/3 = 691/54, slow 31/6 + (16 - 31/6) / 2 = 127/12
  const double value = 691.0 / 54 - 127.0 / 12;
  EXPECT_NEAR(macd.value(), value, 1e-12);
  EXPECT_NEAR(macd.signal(), 37.0 / 36 + (value - 37.0 / 36) * 2 / 3, 1e-12);
}

}  // namespace
}  // namespace tw::features
