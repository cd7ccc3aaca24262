#include "services/oms/sessions.h"

#include "libs/base/status_macros.h"
#include "libs/calendar/make_calendar.h"
#include "libs/calendar/session_end.h"
#include "libs/config/calendars.h"

namespace tw::oms {
namespace {

using calendar::Calendar;
using calendar::Phase;
using calendar::Segment;

constexpr int64_t kDayNs = Duration::Seconds(86'400).ns;
// Segments are parts of days: a month of holidays is the most that is looked through.
constexpr int kSegmentsMax = 128;

// `at` when it is in a session, or else the end of the one before, but not before `now`.
Timestamp LastMoment(const Calendar& calendar, Timestamp at, Timestamp now) {
  Segment segment = calendar.At(at);
  if (segment.phase == Phase::kOpen) {
    return at;
  }
  for (int i = 0; i < kSegmentsMax && segment.begin > now; ++i) {
    segment = calendar.At(segment.begin - Duration{1});
    if (segment.phase == Phase::kOpen) {
      return segment.end;
    }
  }
  return at;
}

}  // namespace

absl::StatusOr<Sessions> Sessions::Load(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const config::Calendars calendars, config::LoadCalendars(path));
  std::map<std::string, std::shared_ptr<const Calendar>> by_name;
  for (const calendar::CalendarSpec& spec : calendars.list) {
    TW_ASSIGN_OR_RETURN(by_name[spec.name], calendar::MakeCalendar(spec));
  }
  Calendars by_symbol;
  for (const auto& [symbol, name] : calendars.of_symbol) {
    by_symbol[symbol] = by_name.at(name);
  }
  return Sessions(std::move(by_symbol));
}

Timestamp Sessions::End(const NewOrder& order, Timestamp now) const {
  const bool day = order.time_in_force == TimeInForce::kDay;
  if (!day && order.time_in_force != TimeInForce::kGtd) {
    return {};
  }
  const auto it = calendars_.find(order.symbol);
  if (it == calendars_.end()) {
    return day ? Timestamp{(now.ns / kDayNs + 1) * kDayNs} : order.asked.expire;
  }
  return day ? calendar::EndOfSession(*it->second, now)
             : LastMoment(*it->second, order.asked.expire, now);
}

}  // namespace tw::oms
