// VolumeCurve: how a market's volume spreads over the UTC day, in half hours. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::exeq {

// What one bar says: so much was traded from `start` on.
struct VolumeBar {
  Timestamp start;
  Duration length;
  Quantity volume;
};

class VolumeCurve {
 public:
  static constexpr size_t kBuckets = 48;
  static constexpr Duration kBucket = Duration::Seconds(1800);
  // The weight of an average half hour.
  static constexpr int64_t kAverage = 1'000'000;
  // Below so many half hours with a bar nothing is learned.
  static constexpr size_t kLearnedMin = 4;

  // Round the clock with a smile over the American session: the opening (13:30 to 15:30 UTC) and
  // the hour up to its close (19:30 to 21:00) busiest, the middle of the night quietest.
  static VolumeCurve Default();

  // The average of each half hour over the days that the bars cover; one without a bar follows the
  // default curve, at the scale of the others. Default() when the bars cover fewer than kLearnedMin
  // half hours or hold no volume.
  static VolumeCurve Learn(const std::vector<VolumeBar>& bars);

  // What is expected between two times, as weight; additive: [a,b) and [b,c) make [a,c).
  // REQUIRES: from <= to, at most 366 days apart.
  int64_t Between(Timestamp from, Timestamp to) const;

  bool learned() const { return learned_; }
  const std::array<int64_t, kBuckets>& weights() const { return weights_; }

 private:
  std::array<int64_t, kBuckets> weights_{};  // each at least 1
  bool learned_ = false;
};

}  // namespace tw::exeq
