#include "services/feature-pipeline/features_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/toml_file.h"

namespace tw::features {
namespace {

constexpr size_t kNameBytesMax = 48;
constexpr size_t kFeaturesMax = 200;
constexpr size_t kSetsMax = 50;
constexpr int64_t kSampleMs = 1'000;
constexpr int64_t kSampleMsMin = 100;
constexpr int64_t kQuoteStaleMs = 5'000;
constexpr int64_t kMsMax = 30LL * 86'400'000;

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

class Reader {
 public:
  Reader(const std::string& path, const Instruments& instruments)
      : faults_(path), instruments_(instruments) {}

  absl::StatusOr<FeatureConfig> Read(const config::TomlFile& file) {
    out_.hash = file.hash;
    for (const auto& [key, node] : file.root) {
      if (key.str() != "feature" && key.str() != "set") {
        faults_.Add(node, "unknown key \"" + std::string(key.str()) + "\"");
      }
    }
    ForEach(file.root, "feature", kFeaturesMax, [&](const toml::table& t) { ReadFeature(t); });
    ForEach(file.root, "set", kSetsMax, [&](const toml::table& t) { ReadSet(t); });
    if (!faults_.empty()) {
      return faults_.ToStatus();
    }
    return std::move(out_);
  }

 private:
  template <typename F>
  void ForEach(const toml::table& root, const char* key, size_t max, F f) {
    const toml::node* const node = root.get(key);
    if (node == nullptr) {
      return;
    }
    const toml::array* const list = node->as_array();
    if (list == nullptr || !list->is_homogeneous<toml::table>()) {
      faults_.Add(*node, std::string(key) + ": expected [[" + key + "]]");
      return;
    }
    if (list->size() > max) {
      faults_.Add(*node, std::string(key) + ": more than " + std::to_string(max));
      return;
    }
    for (const toml::node& item : *list) {
      f(*item.as_table());
    }
  }

  // A whole number of `item`; `fallback` where it is absent.
  int64_t Number(const toml::table& table, config::ItemReader& item, const Parameter& p) {
    item.Know(p.name);
    const toml::node* const node = table.get(p.name);
    if (node == nullptr) {
      return p.fallback;
    }
    const std::optional<int64_t> value = node->value_exact<int64_t>();
    if (!value || *value < p.min || *value > p.max) {
      item.Fault(p.name, "must be a whole number from " + std::to_string(p.min) + " to " +
                             std::to_string(p.max));
      return p.fallback;
    }
    return *value;
  }

  // A list of distinct texts; empty after a fault, or where it is absent.
  std::vector<std::string> Texts(const toml::table& table,
                                 config::ItemReader& item,
                                 const char* key,
                                 bool required) {
    item.Know(key);
    const toml::node* const node = table.get(key);
    if (node == nullptr) {
      if (required) {
        item.Fault(key, "is missing");
      }
      return {};
    }
    const toml::array* const list = node->as_array();
    if (list == nullptr || list->empty() || !list->is_homogeneous<std::string>()) {
      item.Fault(key, "must be a list of texts that is not empty");
      return {};
    }
    std::vector<std::string> texts;
    for (const toml::node& entry : *list) {
      texts.push_back(*entry.value<std::string>());
      if (std::count(texts.begin(), texts.end(), texts.back()) > 1) {
        item.Fault(key, "has \"" + texts.back() + "\" twice");
      }
    }
    return texts;
  }

  void ReadFeature(const toml::table& table) {
    const std::string name = table["name"].value_or(std::string());
    config::ItemReader item(table, "feature " + name, faults_);
    if (item.Text("name", true) && !IsName(name)) {
      item.Fault("name", "must be [a-z0-9_]{1,48}");
    }
    const std::optional<std::string> kind = item.Text("kind", true);
    const KindSpec* const spec = kind ? FindKind(*kind) : nullptr;
    if (spec == nullptr) {
      if (kind) {
        item.Fault("kind", "no kind \"" + *kind + "\"; there are " + KindNames());
      }
      broken_.insert(name);
      return;
    }
    std::vector<int64_t> parameters;
    for (const Parameter& parameter : spec->parameters) {
      parameters.push_back(Number(table, item, parameter));
    }
    if (spec->kind == Kind::kMacd && parameters[0] >= parameters[1]) {
      item.Fault("fast", "must be below slow");
    }
    item.RefuseUnknown();
    Definition definition = MakeDefinition(name, spec->name, std::move(parameters));
    for (const std::string& output : definition.outputs) {
      if (const auto [other, fresh] = outputs_.emplace(output, name); !fresh) {
        item.Fault("name", "\"" + output + "\" is an output of feature " + other->second + " too");
      }
    }
    by_name_.emplace(name, out_.definitions.size());
    out_.definitions.push_back(std::move(definition));
  }

  static std::string KindNames() {
    std::string names;
    for (const KindSpec& spec : Kinds()) {
      names += (names.empty() ? "" : ", ") + std::string(spec.name);
    }
    return names;
  }

  void ReadSet(const toml::table& table) {
    FeatureSet set;
    set.name = table["name"].value_or(std::string());
    config::ItemReader item(table, "set " + set.name, faults_);
    if (item.Text("name", true) && !IsName(set.name)) {
      item.Fault("name", "must be [a-z0-9_]{1,48}");
    }
    if (!sets_.insert(set.name).second) {
      item.Fault("name", "listed twice");
    }
    ReadMembers(table, item, set);
    ReadSymbols(table, item, set);
    ReadTimeframes(table, item, set);
    item.Know("history");
    if (const toml::node* const node = table.get("history")) {
      if (!node->is_boolean()) {
        item.Fault("history", "must be true or false");
      }
      set.history = node->value_or(false);
    }
    set.sample =
        Duration::Millis(Number(table, item, {"sample_ms", kSampleMs, kSampleMsMin, kMsMax}));
    if (!set.of_quotes && table.contains("sample_ms")) {
      item.Fault("sample_ms", "features of bars are written when a bar closes");
    }
    set.stale = Duration::Millis(
        Number(table, item, {"stale_ms", set.of_quotes ? kQuoteStaleMs : 0, 1, kMsMax}));
    item.RefuseUnknown();
    out_.sets.push_back(std::move(set));
  }

  void ReadMembers(const toml::table& table, config::ItemReader& item, FeatureSet& set) {
    bool of_bars = false;
    for (const std::string& name : Texts(table, item, "features", true)) {
      const auto found = by_name_.find(name);
      if (found != by_name_.end()) {
        set.features.push_back(found->second);
        const bool of_quotes = out_.definitions[found->second].spec->of_quotes;
        set.of_quotes = set.of_quotes || of_quotes;
        of_bars = of_bars || !of_quotes;
      } else if (!broken_.contains(name)) {
        item.Fault("features", "no [[feature]] \"" + name + "\"");
      }
    }
    if (set.of_quotes && of_bars) {
      item.Fault("features", "mixes features of bars with those of quotes; make two sets");
    }
  }

  void ReadSymbols(const toml::table& table, config::ItemReader& item, FeatureSet& set) {
    set.symbols = Texts(table, item, "symbols", true);
    if (set.symbols == std::vector<std::string>{"*"}) {
      set.symbols.clear();
      return;
    }
    for (const std::string& symbol : set.symbols) {
      if (instruments_.Find(symbol) == nullptr) {
        item.Fault("symbols", "no instrument \"" + symbol + "\"");
      }
    }
  }

  void ReadTimeframes(const toml::table& table, config::ItemReader& item, FeatureSet& set) {
    set.timeframes = Texts(table, item, "timeframes", !set.of_quotes);
    if (set.of_quotes && !set.timeframes.empty()) {
      item.Fault("timeframes", "features of quotes have none");
    }
    for (const std::string& timeframe : set.timeframes) {
      if (!SpanOf(timeframe)) {
        item.Fault("timeframes", "no timeframe \"" + timeframe + "\"");
      }
    }
  }

  config::Faults faults_;
  const Instruments& instruments_;
  FeatureConfig out_;
  std::map<std::string, size_t> by_name_;
  std::map<std::string, std::string> outputs_;
  std::set<std::string> broken_;
  std::set<std::string> sets_;
};

}  // namespace

absl::StatusOr<FeatureConfig> LoadFeatures(const std::string& path,
                                           const Instruments& instruments) {
  TW_ASSIGN_OR_RETURN(const config::TomlFile file, config::ReadToml(path));
  return Reader(path, instruments).Read(file);
}

}  // namespace tw::features
