#include "libs/config/instruments.h"

#include <algorithm>
#include <set>

#include "libs/base/status_macros.h"
#include "libs/config/calendar_tables.h"
#include "libs/config/toml_file.h"

namespace tw::config {
namespace {

bool IsSymbol(std::string_view text) {
  const auto word = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 32 && word(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return word(c) || c == '.' || c == '_' || c == '-'; });
}

// What only makes sense between fields; each was checked on its own before.
void CheckTogether(const Instrument& i, ItemReader& item) {
  if (i.tick_size.e8() > 0 && !IsMultiple(i.start_price.e8(), i.tick_size.e8())) {
    item.Fault("start_price", "must be a multiple of tick_size " + i.tick_size.ToString());
  }
  if (i.lot_size.e8() > 0) {
    if (!IsMultiple(i.min_quantity.e8(), i.lot_size.e8())) {
      item.Fault("min_quantity", "must be a multiple of lot_size " + i.lot_size.ToString());
    }
    if (!IsMultiple(i.max_quantity.e8(), i.lot_size.e8())) {
      item.Fault("max_quantity", "must be a multiple of lot_size " + i.lot_size.ToString());
    }
  }
  if (i.max_quantity.e8() > 0 && i.max_quantity < i.min_quantity) {
    item.Fault("max_quantity", "is below min_quantity " + i.min_quantity.ToString());
  }
}

Instrument ReadInstrument(const toml::table& table, size_t number, Faults& faults) {
  Instrument i;
  i.symbol = table["symbol"].value_or(std::string());
  ItemReader item(table, "instrument " + (i.symbol.empty() ? std::to_string(number) : i.symbol),
                  faults);
  if (item.Text("symbol", true) && !IsSymbol(i.symbol)) {
    item.Fault("symbol", "must be [A-Z0-9][A-Z0-9._-]{0,31}");
  }
  i.description = item.Text("description", false).value_or(i.symbol);
  i.base_currency = item.Text("base_currency", true).value_or("");
  i.quote_currency = item.Text("quote_currency", true).value_or("");
  item.Read("tick_size", true, true, i.tick_size);
  item.Read("lot_size", true, true, i.lot_size);
  item.Read("min_quantity", true, true, i.min_quantity);
  item.Read("max_quantity", true, true, i.max_quantity);
  item.Read("start_price", true, true, i.start_price);
  item.Read("min_depth", true, true, i.min_depth);
  item.Text("calendar", false);  // libs/config/calendars.h
  item.RefuseUnknown();
  CheckTogether(i, item);
  return i;
}

}  // namespace

absl::StatusOr<Instruments> LoadInstruments(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const TomlFile file, ReadToml(path));
  Faults faults(path);
  ItemReader top(file.root, "file", faults);
  top.Know("instrument");
  top.Know("calendar");
  top.RefuseUnknown();

  std::vector<Instrument> list;
  std::set<std::string> seen;
  const toml::array* tables = file.root["instrument"].as_array();
  if (tables == nullptr || tables->empty() || !tables->is_homogeneous<toml::table>()) {
    faults.Add(file.root, "expected at least one [[instrument]]");
    return faults.ToStatus();
  }
  for (const toml::node& node : *tables) {
    list.push_back(ReadInstrument(*node.as_table(), list.size() + 1, faults));
    if (!seen.insert(list.back().symbol).second) {
      faults.Add(node, "instrument " + list.back().symbol + ": listed twice");
    }
  }
  ReadCalendars(file.root, faults);
  if (!faults.empty()) {
    return faults.ToStatus();
  }
  return Instruments(std::move(list), file.hash);
}

}  // namespace tw::config
