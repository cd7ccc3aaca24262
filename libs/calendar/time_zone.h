// TimeZone: exchange-local clock times to UTC, by the machine's time zone database (package
// tzdata).
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/calendar/date.h"

namespace tw::calendar {

// Immutable; any thread.
class TimeZone {
 public:
  // "America/New_York". FailedPrecondition when the machine does not know it.
  static absl::StatusOr<TimeZone> Load(const std::string& name);

  // The instant at which a clock on the wall shows `ms_since_midnight` on `date`. An hour that
  // comes twice (end of summer time) is taken as the first of the two; one that is left out as if
  // summer time had not begun. REQUIRES: a valid date, 0 <= ms < kDayMs.
  Timestamp ToUtc(const Date& date, int64_t ms_since_midnight) const;

 private:
  struct Zone;
  explicit TimeZone(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}

  std::shared_ptr<const Zone> zone_;
};

}  // namespace tw::calendar
