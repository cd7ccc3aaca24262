// Date: a day of the proleptic Gregorian calendar, without a time zone. A value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::calendar {

inline constexpr int64_t kDayMs = 86'400'000;

struct Date {
  int year = 0;
  int month = 0;  // 1 to 12
  int day = 0;    // 1 to 31

  friend constexpr auto operator<=>(const Date&, const Date&) = default;
};

// "20131007"; nullopt for what is not a date of 1900 to 2199.
std::optional<Date> ParseDate(std::string_view text);
// "2013-10-07", likewise.
std::optional<Date> ParseIsoDate(std::string_view text);
// "09:30" as minutes since midnight; nullopt for what is no time of a day, 00:00 to 24:00.
std::optional<int> ParseMinute(std::string_view text);

// Days since 1970-01-01, and back. REQUIRES: a valid date.
int64_t DayNumber(const Date& date);
Date DateOf(int64_t day_number);
// 0: Monday, to 6: Sunday.
int Weekday(int64_t day_number);

}  // namespace tw::calendar
