#include "libs/config/calendars.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/config/calendar_tables.h"

namespace tw::config {
namespace {

bool IsName(std::string_view text) {
  const auto word = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), word);
}

// "Mon-Fri" or "Sun"; nullopt for anything else.
std::optional<uint8_t> ParseWeekdays(std::string_view text) {
  constexpr std::array<std::string_view, 7> kNames = {"Mon", "Tue", "Wed", "Thu",
                                                      "Fri", "Sat", "Sun"};
  const auto day = [&](std::string_view name) {
    return static_cast<size_t>(std::find(kNames.begin(), kNames.end(), name) - kNames.begin());
  };
  const size_t dash = text.find('-');
  const size_t from = day(text.substr(0, dash));
  const size_t to = dash == std::string_view::npos ? from : day(text.substr(dash + 1));
  if (from >= kNames.size() || to >= kNames.size() || from > to) {
    return std::nullopt;
  }
  unsigned bits = 0;
  for (size_t i = from; i <= to; ++i) {
    bits |= 1u << i;
  }
  return static_cast<uint8_t>(bits);
}

int ReadMinute(ItemReader& item, std::string_view key) {
  const std::optional<std::string> text = item.Text(key, true);
  const std::optional<int> minute = text ? calendar::ParseMinute(*text) : std::nullopt;
  if (text && !minute) {
    item.Fault(key, "must be a time of day like 09:30, found \"" + *text + "\"");
  }
  return minute.value_or(0);
}

void ReadHolidays(ItemReader& item, calendar::CalendarSpec& c) {
  for (const std::string& text : item.Texts("holidays")) {
    if (const auto date = calendar::ParseIsoDate(text)) {
      c.holidays.push_back(*date);
    } else {
      item.Fault("holidays", "must be dates like 2026-12-25, found \"" + text + "\"");
    }
  }
  for (const std::string& text : item.Texts("early_closes")) {
    const size_t space = std::min(text.find(' '), text.size());
    const auto date = calendar::ParseIsoDate(text.substr(0, space));
    const auto minute =
        calendar::ParseMinute(std::string_view(text).substr(std::min(space + 1, text.size())));
    if (!date || !minute) {
      item.Fault("early_closes",
                 "must be dates and times like 2026-11-27 13:00, found \"" + text + "\"");
    } else if (*minute <= c.open_minute) {
      item.Fault("early_closes", "\"" + text + "\" is not after the open");
    } else {
      c.early_closes.push_back({*date, *minute});
    }
  }
  std::sort(c.holidays.begin(), c.holidays.end());
  std::sort(c.early_closes.begin(), c.early_closes.end(),
            [](const auto& a, const auto& b) { return a.date < b.date; });
}

calendar::CalendarSpec ReadCalendar(const toml::table& table, size_t number, Faults& faults) {
  calendar::CalendarSpec c;
  c.name = table["name"].value_or(std::string());
  ItemReader item(table, "calendar " + (c.name.empty() ? std::to_string(number) : c.name), faults);
  if (item.Text("name", true) && !IsName(c.name)) {
    item.Fault("name", "must be [A-Z0-9]{1,32}");
  }
  c.time_zone = item.Text("time_zone", true).value_or("");
  c.open_minute = ReadMinute(item, "open");
  c.close_minute = ReadMinute(item, "close");
  if (const auto text = item.Text("weekdays", false)) {
    const auto weekdays = ParseWeekdays(*text);
    c.weekdays = weekdays.value_or(c.weekdays);
    if (!weekdays) {
      item.Fault("weekdays", "must be like Mon-Fri, found \"" + *text + "\"");
    }
  }
  ReadHolidays(item, c);
  item.RefuseUnknown();
  if (c.open_minute >= c.close_minute) {
    item.Fault("close", "must be after the open");
  }
  return c;
}

}  // namespace

Calendars ReadCalendars(const toml::table& root, Faults& faults) {
  Calendars out;
  if (const toml::array* tables = root["calendar"].as_array()) {
    std::set<std::string> seen;
    for (const toml::node& node : *tables) {
      if (!node.is_table()) {
        faults.Add(node, "expected [[calendar]]");
        continue;
      }
      out.list.push_back(ReadCalendar(*node.as_table(), out.list.size() + 1, faults));
      if (!seen.insert(out.list.back().name).second) {
        faults.Add(node, "calendar " + out.list.back().name + ": listed twice");
      }
    }
  }
  const toml::array* instruments = root["instrument"].as_array();
  for (size_t i = 0; instruments != nullptr && i < instruments->size(); ++i) {
    const toml::table* table = instruments->get(i)->as_table();
    if (table == nullptr || !table->contains("calendar")) {
      continue;
    }
    const std::string symbol = (*table)["symbol"].value_or(std::string());
    const std::string name = (*table)["calendar"].value_or(std::string());
    const bool there = std::any_of(out.list.begin(), out.list.end(),
                                   [&](const auto& calendar) { return calendar.name == name; });
    if (!there) {
      faults.Add(*table,
                 fmt::format("instrument {}: calendar: there is no [[calendar]] {}", symbol, name));
    }
    out.of_symbol[symbol] = name;
  }
  return out;
}

absl::StatusOr<Calendars> LoadCalendars(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const TomlFile file, ReadToml(path));
  Faults faults(path);
  Calendars out = ReadCalendars(file.root, faults);
  return faults.empty() ? absl::StatusOr<Calendars>(std::move(out)) : faults.ToStatus();
}

}  // namespace tw::config
