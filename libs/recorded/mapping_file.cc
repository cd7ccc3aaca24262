#include <toml++/toml.h>

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/config/toml_file.h"
#include "libs/recorded/csv_file.h"

namespace tw::recorded {
namespace {

using config::Faults;
using config::ItemReader;

constexpr std::array<std::string_view, 6> kKindNames = {"trade", "quote", "level",
                                                        "order", "bar",   "status"};

template <size_t N>
std::optional<size_t> Find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? std::nullopt : std::optional<size_t>(at - names.begin());
}

template <size_t N>
std::string List(const std::array<std::string_view, N>& names) {
  std::string out;
  for (const std::string_view name : names) {
    out += (out.empty() ? "" : ", ") + std::string(name);
  }
  return out;
}

// The power of ten of "0.0001" or "100"; nullopt for what is none.
std::optional<int> PowerOfTen(std::string_view text) {
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? "" : text.substr(point + 1);
  const bool above = part.empty() && whole.size() <= 9 && whole.substr(0, 1) == "1" &&
                     whole.find_first_not_of('0', 1) == std::string_view::npos;
  if (above) {
    return static_cast<int>(whole.size()) - 1;
  }
  const bool below = whole == "0" && !part.empty() && part.size() <= 9 && part.back() == '1' &&
                     part.find_first_not_of('0') == part.size() - 1;
  return below ? std::optional<int>(-static_cast<int>(part.size())) : std::nullopt;
}

const toml::table* Part(const toml::table& root, const char* key, Faults& faults) {
  const toml::node* node = root.get(key);
  if (node != nullptr && !node->is_table()) {
    faults.Add(*node, std::string(key) + ": must be a table, [" + key + "]");
  }
  return node == nullptr ? nullptr : node->as_table();
}

void ReadTop(const toml::table& root, Mapping& mapping, Faults& faults) {
  ItemReader item(root, "mapping", faults);
  for (const char* part : {"time", "columns", "scale", "words"}) {
    item.Know(part);
  }
  const std::string kind = item.Text("kind", true).value_or("trade");
  if (const auto at = Find(kKindNames, kind)) {
    mapping.kind = static_cast<MappingKind>(*at);
  } else {
    item.Fault("kind", "must be one of " + List(kKindNames));
  }
  mapping.symbol = item.Text("symbol", false).value_or("");
  mapping.interval = item.Text("interval", false).value_or("1m");
  const std::string delimiter = item.Text("delimiter", false).value_or(",");
  if (delimiter.size() != 1 || delimiter == "\"") {
    item.Fault("delimiter", "must be one character");
  } else {
    mapping.delimiter = delimiter[0];
  }
  const auto flag = [&](const char* key, const char* yes, const char* no, bool& value) {
    const std::optional<std::string> text = item.Text(key, false);
    if (text && *text != yes && *text != no) {
      item.Fault(key, std::string("must be \"") + yes + "\" or \"" + no + "\"");
    }
    value = text ? *text == yes : value;
  };
  flag("header", "yes", "no", mapping.header);
  flag("final_newline", "required", "optional", mapping.final_newline);
  flag("excess_decimals", "round", "refuse", mapping.round);
  item.RefuseUnknown();
}

void ReadTime(const toml::table& table, Mapping& mapping, Faults& faults) {
  ItemReader item(table, "time", faults);
  mapping.columns[static_cast<size_t>(Field::kTime)] = item.Text("column", true).value_or("");
  const std::string format = item.Text("format", true).value_or("rfc3339");
  if (const auto at = Find(kTimeFormatNames, format)) {
    mapping.time_format = static_cast<TimeFormat>(*at);
  } else {
    item.Fault("format", "must be one of " + List(kTimeFormatNames));
  }
  mapping.zone = item.Text("zone", false).value_or("UTC");
  if (const auto text = item.Text("date", false)) {
    const auto date = calendar::ParseIsoDate(*text);
    mapping.date = date.value_or(calendar::Date());
    if (!date) {
      item.Fault("date", "must be like 2013-10-07");
    }
  }
  item.RefuseUnknown();
}

}  // namespace

absl::StatusOr<Mapping> ReadMapping(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const config::TomlFile file, config::ReadToml(path));
  Faults faults(path);
  Mapping mapping;
  ReadTop(file.root, mapping, faults);
  if (const toml::table* time = Part(file.root, "time", faults)) {
    ReadTime(*time, mapping, faults);
  }
  if (const toml::table* columns = Part(file.root, "columns", faults)) {
    ItemReader item(*columns, "columns", faults);
    for (size_t i = 1; i < kFieldCount; ++i) {  // time has a table of its own
      mapping.columns[i] = item.Text(kFieldNames[i], false).value_or("");
    }
    item.RefuseUnknown();
  }
  if (const toml::table* scale = Part(file.root, "scale", faults)) {
    ItemReader item(*scale, "scale", faults);
    for (size_t i = 1; i < kFieldCount; ++i) {
      const auto text = item.Text(kFieldNames[i], false);
      const auto power = text ? PowerOfTen(*text) : 0;
      mapping.shifts[i] = power.value_or(0);
      if (!power) {
        item.Fault(kFieldNames[i], "must be a power of ten like 0.0001");
      }
    }
    item.RefuseUnknown();
  }
  if (const toml::table* words = Part(file.root, "words", faults)) {
    ItemReader item(*words, "words", faults);
    for (size_t i = 0; i < kWordCount; ++i) {
      mapping.words[i] = item.Texts(kWordNames[i]);
    }
    item.RefuseUnknown();
  }
  if (faults.empty()) {
    const std::string fault = FaultOf(mapping);
    if (!fault.empty()) {
      faults.Add(file.root, fault);
    }
  }
  return faults.empty() ? absl::StatusOr<Mapping>(std::move(mapping)) : faults.ToStatus();
}

}  // namespace tw::recorded
