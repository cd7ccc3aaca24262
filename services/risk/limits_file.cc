#include "services/risk/limits_file.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "libs/config/toml_file.h"

namespace tw::risk {
namespace {

constexpr int64_t kPercent = 100;
constexpr int64_t kReferenceAgeMsMax = 600'000;
constexpr int64_t kWindowMsMax = 3'600'000;

template <typename T>
void ReadValue(config::ItemReader& item, const char* key, std::optional<T>& value) {
  const std::optional<std::string> text = item.Text(key, false);
  if (!text) {
    return;
  }
  const absl::StatusOr<T> parsed = T::Parse(*text);
  if (parsed.ok()) {
    value = *parsed;
  } else {
    item.Fault(key, std::string(parsed.status().message()));
  }
}

LimitRow ReadRow(const toml::table& table, config::Faults& faults) {
  const auto text_of = [&](const char* key) { return table[key].value_or(std::string()); };
  config::ItemReader item(
      table, "limit " + text_of("scope") + " " + text_of("account") + " " + text_of("symbol"),
      faults);
  LimitRow row;
  const std::optional<std::string> scope = item.Text("scope", true);
  if (scope) {
    const std::optional<LimitScope> parsed = ParseLimitScope(*scope);
    if (!parsed) {
      item.Fault("scope", "must be firm, desk, account, strategy, symbol or account_symbol");
    }
    row.key.scope = parsed.value_or(LimitScope::kFirm);
  }
  row.key.account = item.Text("account", false).value_or("");
  row.key.symbol = item.Text("symbol", false).value_or("");
  row.key.desk = item.Text("desk", false).value_or("");
  row.key.strategy = item.Text("strategy", false).value_or("");
  ForEachLimit(
      [&](const char* name, Takes, auto value, auto) { ReadValue(item, name, row.values.*value); });
  item.RefuseUnknown();
  const absl::Status valid = Validate(row);
  if (scope && !valid.ok()) {
    faults.Add(table, std::string(valid.message()));
  }
  return row;
}

void ReadWindow(const toml::table& root, const char* key, config::Faults& faults, Duration& span) {
  if (root.get(key) == nullptr) {
    return;
  }
  const std::string text = root[key].value_or(std::string());
  const absl::StatusOr<int64_t> ms_e8 = ParseE8(text);
  if (!ms_e8.ok() || *ms_e8 < kDecimalScale || *ms_e8 > kWindowMsMax * kDecimalScale) {
    faults.Add(root, std::string(key) + ": must be text, 1 to 3600000, found " + text);
  } else {
    span = Duration::Millis(*ms_e8 / kDecimalScale);
  }
}

void ReadRules(const toml::table& root, config::Faults& faults, Rules& rules) {
  const std::string collar = root["collar_percent"].value_or(std::string("10"));
  const absl::StatusOr<int64_t> percent_e8 = ParseE8(collar);
  if (!percent_e8.ok() || *percent_e8 <= 0 || *percent_e8 >= kPercent * kDecimalScale) {
    faults.Add(root, "collar_percent: must be text, above 0 and below 100, found " + collar);
  } else {
    rules.collar_e8 = *percent_e8 / kPercent;
  }
  const std::string age = root["reference_age_max_ms"].value_or(std::string("5000"));
  const absl::StatusOr<int64_t> age_e8 = ParseE8(age);
  if (!age_e8.ok() || *age_e8 < kDecimalScale || *age_e8 > kReferenceAgeMsMax * kDecimalScale) {
    faults.Add(root, "reference_age_max_ms: must be text, 1 to 600000, found " + age);
  } else {
    rules.reference_age_max = Duration::Millis(*age_e8 / kDecimalScale);
  }
  ReadWindow(root, "own_collar_window_ms", faults, rules.own_collar_window);
  ReadWindow(root, "execution_window_ms", faults, rules.execution_window);
  for (const auto& [key, node] : root) {
    if (key.str() != "collar_percent" && key.str() != "reference_age_max_ms" &&
        key.str() != "own_collar_window_ms" && key.str() != "execution_window_ms" &&
        key.str() != "limit") {
      faults.Add(node, "unknown key " + std::string(key.str()));
    } else if (key.str() != "limit" && !node.is_string()) {
      faults.Add(node, std::string(key.str()) + ": must be text");
    }
  }
}

void WantLastResorts(const toml::table& root,
                     const std::vector<LimitRow>& rows,
                     config::Faults& faults) {
  bool firm = false;
  bool account = false;
  bool symbol = false;
  for (const LimitRow& row : rows) {
    const LimitValues& v = row.values;
    firm = firm || (row.key.scope == LimitScope::kFirm && v.max_exposure);
    account = account || (row.key.account == kAny && v.max_exposure);
    symbol = symbol || (row.key.symbol == kAny && v.max_order_quantity && v.max_order_notional &&
                        v.max_position && v.max_position_notional);
  }
  if (!firm) {
    faults.Add(root, "a row of scope firm with max_exposure is missing");
  }
  if (!account) {
    faults.Add(root, "a row of scope account, account \"*\", with max_exposure is missing");
  }
  if (!symbol) {
    faults.Add(root,
               "a row of scope symbol, symbol \"*\", with max_order_quantity, max_order_notional, "
               "max_position and max_position_notional is missing");
  }
}

}  // namespace

absl::StatusOr<LimitsFile> LoadLimits(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const config::TomlFile file, config::ReadToml(path));
  config::Faults faults(path);
  LimitsFile out;
  out.hash = file.hash;
  ReadRules(file.root, faults, out.rules);
  std::set<LimitKey> keys;
  if (const toml::array* limits = file.root["limit"].as_array()) {
    for (const toml::node& node : *limits) {
      const toml::table* table = node.as_table();
      if (table == nullptr) {
        faults.Add(node, "limit: must be a table");
        continue;
      }
      out.rows.push_back(ReadRow(*table, faults));
      if (!keys.insert(out.rows.back().key).second) {
        faults.Add(node, "limit: this scope, account and symbol stand here twice");
      }
    }
  }
  if (faults.empty()) {
    WantLastResorts(file.root, out.rows, faults);
  }
  if (!faults.empty()) {
    return faults.ToStatus();
  }
  return out;
}

}  // namespace tw::risk
