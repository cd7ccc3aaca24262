// Reads the calendars of instruments.toml, and which instrument goes by which:
//
//   [[calendar]]
//   name = "XNYS"
//   time_zone = "America/New_York"
//   open = "09:30"               # local
//   close = "16:00"
//   weekdays = "Mon-Fri"         # optional, "Mon-Fri" if absent
//   holidays = ["2026-12-25"]    # optional
//   early_closes = ["2026-11-27 13:00"]  # optional
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/calendar/calendar.h"

namespace tw::config {

struct Calendars {
  std::vector<calendar::CalendarSpec> list;
  std::map<std::string, std::string> of_symbol;  // name of its calendar; absent: round the clock
};

// Errors as LoadInstruments has them; it refuses the same faults.
absl::StatusOr<Calendars> LoadCalendars(const std::string& path);

}  // namespace tw::config
