#include "services/cli/trading_days.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/calendars.h"

namespace tw::cli {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kDayNs = Duration::Seconds(86'400).ns;
constexpr int kDaysWithoutSessionMax = 60;  // more than any exchange rests

}  // namespace

absl::StatusOr<TradingDays> TradingDays::Load(const std::string& instruments) {
  TW_ASSIGN_OR_RETURN(config::Calendars calendars, config::LoadCalendars(instruments));
  TradingDays days;
  for (calendar::CalendarSpec& spec : calendars.list) {
    TW_ASSIGN_OR_RETURN(calendar::TimeZone zone, calendar::TimeZone::Load(spec.time_zone));
    const std::string name = spec.name;
    days.markets_.emplace(name, Market{std::move(spec), std::move(zone)});
  }
  days.of_symbol_ = std::move(calendars.of_symbol);
  return days;
}

DayWindow TradingDays::Of(const std::string& symbol, int64_t day) const {
  const auto named = of_symbol_.find(symbol);
  if (named == of_symbol_.end()) {
    return {{day * kDayNs}, {(day + 1) * kDayNs}};
  }
  const Market& market = markets_.at(named->second);
  // The close of the last session on or before a day; where there is none, its midnight.
  const auto last_close = [&market](int64_t number) {
    for (int i = 0; i < kDaysWithoutSessionMax; ++i) {
      const calendar::Session session = calendar::SessionOf(market.spec, number - i);
      if (session.open_minute < session.close_minute) {
        return market.zone.ToUtc(calendar::DateOf(number - i), session.close_minute * kMinuteMs);
      }
    }
    return market.zone.ToUtc(calendar::DateOf(number), 0);
  };
  return {last_close(day - 1), last_close(day)};
}

}  // namespace tw::cli
