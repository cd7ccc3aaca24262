#include "libs/base/time.h"

#include <array>
#include <cstdio>

namespace tw {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

struct Civil {
  int64_t year;
  unsigned month;
  unsigned day;
};

// Days since 1970-01-01 from a proleptic Gregorian date and back, after Howard Hinnant's
// "chrono-Compatible Low-Level Date Algorithms".
int64_t DaysFromCivil(Civil c) {
  const int64_t y = c.year - (c.month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + c.day - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146'097 + static_cast<int64_t>(doe) - 719'468;
}

Civil CivilFromDays(int64_t z) {
  z += 719'468;
  const int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const auto doe = static_cast<unsigned>(z - era * 146'097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned day = doy - (153 * mp + 2) / 5 + 1;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int64_t>(yoe) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

unsigned DaysInMonth(int64_t year, unsigned month) {
  constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Takes exactly `digits` decimal digits off the front of `text`.
bool TakeNumber(std::string_view& text, size_t digits, int64_t& out) {
  if (text.size() < digits) {
    return false;
  }
  out = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

bool TakeFraction(std::string_view& text, int64_t& nanos) {
  nanos = 0;
  if (!TakeChar(text, '.')) {
    return true;
  }
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 9) {
    nanos = nanos * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0) {
    return false;
  }
  for (; digits < 9; ++digits) {
    nanos *= 10;
  }
  return true;
}

bool TakeOffset(std::string_view& text, int64_t& offset_seconds) {
  offset_seconds = 0;
  if (TakeChar(text, 'Z')) {
    return true;
  }
  const bool plus = TakeChar(text, '+');
  if (!plus && !TakeChar(text, '-')) {
    return false;
  }
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!TakeNumber(text, 2, hours) || !TakeChar(text, ':') || !TakeNumber(text, 2, minutes) ||
      hours > 23 || minutes > 59) {
    return false;
  }
  offset_seconds = (plus ? 1 : -1) * (hours * 3600 + minutes * 60);
  return true;
}

}  // namespace

std::string FormatRfc3339(Timestamp t) {
  int64_t seconds = t.ns / kNanosPerSecond;
  int64_t nanos = t.ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  int64_t days = seconds / kSecondsPerDay;
  int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const Civil c = CivilFromDays(days);
  std::array<char, 64> out{};
  const int n = std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                              static_cast<int>(c.year), c.month, c.day,
                              static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60),
                              static_cast<int>(rest % 60), static_cast<long long>(nanos));
  return std::string(out.data(), static_cast<size_t>(n));
}

absl::StatusOr<Timestamp> ParseRfc3339(std::string_view text) {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t nanos = 0;
  int64_t offset = 0;
  const bool well_formed =
      TakeNumber(text, 4, year) && TakeChar(text, '-') && TakeNumber(text, 2, month) &&
      TakeChar(text, '-') && TakeNumber(text, 2, day) &&
      (TakeChar(text, 'T') || TakeChar(text, 't') || TakeChar(text, ' ')) &&
      TakeNumber(text, 2, hour) && TakeChar(text, ':') && TakeNumber(text, 2, minute) &&
      TakeChar(text, ':') && TakeNumber(text, 2, second) && TakeFraction(text, nanos) &&
      TakeOffset(text, offset) && text.empty();
  if (!well_formed || month < 1 || month > 12 || day < 1 ||
      day > DaysInMonth(year, static_cast<unsigned>(month)) || hour > 23 || minute > 59 ||
      second > 59 || year < 1678 || year > 2261) {
    return absl::InvalidArgumentError("not an RFC 3339 time such as 2026-01-31T09:30:00Z");
  }
  const int64_t days =
      DaysFromCivil({year, static_cast<unsigned>(month), static_cast<unsigned>(day)});
  const int64_t seconds = days * kSecondsPerDay + hour * 3600 + minute * 60 + second - offset;
  return Timestamp{seconds * kNanosPerSecond + nanos};
}

}  // namespace tw
