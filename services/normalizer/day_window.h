// DayWindow: volume and change of price over the last 24 hours of one live symbol, in buckets of a
// minute, exact to the last unit. One owner.
//
// The window holds the minute that is running and the 1,439 before it. What a trade's minute has
// left it, no longer counts; a trade that comes later than that is ignored.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "services/normalizer/tick.h"

namespace tw::normalizer {

class DayWindow {
 public:
  static constexpr Duration kMinute = Duration::Seconds(60);
  static constexpr int64_t kMinutes = 1'440;

  void Add(const Trade& trade);
  // Forgets what is older than 24 hours at `now`. True when that changed a figure.
  bool Roll(Timestamp now);

  bool empty() const { return !last_.has_value(); }

  struct Statistics {
    Price last;       // of the newest trade by (time, source_seq); zero: none yet
    Quantity volume;  // sticks at the end of the range
    Price change;     // last - the price 24 hours ago, or the oldest known
  };
  Statistics statistics() const;

 private:
  using Sum = __int128;
  struct Point {
    Place place;
    Price price;
  };
  struct Bucket {
    int64_t minute = 0;  // since 1970
    Sum volume_e8 = 0;
    Point first;
    Point last;
  };

  std::deque<Bucket> buckets_;  // by minute, no empty ones
  Sum volume_e8_ = 0;
  std::optional<Point> last_;
  std::optional<Point> before_;  // the newest trade that has left the window
  int64_t oldest_minute_ = 0;    // what is older has left the window
};

}  // namespace tw::normalizer
