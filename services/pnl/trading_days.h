// TradingDays: when a day of an instrument begins and ends.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/calendar/calendar.h"
#include "libs/calendar/time_zone.h"
#include "services/pnl/statement.h"

namespace tw::pnl {

// The market of what trades all the time; no calendar can have that name.
inline constexpr const char* kRoundTheClock = "utc";

// Immutable; any thread.
class TradingDays {
 public:
  // Of instruments.toml; errors as config::LoadCalendars has them.
  static absl::StatusOr<TradingDays> Load(const std::string& instruments);

  // With a calendar: from the close of the session before to the close of that day's; on a day
  // without a session empty, at the last close. Without one, or for a symbol that is not listed
  // (any more): the day of UTC. `day`: since 1970-01-01.
  DayWindow Of(const std::string& symbol, int64_t day) const;

  // Markets: the calendars, by name, and kRoundTheClock, which has the day of UTC.
  std::vector<std::string> Markets() const;
  bool HasMarket(const std::string& market) const;
  std::string MarketOf(const std::string& symbol) const;
  // As Of, of a market's instruments. REQUIRES: HasMarket(market).
  DayWindow OfMarket(const std::string& market, int64_t day) const;
  // The day whose window holds `t`. REQUIRES: HasMarket(market).
  int64_t DayAt(const std::string& market, Timestamp t) const;

 private:
  struct Market {
    calendar::CalendarSpec spec;
    calendar::TimeZone zone;
  };

  std::map<std::string, Market> markets_;         // by calendar
  std::map<std::string, std::string> of_symbol_;  // its calendar
};

}  // namespace tw::pnl
