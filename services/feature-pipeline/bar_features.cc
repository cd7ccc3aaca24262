#include "services/feature-pipeline/bar_features.h"

#include "libs/base/check.h"

namespace tw::features {

BarFeatures::BarFeatures(const std::vector<const Definition*>& definitions) {
  for (const Definition* const definition : definitions) {
    if (!definition->spec->of_quotes) {
      indicators_.emplace_back(definition, Make(*definition));
    }
  }
}

BarFeatures::Indicator BarFeatures::Make(const Definition& definition) {
  const int64_t n = definition.parameter(0);
  switch (definition.kind()) {
    case Kind::kSma: return Sma(n);
    case Kind::kEma: return Ema(n);
    case Kind::kWma: return Wma(n);
    case Kind::kRsi: return Rsi(n);
    case Kind::kMacd: return Macd(n, definition.parameter(1), definition.parameter(2));
    case Kind::kBollinger: return Bollinger(n, definition.parameter(1));
    case Kind::kAtr: return Atr(n);
    case Kind::kVwap: return Vwap(n);
    case Kind::kSessionVwap: return SessionVwap();
    case Kind::kReturn: return Return();
    case Kind::kCloseVolatility: return CloseVolatility(n);
    case Kind::kParkinson: return Parkinson(n);
    case Kind::kGarmanKlass: return GarmanKlass(n);
    case Kind::kReturnZScore: return ReturnZScore(n);
    case Kind::kVolumeZScore: return VolumeZScore(n);
    default: break;
  }
  TW_UNREACHABLE();
}

bool BarFeatures::Add(const Bar& bar) {
  if (bar.start <= last_start_ || !IsSound(bar)) {
    return false;
  }
  last_start_ = bar.start;
  ++bars_;
  for (auto& [definition, indicator] : indicators_) {
    std::visit([&](auto& i) { i.Add(bar); }, indicator);
  }
  return true;
}

std::vector<FeatureValue> BarFeatures::Values() const {
  std::vector<FeatureValue> values;
  for (const auto& [definition, indicator] : indicators_) {
    for (size_t i = 0; i < definition->outputs.size(); ++i) {
      std::visit(
          [&, name = std::string_view(definition->outputs[i])](const auto& in) {
            const bool ready = in.ready(i);
            values.push_back({name, ready ? in.value(i) : 0, ready});
          },
          indicator);
    }
  }
  return values;
}

}  // namespace tw::features
