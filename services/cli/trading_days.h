// TradingDays: when a day of an instrument begins and ends.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "libs/calendar/calendar.h"
#include "libs/calendar/time_zone.h"
#include "services/cli/statement.h"

namespace tw::cli {

// Immutable; any thread.
class TradingDays {
 public:
  // Of instruments.toml; errors as config::LoadCalendars has them.
  static absl::StatusOr<TradingDays> Load(const std::string& instruments);

  // With a calendar: from the close of the session before to the close of that day's; on a day
  // without a session empty, at the last close. Without one, or for a symbol that is not listed
  // (any more): the day of UTC. `day`: since 1970-01-01.
  DayWindow Of(const std::string& symbol, int64_t day) const;

 private:
  struct Market {
    calendar::CalendarSpec spec;
    calendar::TimeZone zone;
  };

  std::map<std::string, Market> markets_;         // by calendar
  std::map<std::string, std::string> of_symbol_;  // its calendar
};

}  // namespace tw::cli
