// EndOfSession: when a market closes next.
#pragma once

#include "libs/calendar/calendar.h"

namespace tw::calendar {

// The end of the session that holds `t`, or of the next one; not set where none is known.
Timestamp EndOfSession(const Calendar& calendar, Timestamp t);

}  // namespace tw::calendar
