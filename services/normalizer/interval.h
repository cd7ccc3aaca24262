// The intervals of bars: any from a second to a day.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::normalizer {

struct Interval {
  std::string name;  // "1s", "90s", "5m", "1h", "1d": in the largest unit that fits
  Duration span;

  friend bool operator==(const Interval&, const Interval&) = default;
};

inline constexpr Duration kDay = Duration::Seconds(86'400);

// "60s" is "1m". nullopt for what is no interval of 1 s to 1 d.
std::optional<Interval> ParseInterval(std::string_view text);

// Those that bars are made of. A value.
class Intervals {
 public:
  static constexpr size_t kMax = 16;

  Intervals();  // 1s, 1m, 5m, 15m, 1h, 1d
  // "1s,5m,1d"; InvalidArgument: none, too many, one twice, or one that is none.
  static absl::StatusOr<Intervals> Parse(std::string_view list);

  size_t size() const { return list_.size(); }
  const Interval& operator[](size_t i) const { return list_[i]; }
  // The position of the one called so; nullopt when it is not among them.
  std::optional<size_t> Find(std::string_view name) const;
  std::string Names() const;  // "1s, 1m or 1d"
  // The largest one whose bars make up those of `span`; nullopt when there is none.
  std::optional<size_t> PartOf(Duration span) const;

 private:
  std::vector<Interval> list_;  // by span
};

// The newest multiple of `span` that is not after `t`, also before 1970.
constexpr Timestamp AlignDown(Timestamp t, Duration span) {
  const int64_t rest = t.ns % span.ns;
  return {t.ns - (rest < 0 ? rest + span.ns : rest)};
}

}  // namespace tw::normalizer
