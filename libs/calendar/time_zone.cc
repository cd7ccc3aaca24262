#include "libs/calendar/time_zone.h"

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace tw::calendar {

struct TimeZone::Zone {
  absl::TimeZone zone;
};

absl::StatusOr<TimeZone> TimeZone::Load(const std::string& name) {
  auto zone = std::make_shared<Zone>();
  if (!absl::LoadTimeZone(name, &zone->zone)) {
    return absl::FailedPreconditionError("this machine does not know the time zone " + name +
                                         "; install the package tzdata");
  }
  return TimeZone(std::move(zone));
}

Timestamp TimeZone::ToUtc(const Date& date, int64_t ms_since_midnight) const {
  const absl::CivilSecond second =
      absl::CivilSecond(date.year, date.month, date.day) + ms_since_midnight / 1'000;
  const absl::Time time = absl::FromCivil(second, zone_->zone);
  return Timestamp{absl::ToUnixNanos(time)} + Duration::Millis(ms_since_midnight % 1'000);
}

}  // namespace tw::calendar
