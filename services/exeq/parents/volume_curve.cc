#include "services/exeq/parents/volume_curve.h"

#include <algorithm>

#include "libs/base/check.h"

namespace tw::exeq {
namespace {

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;

int64_t FloorMod(int64_t a, int64_t b) {
  const int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}

size_t BucketOf(Timestamp time) {
  return static_cast<size_t>(FloorMod(time.ns, kDayNs) / VolumeCurve::kBucket.ns);
}

// Percent of an average half hour, from 00:00 UTC.
constexpr std::array<int64_t, VolumeCurve::kBuckets> kDefault = {
    70,  68,  66,  64,  62,  60,  58,  58,   // 00:00
    58,  58,  60,  62,  66,  70,  78,  86,   // 04:00
    94,  96,  94,  92,  90,  90,  92,  96,   // 08:00
    104, 118, 140, 190, 200, 188, 168, 152,  // 12:00
    140, 132, 128, 126, 128, 134, 144, 168,  // 16:00
    180, 150, 110, 96,  90,  84,  78,  74};  // 20:00

}  // namespace

VolumeCurve VolumeCurve::Default() {
  VolumeCurve curve;
  for (size_t i = 0; i < kBuckets; ++i) {
    curve.weights_[i] = kDefault[i] * (kAverage / 100);
  }
  return curve;
}

VolumeCurve VolumeCurve::Learn(const std::vector<VolumeBar>& bars) {
  const VolumeCurve usual = Default();
  // Per bucket what was traded, per nanosecond that bars cover.
  std::array<unsigned __int128, kBuckets> volume{};
  std::array<int64_t, kBuckets> covered{};
  for (const VolumeBar& bar : bars) {
    if (bar.length <= Duration{} || bar.volume < Quantity() || bar.length > kBucket * 2) {
      continue;
    }
    const size_t bucket = BucketOf(bar.start);
    volume[bucket] += static_cast<unsigned __int128>(bar.volume.e8());
    covered[bucket] += bar.length.ns;
  }
  // Rates of the covered buckets beside the default's of the same ones.
  unsigned __int128 rate_sum = 0;
  int64_t usual_sum = 0;
  size_t known = 0;
  std::array<unsigned __int128, kBuckets> rate{};
  for (size_t i = 0; i < kBuckets; ++i) {
    if (covered[i] > 0) {
      rate[i] = volume[i] * static_cast<unsigned __int128>(kBucket.ns) /
                static_cast<unsigned __int128>(covered[i]);
      rate_sum += rate[i];
      usual_sum += usual.weights_[i];
      ++known;
    }
  }
  if (known < kLearnedMin || rate_sum == 0) {
    return usual;
  }
  VolumeCurve curve = usual;
  curve.learned_ = true;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (covered[i] > 0) {
      const unsigned __int128 weight =
          rate[i] * static_cast<unsigned __int128>(usual_sum) / rate_sum;
      curve.weights_[i] = std::max<int64_t>(1, static_cast<int64_t>(weight));
    }
  }
  return curve;
}

int64_t VolumeCurve::Between(Timestamp from, Timestamp to) const {
  TW_CHECK(from <= to && to - from <= Duration::Seconds(int64_t{366} * 86'400));
  __int128 sum = 0;
  for (Timestamp at = from; at < to;) {
    const int64_t left_in_bucket = kBucket.ns - FloorMod(at.ns, kBucket.ns);
    const Timestamp next = std::min(to, at + Duration{left_in_bucket});
    sum += static_cast<__int128>(weights_[BucketOf(at)]) * (next - at).ns;
    at = next;
  }
  return static_cast<int64_t>(sum / 1'000'000);  // weight times milliseconds
}

}  // namespace tw::exeq
