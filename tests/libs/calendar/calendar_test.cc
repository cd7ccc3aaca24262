#include "libs/calendar/calendar.h"

#include <gtest/gtest.h>

#include "libs/calendar/make_calendar.h"

namespace tw::calendar {
namespace {

CalendarSpec NewYork() {
  CalendarSpec spec;
  spec.name = "XNYS";
  spec.time_zone = "America/New_York";
  spec.open_minute = 9 * 60 + 30;
  spec.close_minute = 16 * 60;
  spec.holidays = {{2026, 11, 26}, {2026, 12, 25}};
  spec.early_closes = {{{2026, 11, 27}, 13 * 60}};
  return spec;
}

TEST(CalendarTest, SaysThePhaseOfEveryInstantAndHowLongItLasts) {
  const auto calendar = MakeCalendar(NewYork());
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  struct Case {
    const char* at;
    Phase phase;
    const char* begin;
    const char* end;
  };
  const Case cases[] = {
      // Summer time, UTC-4.
      {"2013-10-07T08:00:00Z", Phase::kPreOpen, "2013-10-07T04:00:00Z", "2013-10-07T13:30:00Z"},
      {"2013-10-07T13:29:59.999999999Z", Phase::kPreOpen, "2013-10-07T04:00:00Z",
       "2013-10-07T13:30:00Z"},
      {"2013-10-07T13:30:00Z", Phase::kOpen, "2013-10-07T13:30:00Z", "2013-10-07T20:00:00Z"},
      {"2013-10-07T20:00:00Z", Phase::kPostClose, "2013-10-07T20:00:00Z", "2013-10-08T04:00:00Z"},
      {"2013-10-08T03:59:59Z", Phase::kPostClose, "2013-10-07T20:00:00Z", "2013-10-08T04:00:00Z"},
      // A weekend with the end of summer time: Sunday has 25 hours.
      {"2013-11-02T12:00:00Z", Phase::kClosed, "2013-11-02T04:00:00Z", "2013-11-03T04:00:00Z"},
      {"2013-11-03T12:00:00Z", Phase::kClosed, "2013-11-03T04:00:00Z", "2013-11-04T05:00:00Z"},
      {"2013-11-04T14:30:00Z", Phase::kOpen, "2013-11-04T14:30:00Z", "2013-11-04T21:00:00Z"},
      // A holiday, and the short day after it.
      {"2026-11-26T15:00:00Z", Phase::kClosed, "2026-11-26T05:00:00Z", "2026-11-27T05:00:00Z"},
      {"2026-11-27T17:59:59Z", Phase::kOpen, "2026-11-27T14:30:00Z", "2026-11-27T18:00:00Z"},
      {"2026-11-27T18:00:00Z", Phase::kPostClose, "2026-11-27T18:00:00Z", "2026-11-28T05:00:00Z"},
  };
  for (const Case& c : cases) {
    const Segment segment = (*calendar)->At(*ParseRfc3339(c.at));
    EXPECT_EQ(segment.phase, c.phase) << c.at << " is " << Name(segment.phase);
    EXPECT_EQ(segment.begin, *ParseRfc3339(c.begin)) << c.at;
    EXPECT_EQ(segment.end, *ParseRfc3339(c.end)) << c.at;
  }
}

TEST(CalendarTest, IsOpenWhereNothingIsKnown) {
  const auto calendar = MakeCalendar(NewYork());
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  EXPECT_EQ((*calendar)->At(*ParseRfc3339("1989-12-31T12:00:00Z")).phase, Phase::kOpen);
  EXPECT_EQ((*calendar)->At(*ParseRfc3339("2100-01-01T12:00:00Z")).phase, Phase::kOpen);
}

TEST(CalendarTest, SegmentsFollowEachOtherWithoutAHole) {
  const auto calendar = MakeCalendar(NewYork());
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  Timestamp t = *ParseRfc3339("2013-01-01T05:00:00Z");
  for (int i = 0; i < 5'000; ++i) {
    const Segment segment = (*calendar)->At(t);
    ASSERT_EQ(segment.begin, t);
    ASSERT_LT(segment.begin, segment.end);
    ASSERT_EQ((*calendar)->At(segment.end - Duration::Nanos(1)).begin, t);
    t = segment.end;
  }
}

TEST(CalendarTest, NeedsAKnownTimeZone) {
  CalendarSpec spec = NewYork();
  spec.time_zone = "Mars/Olympus";
  EXPECT_EQ(MakeCalendar(spec).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace tw::calendar
