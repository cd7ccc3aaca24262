#include "libs/config/accounts_file.h"

#include <set>

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

Account ReadAccount(const toml::table& table, size_t number, Faults& faults) {
  Account a;
  a.name = table["name"].value_or(std::string());
  const std::string called = "account " + (a.name.empty() ? std::to_string(number) : a.name);
  ItemReader item(table, called, faults);
  if (item.Text("name", true) && !IsAccountName(a.name)) {
    item.Fault("name", "must be [A-Za-z0-9._-]{1,64}");
  }
  a.base_currency = item.Text("base_currency", false).value_or(a.base_currency);
  a.desk = item.Text("desk", false).value_or(a.desk);
  item.Read("opening_cash", false, false, a.opening_cash);
  item.Read("margin_rate", false, true, a.margin_rate);
  if (a.margin_rate > Rate::FromUnits(1)) {
    item.Fault("margin_rate", "must not be above 1");
  }
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
  top.RefuseUnknown();

  std::vector<Account> listed;
  std::set<std::string> seen;
  if (const toml::node* node = file.root.get("account")) {
    const toml::array* tables = node->as_array();
    if (tables == nullptr || !(tables->empty() || tables->is_homogeneous<toml::table>())) {
      faults.Add(*node, "account: expected [[account]]");
      return faults.ToStatus();
    }
    for (const toml::node& entry : *tables) {
      listed.push_back(ReadAccount(*entry.as_table(), listed.size() + 1, faults));
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
