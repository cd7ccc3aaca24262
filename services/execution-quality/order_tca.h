// What one order's execution cost, against the mid at its arrival. Pure values and arithmetic.
//
// Costs are positive when they hurt: a buy above or a sell below the arrival mid. Basis points are
// those of the arrival mid, as 1e-8 integers (1.25 bps is 125,000,000).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/core/types.h"

namespace tw::eq {

// How long after a fill the mid is looked at for its mark-outs.
inline constexpr std::array<Duration, 3> kHorizons = {Duration::Seconds(1), Duration::Seconds(10),
                                                      Duration::Seconds(60)};

struct FillRecord {
  std::string fill_id;
  Quantity quantity;  // negative: an earlier fill is taken back
  Price price;
  Money fee;
  Timestamp time;
  std::string original_id{};  // of the fill that it takes back, or stands for
  // The mid at each horizon; nullopt: its time has not come, or nobody saw it.
  std::array<std::optional<Price>, kHorizons.size()> mids{};
};

struct OrderRecord {
  OrderId order_id;
  std::string account;
  std::string symbol;
  Side side = Side::kBuy;
  Quantity quantity;                 // as it stands: a replace changes it
  std::string venue;                 // of the last fill; empty before it
  std::optional<Price> arrival_mid;  // nullopt: risk had no reference then
  Timestamp arrival;
  std::vector<FillRecord> fills;  // the first ones; see QualityLimits
  int64_t fill_count = 0;         // all of them, kept or not
  Quantity filled;
  Money filled_notional;
  Money fees;
  Timestamp first_fill;
  Timestamp last_fill;
  bool finished = false;
  std::optional<Price> end_mid{};  // when it finished with something left
};

// The middle of bid and ask, half away from zero; nullopt unless both are there and not crossed.
std::optional<Price> MidOf(Price bid, Price ask);

struct Slippage {
  Price per_unit;  // signed cost a unit, quote currency
  int64_t bps_e8 = 0;
  Money cost;  // per_unit times quantity, exact (not through the rounded per_unit)
};

// Of one fill. REQUIRES: arrival_mid > 0.
Slippage FillSlippage(Side side, Price arrival_mid, Quantity quantity, Price price);

// Of everything filled, weighted by quantity; nullopt without a fill or an arrival mid.
std::optional<Slippage> OrderSlippage(const OrderRecord& order);

// What the mid went against fills by, summed: a buy above or a sell below it hurts.
struct MarkOut {
  __int128 cost = 0;      // 1e-8 money; positive when it hurts
  __int128 notional = 0;  // at the fills' prices
  int64_t fills = 0;

  void Add(Side side, Price mid, Quantity quantity, Price price);
  // In basis points as 1e-8; nullopt without a fill.
  std::optional<int64_t> bps_e8() const;
};
// Of the fills whose mid at this horizon is known. REQUIRES: horizon < kHorizons.size().
MarkOut OrderMarkOut(const OrderRecord& order, size_t horizon);

// What was done, fees and what was left undone, against all of it at the arrival mid.
struct Shortfall {
  Money opportunity;  // of what was left, against the mid at the end
  Money total;
  int64_t bps_e8 = 0;
};
// Nullopt without an arrival mid, and while something is left that works or whose end had no mid.
std::optional<Shortfall> OrderShortfall(const OrderRecord& order);

// numerator / denominator as 1e-8 times `scale`, half away from zero. REQUIRES: denominator > 0.
int64_t RatioE8(__int128 numerator, __int128 denominator, int64_t scale);

// filled / quantity in [0, 1], as 1e-8.
int64_t FillRateE8(const OrderRecord& order);

// Spans from arrival; nullopt before a first fill.
std::optional<Duration> TimeToFirstFill(const OrderRecord& order);
std::optional<Duration> TimeToLastFill(const OrderRecord& order);

}  // namespace tw::eq
