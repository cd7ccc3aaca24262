#include "libs/config/accounts_file.h"

#include <map>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/toml_file.h"

namespace tw::config {
namespace {

void ReadPositions(const toml::table& table, const std::string& name, Faults& faults, Account& a) {
  const toml::node* node = table.get("position");
  if (node == nullptr) {
    return;
  }
  const toml::array* list = node->as_array();
  if (list == nullptr || !(list->empty() || list->is_homogeneous<toml::table>())) {
    faults.Add(*node, name + ": position: expected [[account.position]]");
    return;
  }
  std::set<std::string> seen;
  for (const toml::node& entry : *list) {
    OpeningPosition position;
    position.symbol = (*entry.as_table())["symbol"].value_or(std::string());
    ItemReader item(*entry.as_table(), name + ", position " + position.symbol, faults);
    item.Text("symbol", true);
    item.Read("quantity", true, false, position.quantity);
    item.Read("average_price", true, true, position.average_price);
    item.RefuseUnknown();
    if (position.quantity.IsZero()) {
      item.Fault("quantity", "must not be 0");
    }
    if (!seen.insert(position.symbol).second) {
      item.Fault("symbol", "listed twice");
    }
    a.opening_positions.push_back(std::move(position));
  }
}

void ReadShortSale(ItemReader& item, ShortSale& value) {
  const std::optional<std::string> text = item.Text("short_sale", false);
  if (!text) {
    return;
  }
  if (*text == "allowed") {
    value = ShortSale::kAllowed;
  } else if (*text == "locate") {
    value = ShortSale::kLocate;
  } else if (*text == "forbidden") {
    value = ShortSale::kForbidden;
  } else {
    item.Fault("short_sale", "must be allowed, locate or forbidden");
  }
}

void ReadSelfTrade(ItemReader& item, Account& a) {
  static const std::map<std::string, SelfTradePrevention> words = {
      {"none", SelfTradePrevention::kNone},
      {"cancel_newest", SelfTradePrevention::kCancelNewest},
      {"cancel_oldest", SelfTradePrevention::kCancelOldest},
      {"cancel_both", SelfTradePrevention::kCancelBoth},
      {"decrement", SelfTradePrevention::kDecrement}};
  if (const std::optional<std::string> text = item.Text("self_trade", false)) {
    const auto word = words.find(*text);
    if (word == words.end()) {
      item.Fault("self_trade",
                 "must be none, cancel_newest, cancel_oldest, cancel_both or decrement");
    } else {
      a.self_trade = word->second;
    }
  }
  if (const std::optional<std::string> text = item.Text("self_trade_scope", false)) {
    a.self_trade_firm = *text == "firm";
    if (*text != "firm" && *text != "account") {
      item.Fault("self_trade_scope", "must be account or firm");
    }
  }
}

// What a class and an account may both say; the account's word comes after, and holds.
void ReadMargin(ItemReader& item, Account& a) {
  item.Read("margin_rate", false, true, a.margin_rate);
  item.Read("maintenance_rate", false, true, a.maintenance_rate);
  for (const auto& [key, rate] :
       {std::pair("margin_rate", a.margin_rate), {"maintenance_rate", a.maintenance_rate}}) {
    if (rate > Rate::FromUnits(1)) {
      item.Fault(key, "must not be above 1");
    }
  }
  ReadShortSale(item, a.short_sale);
  ReadSelfTrade(item, a);
}

using Classes = std::map<std::string, Account>;

Classes ReadClasses(const toml::table& root, Faults& faults) {
  Classes classes;
  const toml::node* node = root.get("class");
  if (node == nullptr) {
    return classes;
  }
  const toml::array* tables = node->as_array();
  if (tables == nullptr || !(tables->empty() || tables->is_homogeneous<toml::table>())) {
    faults.Add(*node, "class: expected [[class]]");
    return classes;
  }
  for (const toml::node& entry : *tables) {
    const std::string name = (*entry.as_table())["name"].value_or(std::string());
    ItemReader item(*entry.as_table(), "class " + name, faults);
    item.Text("name", true);
    Account pattern;
    ReadMargin(item, pattern);
    item.RefuseUnknown();
    if (!classes.emplace(name, std::move(pattern)).second) {
      faults.Add(entry, "class " + name + ": listed twice");
    }
  }
  return classes;
}

Account ReadAccount(const toml::table& table,
                    size_t number,
                    const Classes& classes,
                    Faults& faults) {
  Account a;
  const std::string of_class = table["class"].value_or(std::string());
  if (const auto it = classes.find(of_class); it != classes.end()) {
    a = it->second;
  }
  a.account_class = of_class;
  a.listed = true;
  a.name = table["name"].value_or(std::string());
  const std::string called = "account " + (a.name.empty() ? std::to_string(number) : a.name);
  ItemReader item(table, called, faults);
  if (item.Text("name", true) && !IsAccountName(a.name)) {
    item.Fault("name", "must be [A-Za-z0-9._-]{1,64}");
  }
  a.base_currency = item.Text("base_currency", false).value_or(a.base_currency);
  a.desk = item.Text("desk", false).value_or(a.desk);
  item.Read("opening_cash", false, false, a.opening_cash);
  if (item.Text("class", false) && classes.count(of_class) == 0) {
    item.Fault("class", "'" + of_class + "' is not listed as a [[class]]");
  }
  ReadMargin(item, a);
  a.symbols = item.Texts("symbols");
  item.Know("position");
  item.RefuseUnknown();
  ReadPositions(table, called, faults, a);
  return a;
}

}  // namespace

absl::StatusOr<Accounts> LoadAccounts(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const TomlFile file, ReadToml(path));
  Faults faults(path);
  ItemReader top(file.root, "file", faults);
  const std::string mode = top.Text("accounts", false).value_or("open");
  if (mode != "open" && mode != "closed") {
    top.Fault("accounts", "must be \"open\" or \"closed\", found \"" + mode + "\"");
  }
  top.Know("account");
  top.Know("class");
  top.RefuseUnknown();

  const Classes classes = ReadClasses(file.root, faults);
  std::vector<Account> listed;
  std::set<std::string> seen;
  if (const toml::node* node = file.root.get("account")) {
    const toml::array* tables = node->as_array();
    if (tables == nullptr || !(tables->empty() || tables->is_homogeneous<toml::table>())) {
      faults.Add(*node, "account: expected [[account]]");
      return faults.ToStatus();
    }
    for (const toml::node& entry : *tables) {
      listed.push_back(ReadAccount(*entry.as_table(), listed.size() + 1, classes, faults));
      if (!seen.insert(listed.back().name).second) {
        faults.Add(entry, "account " + listed.back().name + ": listed twice");
      }
    }
  }
  if (!faults.empty()) {
    return faults.ToStatus();
  }
  return Accounts(std::move(listed), mode == "open", file.hash);
}

}  // namespace tw::config
