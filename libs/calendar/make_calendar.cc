#include "libs/calendar/make_calendar.h"

#include <utility>
#include <vector>

#include "libs/calendar/time_zone.h"

namespace tw::calendar {

absl::StatusOr<std::shared_ptr<const Calendar>> MakeCalendar(const CalendarSpec& spec) {
  const absl::StatusOr<TimeZone> zone = TimeZone::Load(spec.time_zone);
  if (!zone.ok()) {
    return zone.status();
  }
  constexpr int64_t kMinuteMs = 60'000;
  const int64_t first = DayNumber({1990, 1, 1});
  const int64_t last = DayNumber({2099, 12, 31});
  std::vector<Calendar::Day> days;
  days.reserve(static_cast<size_t>(last - first + 1));
  for (int64_t number = first; number <= last; ++number) {
    const Date date = DateOf(number);
    const Session session = SessionOf(spec, number);
    Calendar::Day day;
    day.begin = zone->ToUtc(date, 0);
    day.open = day.close = day.begin;
    if (session.open_minute < session.close_minute) {
      day.open = zone->ToUtc(date, session.open_minute * kMinuteMs);
      day.close = zone->ToUtc(date, session.close_minute * kMinuteMs);
    }
    days.push_back(day);
  }
  return std::make_shared<const Calendar>(spec.name, std::move(days),
                                          zone->ToUtc(DateOf(last + 1), 0));
}

}  // namespace tw::calendar
