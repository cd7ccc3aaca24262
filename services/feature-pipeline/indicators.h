// tidy: analytics file, indicators are statistics that nothing is booked by
//
// Indicators of one series of bars, a bar at a time. Averages and deviations over n bars are exact
// (windows.h); the recursive ones (EMA, RSI, MACD, ATR) go on from all bars since their start.
// Pure; one owner each.
//
// Definitions and where they are published:
//   Sma, Ema, Wma    StockCharts ChartSchool, "Moving Averages - Simple and Exponential"; Ema
//   begins
//                    with the mean of the first n, weight 2 / (n + 1). Wma: weights 1 to n, newest
//                    n (J. J. Murphy, "Technical Analysis of the Financial Markets", ch. 9)
//   Rsi, Atr         J. W. Wilder, "New Concepts in Technical Trading Systems" (1978): averages
//   begun
//                    with the mean of the first n, then ((n - 1) * average + newest) / n
//   Macd             G. Appel; ChartSchool, "MACD"
//   Bollinger        J. Bollinger, "Bollinger on Bollinger Bands": n bars, population deviation
//   Vwap             ChartSchool, "Volume-Weighted Average Price": typical price (H + L + C) / 3
//   CloseVolatility  sample deviation of log returns (J. Hull, "Options, Futures", ch. 15)
//   Parkinson        M. Parkinson, "The Extreme Value Method for Estimating the Variance of the
//   Rate
//                    of Return", J. Business 53 (1980): sum ln(H/L)^2 / (4 n ln 2)
//   GarmanKlass      M. B. Garman, M. J. Klass, "On the Estimation of Security Price Volatilities",
//                    J. Business 53 (1980): 0.5 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2, its mean over n
//   z-scores         (newest - mean) / sample deviation over the newest n, itself among them
// Volatilities are per bar, not annualized.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "services/feature-pipeline/windows.h"

namespace tw::features {

struct Bar {
  Timestamp start;
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;
};

// Its four prices above zero and within the bounds of windows.h, low <= open, close <= high.
bool IsSound(const Bar& bar);

// Each has Add(bar), ready(i) and value(i) for its outputs i; REQUIRES of value: ready(i).
class Sma {
 public:
  explicit Sma(int64_t n) : window_(n) {}
  void Add(const Bar& bar) { window_.Add(bar.close.e8()); }
  bool ready(size_t) const { return window_.full(); }
  double value(size_t) const;

 private:
  SumWindow<int64_t> window_;
};

class Wma {
 public:
  explicit Wma(int64_t n) : window_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return window_.full(); }
  double value(size_t) const;

 private:
  SumWindow<int64_t> window_;
  Int weighted_ = 0;  // 1 * oldest + ... + n * newest
};

// Of any numbers.
class EmaOf {
 public:
  explicit EmaOf(int64_t n) : n_(n) {}
  void Add(double value);
  bool ready() const { return count_ >= n_; }
  double value() const { return value_; }

 private:
  int64_t n_;
  int64_t count_ = 0;
  double value_ = 0;  // the sum until it is ready
};

class Ema {
 public:
  explicit Ema(int64_t n) : ema_(n) {}
  void Add(const Bar& bar) { ema_.Add(ToDouble(bar.close.e8())); }
  bool ready(size_t) const { return ema_.ready(); }
  double value(size_t) const { return ema_.value(); }

 private:
  EmaOf ema_;
};

// 100 without losses, 50 without any change.
class Rsi {
 public:
  explicit Rsi(int64_t n) : n_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return changes_ >= n_; }
  double value(size_t) const;

 private:
  int64_t n_;
  int64_t changes_ = -1;
  Price last_;
  double gain_ = 0;  // sums until it is ready, then averages
  double loss_ = 0;
};

// Fast less slow average; its own average, the signal; the difference of the two.
class Macd {
 public:
  Macd(int64_t fast, int64_t slow, int64_t signal) : fast_(fast), slow_(slow), signal_(signal) {}
  void Add(const Bar& bar);
  bool ready(size_t i) const { return i == 0 ? slow_.ready() : signal_.ready(); }
  double value(size_t i) const;

 private:
  EmaOf fast_;
  EmaOf slow_;
  EmaOf signal_;
};

// Middle, upper, lower.
class Bollinger {
 public:
  Bollinger(int64_t n, int64_t width_percent) : window_(n), width_percent_(width_percent) {}
  void Add(const Bar& bar) { window_.Add(bar.close.e8()); }
  bool ready(size_t) const { return window_.full(); }
  double value(size_t i) const;

 private:
  MomentWindow window_;
  int64_t width_percent_;  // 200: two deviations
};

class Atr {
 public:
  explicit Atr(int64_t n) : n_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return bars_ >= n_; }
  double value(size_t) const { return value_; }

 private:
  int64_t n_;
  int64_t bars_ = 0;
  Price last_close_;
  Int sum_ = 0;
  double value_ = 0;
};

// Not ready while nothing was traded.
class Vwap {
 public:
  explicit Vwap(int64_t n) : notional_(n), volume_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return volume_.full() && volume_.sum() > 0; }
  double value(size_t) const;

 private:
  SumWindow<Int> notional_;  // of three times the typical price
  SumWindow<int64_t> volume_;
};

// Since 00:00 UTC.
class SessionVwap {
 public:
  void Add(const Bar& bar);
  bool ready(size_t) const { return volume_ > 0; }
  double value(size_t) const;

 private:
  int64_t day_ = std::numeric_limits<int64_t>::min();
  Int notional_ = 0;
  Int volume_ = 0;
};

// ln(close / close before), in units of 1e-16. Past e^2 the series is broken (a split, a faulty
// tick): `broken`, and those who use it begin anew.
class LogReturn {
 public:
  struct Result {
    bool any = false;  // false: the first bar
    bool broken = false;
    int64_t value = 0;
  };
  Result Next(const Bar& bar);

 private:
  Price last_;
};
inline constexpr double kReturnUnit = 1e16;

class Return {
 public:
  void Add(const Bar& bar) { last_ = next_.Next(bar); }
  bool ready(size_t) const { return last_.any && !last_.broken; }
  double value(size_t) const { return static_cast<double>(last_.value) / kReturnUnit; }

 private:
  LogReturn next_;
  LogReturn::Result last_;
};

class CloseVolatility {
 public:
  explicit CloseVolatility(int64_t n) : window_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return window_.full(); }
  double value(size_t) const { return window_.SampleDeviation() / kReturnUnit; }

 private:
  LogReturn next_;
  MomentWindow window_;
};

// Mean of a term per bar, in units of 1e-24, and its root.
class RangeVolatility {
 public:
  explicit RangeVolatility(int64_t n) : window_(n) {}
  bool ready(size_t) const { return window_.full(); }

 protected:
  void AddTerm(double term) { window_.Add(static_cast<Int>(term * kUnit)); }
  double MeanTerm() const;

 private:
  static constexpr double kUnit = 1e24;
  SumWindow<Int> window_;
};

class Parkinson : public RangeVolatility {
 public:
  using RangeVolatility::RangeVolatility;
  void Add(const Bar& bar);
  double value(size_t) const;
};

class GarmanKlass : public RangeVolatility {
 public:
  using RangeVolatility::RangeVolatility;
  void Add(const Bar& bar);
  double value(size_t) const;
};

class ReturnZScore {
 public:
  explicit ReturnZScore(int64_t n) : window_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return window_.full(); }
  double value(size_t) const { return window_.ZScore(newest_); }

 private:
  LogReturn next_;
  MomentWindow window_;
  int64_t newest_ = 0;
};

class VolumeZScore {
 public:
  explicit VolumeZScore(int64_t n) : window_(n) {}
  void Add(const Bar& bar);
  bool ready(size_t) const { return window_.full(); }
  double value(size_t) const { return window_.ZScore(newest_); }

 private:
  MomentWindow window_;
  int64_t newest_ = 0;
};

}  // namespace tw::features
