#include "libs/calendar/calendar.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tw::calendar {

const char* Name(Phase phase) {
  switch (phase) {
    case Phase::kClosed: return "closed";
    case Phase::kPreOpen: return "pre_open";
    case Phase::kOpen: return "open";
    case Phase::kPostClose: return "post_close";
  }
  return "";
}

Calendar::Calendar(std::string name, std::vector<Day> days, Timestamp end)
    : name_(std::move(name)), days_(std::move(days)), end_(end) {}

Segment Calendar::At(Timestamp t) const {
  if (days_.empty() || t < days_.front().begin) {
    return {Phase::kOpen,
            {std::numeric_limits<int64_t>::min()},
            days_.empty() ? Timestamp{std::numeric_limits<int64_t>::max()} : days_.front().begin};
  }
  if (t >= end_) {
    return {Phase::kOpen, end_, {std::numeric_limits<int64_t>::max()}};
  }
  const auto next = std::upper_bound(days_.begin(), days_.end(), t,
                                     [](Timestamp at, const Day& day) { return at < day.begin; });
  const Day& day = *(next - 1);
  const Timestamp day_end = next == days_.end() ? end_ : next->begin;
  if (day.open == day.close) {
    return {Phase::kClosed, day.begin, day_end};
  }
  if (t < day.open) {
    return {Phase::kPreOpen, day.begin, day.open};
  }
  return t < day.close ? Segment{Phase::kOpen, day.open, day.close}
                       : Segment{Phase::kPostClose, day.close, day_end};
}

Session SessionOf(const CalendarSpec& spec, int64_t day_number) {
  const Date date = DateOf(day_number);
  if ((spec.weekdays >> Weekday(day_number) & 1) == 0 ||
      std::binary_search(spec.holidays.begin(), spec.holidays.end(), date)) {
    return {};
  }
  const auto early = std::lower_bound(
      spec.early_closes.begin(), spec.early_closes.end(), date,
      [](const CalendarSpec::EarlyClose& close, const Date& d) { return close.date < d; });
  const bool shorter = early != spec.early_closes.end() && early->date == date;
  return {spec.open_minute, shorter ? early->minute : spec.close_minute};
}

}  // namespace tw::calendar
