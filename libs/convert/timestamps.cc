#include "libs/convert/timestamps.h"

#include <algorithm>
#include <limits>

namespace tw {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

void ToTimestamp(Timestamp t, google::protobuf::Timestamp* out) {
  int64_t seconds = t.ns / kNanosPerSecond;
  int64_t nanos = t.ns % kNanosPerSecond;
  if (nanos < 0) {  // nanos count forward, also before 1970
    nanos += kNanosPerSecond;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(nanos));
}

Timestamp FromTimestamp(const google::protobuf::Timestamp& t) {
  const __int128 ns = static_cast<__int128>(t.seconds()) * kNanosPerSecond + t.nanos();
  constexpr __int128 kMin = std::numeric_limits<int64_t>::min();
  constexpr __int128 kMax = std::numeric_limits<int64_t>::max();
  return Timestamp{static_cast<int64_t>(std::clamp(ns, kMin, kMax))};
}

}  // namespace tw
