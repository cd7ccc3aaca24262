#include "services/sink-alt/types_file.h"

#include <cmath>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/toml_file.h"

namespace tw::sink_alt {
namespace {

constexpr int64_t kSymbolsMax = 100;
constexpr size_t kTypesMax = 200;

void ReadRequires(const toml::table& table, config::ItemReader& item, AltType& type) {
  item.Know("requires");
  const toml::node* const node = table.get("requires");
  if (node == nullptr) {
    return;
  }
  const toml::array* const list = node->as_array();
  if (list == nullptr || !(list->empty() || list->is_homogeneous<std::string>())) {
    item.Fault("requires", "must be a list of texts");
    return;
  }
  for (const toml::node& entry : *list) {
    const std::string name = entry.value_or(std::string());
    if (name == "title") {
      type.needs_title = true;
    } else if (name == "body") {
      type.needs_body = true;
    } else if (name == "value") {
      type.needs_value = true;
    } else if (name == "symbols") {
      type.symbols_min = 1;
    } else {
      item.Fault("requires", "\"" + name + "\" is none of title, body, value and symbols");
    }
  }
}

std::optional<double> ReadBound(const toml::table& table,
                                config::ItemReader& item,
                                const char* key) {
  item.Know(key);
  const toml::node* const node = table.get(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::optional<double> value = node->value<double>();
  if (!value || !node->is_number() || !std::isfinite(*value)) {
    item.Fault(key, "must be a finite number");
    return std::nullopt;
  }
  return value;
}

AltType ReadType(const toml::table& table, config::Faults& faults) {
  AltType type;
  type.category = table["category"].value_or(std::string());
  config::ItemReader item(table, "type " + type.category, faults);
  item.Text("category", true);
  ReadRequires(table, item, type);
  item.Know("symbols_max");
  if (const toml::node* const node = table.get("symbols_max")) {
    const auto most = node->value_exact<int64_t>();
    if (!most || *most < 0 || *most > kSymbolsMax) {
      item.Fault("symbols_max", "must be a whole number from 0 to 100");
    } else {
      type.symbols_max = static_cast<size_t>(*most);
    }
  }
  if (type.symbols_max < type.symbols_min) {
    item.Fault("symbols_max", "is 0, but symbols are required");
  }
  type.value_min = ReadBound(table, item, "value_min");
  type.value_max = ReadBound(table, item, "value_max");
  if (type.value_min && type.value_max && *type.value_min > *type.value_max) {
    item.Fault("value_min", "is above value_max");
  }
  item.RefuseUnknown();
  return type;
}

}  // namespace

absl::StatusOr<AltTypes> LoadAltTypes(const std::string& path) {
  TW_ASSIGN_OR_RETURN(const config::TomlFile file, config::ReadToml(path));
  config::Faults faults(path);
  bool others = true;
  std::vector<AltType> types;
  std::set<std::string> seen;
  for (const auto& [key, node] : file.root) {
    if (key.str() == "others") {
      if (!node.is_boolean()) {
        faults.Add(node, "others: must be true or false");
      }
      others = node.value_or(true);
    } else if (key.str() != "type") {
      faults.Add(node, "unknown key \"" + std::string(key.str()) + "\"");
    }
  }
  if (const toml::node* const node = file.root.get("type")) {
    const toml::array* const list = node->as_array();
    if (list == nullptr || !list->is_homogeneous<toml::table>() || list->size() > kTypesMax) {
      faults.Add(*node, "type: expected at most 200 of [[type]]");
      return faults.ToStatus();
    }
    for (const toml::node& entry : *list) {
      types.push_back(ReadType(*entry.as_table(), faults));
      if (!seen.insert(types.back().category).second) {
        faults.Add(entry, "type " + types.back().category + ": listed twice");
      }
    }
  }
  if (!faults.empty()) {
    return faults.ToStatus();
  }
  return AltTypes(std::move(types), others);
}

}  // namespace tw::sink_alt
