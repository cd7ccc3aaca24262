#include "libs/calendar/date.h"

#include <gtest/gtest.h>

namespace tw::calendar {
namespace {

TEST(ParseDateTest, KnowsTheCalendar) {
  EXPECT_EQ(ParseDate("20131007"), (Date{2013, 10, 7}));
  EXPECT_EQ(ParseDate("20240229"), (Date{2024, 2, 29}));
  for (const char* bad : {"", "2013100", "201310071", "20230229", "20131301", "20130001",
                          "20131032", "18991231", "2013-1-7", "21000229"}) {
    EXPECT_FALSE(ParseDate(bad).has_value()) << bad;
  }
}

TEST(ParseIsoDateTest, NeedsItsDashes) {
  EXPECT_EQ(ParseIsoDate("2013-10-07"), (Date{2013, 10, 7}));
  for (const char* bad : {"", "20131007", "2013-10-7", "2013-02-30", "2013/10/07", "a013-10-07"}) {
    EXPECT_FALSE(ParseIsoDate(bad).has_value()) << bad;
  }
}

TEST(ParseMinuteTest, IsATimeOfDay) {
  EXPECT_EQ(ParseMinute("00:00"), 0);
  EXPECT_EQ(ParseMinute("09:30"), 570);
  EXPECT_EQ(ParseMinute("24:00"), 1440);
  for (const char* bad : {"", "9:30", "09:60", "24:01", "-1:00", "09.30"}) {
    EXPECT_FALSE(ParseMinute(bad).has_value()) << bad;
  }
}

TEST(DayNumberTest, CountsEveryDayOfFourCenturies) {
  int64_t expected = -25'567;  // 1900-01-01
  int weekday = 0;             // a Monday
  for (int64_t n = expected; n <= DayNumber({2199, 12, 31}); ++n) {
    const Date date = DateOf(n);
    ASSERT_EQ(DayNumber(date), n);
    ASSERT_EQ(Weekday(n), weekday);
    weekday = (weekday + 1) % 7;
    ASSERT_LT(date, DateOf(n + 1));
  }
  EXPECT_EQ(DayNumber({1900, 1, 1}), expected);
  EXPECT_EQ(DayNumber({1970, 1, 1}), 0);
  EXPECT_EQ(DateOf(15'985), (Date{2013, 10, 7}));
}

}  // namespace
}  // namespace tw::calendar
