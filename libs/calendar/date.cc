#include "libs/calendar/date.h"

#include <array>
#include <charconv>
#include <string>

namespace tw::calendar {
namespace {

bool Digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

int Number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::optional<Date> ParseDate(std::string_view text) {
  if (text.size() != 8 || !Digits(text)) {
    return std::nullopt;
  }
  const int all = Number(text);
  const Date date{all / 10'000, all / 100 % 100, all % 100};
  if (date.year < 1900 || date.year > 2199 || date.month < 1 || date.month > 12 || date.day < 1) {
    return std::nullopt;
  }
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  const int days = kDays[static_cast<size_t>(date.month - 1)] + (date.month == 2 && leap ? 1 : 0);
  return date.day <= days ? std::optional<Date>(date) : std::nullopt;
}

std::optional<Date> ParseIsoDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const std::string digits =
      std::string(text.substr(0, 4)) + std::string(text.substr(5, 2)) + std::string(text.substr(8));
  return ParseDate(digits);
}

std::optional<int> ParseMinute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !Digits(text.substr(0, 2)) || !Digits(text.substr(3))) {
    return std::nullopt;
  }
  const int minute = Number(text.substr(0, 2)) * 60 + Number(text.substr(3));
  return Number(text.substr(3)) < 60 && minute <= 24 * 60 ? std::optional<int>(minute)
                                                          : std::nullopt;
}

// Years are counted from March, so that the leap day is a year's last; eras of 400 years repeat.
int64_t DayNumber(const Date& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date DateOf(int64_t day_number) {
  const int64_t days = day_number + 719'468;
  const int64_t era = days / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  const auto month_of_year = static_cast<int>(month < 10 ? month + 3 : month - 9);
  return {static_cast<int>(era * 400 + year_of_era) + (month_of_year <= 2 ? 1 : 0), month_of_year,
          day};
}

int Weekday(int64_t day_number) {
  return static_cast<int>(((day_number + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

}  // namespace tw::calendar
