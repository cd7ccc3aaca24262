#include "services/pnl/trading_days.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/calendars.h"

namespace tw::pnl {
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
  return OfMarket(MarketOf(symbol), day);
}

std::vector<std::string> TradingDays::Markets() const {
  std::vector<std::string> names = {kRoundTheClock};
  for (const auto& [name, market] : markets_) {
    names.push_back(name);
  }
  return names;
}

bool TradingDays::HasMarket(const std::string& market) const {
  return market == kRoundTheClock || markets_.count(market) > 0;
}

std::string TradingDays::MarketOf(const std::string& symbol) const {
  const auto named = of_symbol_.find(symbol);
  return named == of_symbol_.end() ? kRoundTheClock : named->second;
}

DayWindow TradingDays::OfMarket(const std::string& market, int64_t day) const {
  if (market == kRoundTheClock) {
    return {{day * kDayNs}, {(day + 1) * kDayNs}};
  }
  const Market& named = markets_.at(market);
  // The close of the last session on or before a day; where there is none, its midnight.
  const auto last_close = [&named](int64_t number) {
    for (int i = 0; i < kDaysWithoutSessionMax; ++i) {
      const calendar::Session session = calendar::SessionOf(named.spec, number - i);
      if (session.open_minute < session.close_minute) {
        return named.zone.ToUtc(calendar::DateOf(number - i), session.close_minute * kMinuteMs);
      }
    }
    return named.zone.ToUtc(calendar::DateOf(number), 0);
  };
  return {last_close(day - 1), last_close(day)};
}

int64_t TradingDays::DayAt(const std::string& market, Timestamp t) const {
  // A clock on the wall is less than a day before or behind that of UTC, and closes only move on.
  int64_t day = t.ns / kDayNs - 2;
  while (OfMarket(market, day).end <= t) {
    ++day;
  }
  return day;
}

}  // namespace tw::pnl
