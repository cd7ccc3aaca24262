// Calendar: when an exchange trades. Days begin at local midnight; a trading day has one session
// from open to close. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/calendar/date.h"

namespace tw::calendar {

// As [[calendar]] of instruments.toml says it.
struct CalendarSpec {
  struct EarlyClose {
    Date date;
    int minute = 0;
  };

  std::string name;       // "XNYS"
  std::string time_zone;  // "America/New_York"
  int open_minute = 0;    // local, since midnight
  int close_minute = 0;
  std::vector<Date> holidays;            // sorted
  std::vector<EarlyClose> early_closes;  // sorted by date
  uint8_t weekdays = 0b0011111;          // bit 0: Monday
};

enum class Phase : uint8_t {
  kClosed,     // no session on this day
  kPreOpen,    // before the day's session
  kOpen,       // in it
  kPostClose,  // after it
};

// "closed", "pre_open", "open", "post_close".
const char* Name(Phase phase);

struct Segment {
  Phase phase = Phase::kOpen;
  Timestamp begin;
  Timestamp end;  // exclusive
};

class Calendar {
 public:
  struct Day {
    Timestamp begin;  // local midnight
    Timestamp open;   // equal to close: no session
    Timestamp close;
  };

  // REQUIRES: days in order without a hole; `end` is where the last of them ends.
  Calendar(std::string name, std::vector<Day> days, Timestamp end);

  const std::string& name() const { return name_; }
  // The stretch of one phase that holds `t`. Before the first and after the last day: open without
  // an end, as nothing is known.
  Segment At(Timestamp t) const;

 private:
  const std::string name_;
  const std::vector<Day> days_;
  const Timestamp end_;
};

// The session of `spec` on a day, in minutes; equal: there is none.
struct Session {
  int open_minute = 0;
  int close_minute = 0;
};
Session SessionOf(const CalendarSpec& spec, int64_t day_number);

}  // namespace tw::calendar
