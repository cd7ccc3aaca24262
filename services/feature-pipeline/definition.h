// What features are called and made of: kinds with their parameters, definitions, sets. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/time.h"

namespace tw::features {

enum class Kind : uint8_t {
  kSma,
  kEma,
  kWma,
  kRsi,
  kMacd,
  kBollinger,
  kAtr,
  kVwap,
  kSessionVwap,
  kReturn,
  kCloseVolatility,
  kParkinson,
  kGarmanKlass,
  kReturnZScore,
  kVolumeZScore,
  // Of quotes and books:
  kMid,
  kSpread,
  kSpreadBps,
  kMicroPrice,
  kQuoteImbalance,
  kBookImbalance,
  kOrderFlowImbalance,
};

struct Parameter {
  std::string_view name;
  int64_t fallback;
  int64_t min;
  int64_t max;
};

inline constexpr size_t kParametersMax = 3;

struct KindSpec {
  Kind kind;
  std::string_view name;  // in the file
  bool of_quotes;
  std::vector<Parameter> parameters;
  std::vector<std::string_view> outputs;  // what is put behind the feature's name
  int64_t bars_more;                      // bars needed beyond those that the parameters say
};

std::span<const KindSpec> Kinds();
const KindSpec* FindKind(std::string_view name);

struct Definition {
  std::string name;
  const KindSpec* spec = nullptr;
  std::array<int64_t, kParametersMax> parameters{};
  std::vector<std::string> outputs;

  Kind kind() const { return spec->kind; }
  int64_t parameter(size_t i) const { return parameters[i]; }
  std::string ParametersText() const;  // "fast = 12, slow = 26, signal = 9"
  int64_t BarsNeeded() const;          // until all outputs are ready; 0: not made of bars
};

// With the kind's own values for the parameters. REQUIRES: the kind is known.
Definition MakeDefinition(std::string name,
                          std::string_view kind,
                          std::vector<int64_t> parameters = {});

// What is computed for which symbols and timeframes.
struct FeatureSet {
  std::string name{};
  bool of_quotes = false;
  std::vector<std::string> symbols{};     // empty: all
  std::vector<std::string> timeframes{};  // of bars only
  std::vector<size_t> features{};         // positions in FeatureConfig::definitions
  bool history = false;                   // written to QuestDB
  Duration sample{};                      // how often, where made of quotes
  Duration stale{};                       // older is stale; zero: three times the timeframe

  bool Covers(std::string_view symbol) const;
  bool Has(std::string_view timeframe) const;
};

// "1s", "15m", "1h", "1d"; nullopt for what is none, or longer than a year.
std::optional<Duration> SpanOf(std::string_view timeframe);

struct FeatureConfig {
  std::vector<Definition> definitions;
  std::vector<FeatureSet> sets;
  std::string hash;  // of the file
};

// One output now.
struct FeatureValue {
  std::string_view name;  // of the definition that lives on
  double value = 0;       // tidy: analytics, a statistic; zero until ready
  bool ready = false;     // false: not enough input yet
};

}  // namespace tw::features
