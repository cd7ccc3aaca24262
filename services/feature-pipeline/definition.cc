#include "services/feature-pipeline/definition.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "libs/base/check.h"
#include "services/feature-pipeline/windows.h"

namespace tw::features {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kLevelsMax = 50;

const std::vector<KindSpec>& Table() {
  constexpr int64_t kN = kWindowMax;
  // clang-format off
  static const std::vector<KindSpec> kTable = {
      {Kind::kSma, "sma", false, {{"n", 20, 1, kN}}, {""}, 0},
      {Kind::kEma, "ema", false, {{"n", 20, 1, kN}}, {""}, 0},
      {Kind::kWma, "wma", false, {{"n", 20, 1, kN}}, {""}, 0},
      {Kind::kRsi, "rsi", false, {{"n", 14, 1, kN}}, {""}, 1},
      {Kind::kMacd, "macd", false, {{"fast", 12, 1, kN}, {"slow", 26, 2, kN}, {"signal", 9, 1, kN}},
       {"", "_signal", "_histogram"}, -1},
      {Kind::kBollinger, "bollinger", false, {{"n", 20, 2, kN}, {"width_percent", 200, 1, 1'000}},
       {"_middle", "_upper", "_lower"}, 0},
      {Kind::kAtr, "atr", false, {{"n", 14, 1, kN}}, {""}, 0},
      {Kind::kVwap, "vwap", false, {{"n", 20, 1, kN}}, {""}, 0},
      {Kind::kSessionVwap, "session_vwap", false, {}, {""}, 1},
      {Kind::kReturn, "log_return", false, {}, {""}, 2},
      {Kind::kCloseVolatility, "volatility_close", false, {{"n", 20, 2, kN}}, {""}, 1},
      {Kind::kParkinson, "volatility_parkinson", false, {{"n", 20, 1, kN}}, {""}, 0},
      {Kind::kGarmanKlass, "volatility_garman_klass", false, {{"n", 20, 1, kN}}, {""}, 0},
      {Kind::kReturnZScore, "return_zscore", false, {{"n", 20, 2, kN}}, {""}, 1},
      {Kind::kVolumeZScore, "volume_zscore", false, {{"n", 20, 2, kN}}, {""}, 0},
      {Kind::kMid, "mid", true, {}, {""}, 0},
      {Kind::kSpread, "spread", true, {}, {""}, 0},
      {Kind::kSpreadBps, "spread_bps", true, {}, {""}, 0},
      {Kind::kMicroPrice, "micro_price", true, {}, {""}, 0},
      {Kind::kQuoteImbalance, "quote_imbalance", true, {}, {""}, 0},
      {Kind::kBookImbalance, "book_imbalance", true, {{"levels", 5, 1, kLevelsMax}}, {""}, 0},
      {Kind::kOrderFlowImbalance, "order_flow_imbalance", true,
       {{"window_ms", 10'000, 1, kDayMs}}, {""}, 0},
  };
  // clang-format on
  return kTable;
}

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

std::span<const KindSpec> Kinds() {
  return Table();
}

const KindSpec* FindKind(std::string_view name) {
  for (const KindSpec& spec : Table()) {
    if (spec.name == name) {
      return &spec;
    }
  }
  return nullptr;
}

std::string Definition::ParametersText() const {
  std::string text;
  for (size_t i = 0; i < spec->parameters.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::string(spec->parameters[i].name) + " = " +
            std::to_string(parameters[i]);
  }
  return text;
}

int64_t Definition::BarsNeeded() const {
  if (spec->of_quotes) {
    return 0;
  }
  if (kind() == Kind::kMacd) {
    return std::max(parameters[0], parameters[1]) + parameters[2] + spec->bars_more;
  }
  return (spec->parameters.empty() ? 0 : parameters[0]) + spec->bars_more;
}

Definition MakeDefinition(std::string name,
                          std::string_view kind,
                          std::vector<int64_t> parameters) {
  Definition definition;
  definition.spec = FindKind(kind);
  TW_CHECK(definition.spec != nullptr);
  definition.name = std::move(name);
  for (size_t i = 0; i < definition.spec->parameters.size(); ++i) {
    definition.parameters[i] =
        i < parameters.size() ? parameters[i] : definition.spec->parameters[i].fallback;
  }
  for (const std::string_view output : definition.spec->outputs) {
    definition.outputs.push_back(definition.name + std::string(output));
  }
  return definition;
}

std::optional<Duration> SpanOf(std::string_view timeframe) {
  constexpr std::string_view kUnits = "smhd";
  constexpr int64_t kSeconds[] = {1, 60, 3'600, 86'400};
  constexpr int64_t kSecondsMax = int64_t{366} * 86'400;
  if (timeframe.size() < 2) {
    return std::nullopt;
  }
  const size_t unit = kUnits.find(timeframe.back());
  const char* const end = timeframe.data() + timeframe.size() - 1;
  int64_t count = 0;
  const auto [stop, error] = std::from_chars(timeframe.data(), end, count);
  if (unit == std::string_view::npos || error != std::errc() || stop != end || count < 1 ||
      count > kSecondsMax / kSeconds[unit]) {
    return std::nullopt;
  }
  return Duration::Seconds(count * kSeconds[unit]);
}

bool FeatureSet::Covers(std::string_view symbol) const {
  return symbols.empty() || Contains(symbols, symbol);
}

bool FeatureSet::Has(std::string_view timeframe) const {
  return Contains(timeframes, timeframe);
}

}  // namespace tw::features
