// From what instruments.toml says of a calendar to the calendar, by the machine's time zones.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/calendar/calendar.h"

namespace tw::calendar {

// Days of 1990 to 2099. FailedPrecondition: the machine does not know the time zone.
absl::StatusOr<std::shared_ptr<const Calendar>> MakeCalendar(const CalendarSpec& spec);

}  // namespace tw::calendar
