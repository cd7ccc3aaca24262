#include "services/questdb-writer/closes.h"

#include <map>
#include <memory>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/calendar/make_calendar.h"
#include "libs/calendar/session_end.h"
#include "libs/config/calendars.h"

namespace tw::questdb_writer {
namespace {

using calendar::Calendar;
using CalendarPtr = std::shared_ptr<const Calendar>;

constexpr int64_t kDayNs = Duration::Seconds(86'400).ns;

}  // namespace

absl::StatusOr<NextClose> LoadCloses(const std::string& instruments) {
  TW_ASSIGN_OR_RETURN(const config::Calendars calendars, config::LoadCalendars(instruments));
  std::map<std::string, CalendarPtr> by_name;
  for (const calendar::CalendarSpec& spec : calendars.list) {
    TW_ASSIGN_OR_RETURN(by_name[spec.name], calendar::MakeCalendar(spec));
  }
  std::map<std::string, CalendarPtr> by_symbol;
  for (const auto& [symbol, name] : calendars.of_symbol) {
    by_symbol[symbol] = by_name.at(name);
  }
  return NextClose([of = std::move(by_symbol)](const std::string& symbol, Timestamp after) {
    const auto it = of.find(symbol);
    return it == of.end() ? Timestamp{(after.ns / kDayNs + 1) * kDayNs}
                          : calendar::EndOfSession(*it->second, after);
  });
}

}  // namespace tw::questdb_writer
