#include "libs/calendar/session_end.h"

#include <limits>

namespace tw::calendar {
namespace {

// Segments are parts of days: a month of holidays is the most that is looked through.
constexpr int kSegmentsMax = 128;

}  // namespace

Timestamp EndOfSession(const Calendar& calendar, Timestamp t) {
  Segment segment = calendar.At(t);
  for (int i = 0; i < kSegmentsMax && segment.phase != Phase::kOpen; ++i) {
    segment = calendar.At(segment.end);
  }
  const bool known =
      segment.phase == Phase::kOpen && segment.end.ns != std::numeric_limits<int64_t>::max();
  return known ? segment.end : Timestamp();
}

}  // namespace tw::calendar
