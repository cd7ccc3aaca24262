#include "libs/calendar/session_end.h"

#include <gtest/gtest.h>

namespace tw::calendar {
namespace {

constexpr int64_t kHour = Duration::Seconds(3'600).ns;

// Days 0, 1 and 2, each from 10 to 16 o'clock; none on day 1.
Calendar ThreeDays() {
  const auto day = [](int64_t number, int open, int close) {
    const int64_t begin = number * 24 * kHour;
    return Calendar::Day{{begin}, {begin + open * kHour}, {begin + close * kHour}};
  };
  return Calendar("TEST", {day(0, 10, 16), day(1, 0, 0), day(2, 10, 16)}, {72 * kHour});
}

TEST(SessionEndTest, OfThisSessionOrTheNext) {
  const Calendar calendar = ThreeDays();
  EXPECT_EQ(EndOfSession(calendar, {9 * kHour}).ns, 16 * kHour) << "before it";
  EXPECT_EQ(EndOfSession(calendar, {12 * kHour}).ns, 16 * kHour) << "in it";
  EXPECT_EQ(EndOfSession(calendar, {16 * kHour}).ns, 64 * kHour) << "at the close: the next one's";
  EXPECT_EQ(EndOfSession(calendar, {30 * kHour}).ns, 64 * kHour) << "over a day without a session";
}

TEST(SessionEndTest, NoneWhereNothingIsKnown) {
  EXPECT_FALSE(EndOfSession(ThreeDays(), {64 * kHour}).IsSet());
  EXPECT_FALSE(EndOfSession(ThreeDays(), {100 * kHour}).IsSet());
}

}  // namespace
}  // namespace tw::calendar
