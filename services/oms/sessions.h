// Sessions: when an order's time in force ends, by the instrument's calendar.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/calendar/calendar.h"
#include "services/oms/order.h"

namespace tw::oms {

// Immutable; any thread.
class Sessions {
 public:
  using Calendars = std::map<std::string, std::shared_ptr<const calendar::Calendar>, std::less<>>;

  // By symbol; one that is not there trades round the clock, in days of UTC.
  explicit Sessions(Calendars calendars = {}) : calendars_(std::move(calendars)) {}
  // Of instruments.toml; errors as config::LoadCalendars has them.
  static absl::StatusOr<Sessions> Load(const std::string& path);

  // DAY: the end of the session that is on, or else of the next one. GTD: when the client said, or
  // where nothing trades then, the end of the last session before. Others, and what lies beyond the
  // calendar: not set.
  Timestamp End(const NewOrder& order, Timestamp now) const;

 private:
  Calendars calendars_;
};

}  // namespace tw::oms
