#include "libs/calendar/time_zone.h"

#include <gtest/gtest.h>

namespace tw::calendar {
namespace {

constexpr int64_t kHourMs = 3'600'000;

TEST(TimeZoneTest, NewYorkToUtcAcrossSummerTime) {
  const auto zone = TimeZone::Load("America/New_York");
  ASSERT_TRUE(zone.ok()) << zone.status();
  struct Case {
    Date date;
    int64_t ms;
    const char* utc;
  };
  const Case cases[] = {
      {{2013, 10, 7}, 4 * kHourMs + 54, "2013-10-07T08:00:00.054000000Z"},  // summer: UTC-4
      {{2013, 12, 2}, 4 * kHourMs, "2013-12-02T09:00:00.000000000Z"},       // winter: UTC-5
      {{2013, 12, 2}, 20 * kHourMs, "2013-12-03T01:00:00.000000000Z"},      // the next day in UTC
      {{2013, 3, 10}, kHourMs, "2013-03-10T06:00:00.000000000Z"},           // before the change
      {{2013, 3, 10}, 9 * kHourMs, "2013-03-10T13:00:00.000000000Z"},  // after it, by the clock
      {{2013, 11, 3}, 9 * kHourMs, "2013-11-03T14:00:00.000000000Z"},
      {{2013, 11, 3}, kHourMs + kHourMs / 2, "2013-11-03T05:30:00.000000000Z"},  // twice: the first
      {{2005, 3, 20}, 12 * kHourMs, "2005-03-20T17:00:00.000000000Z"},  // the rule before 2007
      {{2007, 3, 20}, 12 * kHourMs, "2007-03-20T16:00:00.000000000Z"},
      {{2013, 10, 7}, kDayMs - 1, "2013-10-08T03:59:59.999000000Z"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(FormatRfc3339(zone->ToUtc(c.date, c.ms)), c.utc)
        << c.date.year << "-" << c.date.month << "-" << c.date.day << " + " << c.ms << " ms";
  }
}

TEST(TimeZoneTest, SaysWhatToInstall) {
  const auto zone = TimeZone::Load("America/Nowhere");
  ASSERT_EQ(zone.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(zone.status().message()).find("tzdata"), std::string::npos);
}

}  // namespace
}  // namespace tw::calendar
