// The features of one series: a closed bar taken, a quote taken, all values read.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "libs/core/prng.h"
#include "services/feature-pipeline/bar_features.h"
#include "services/feature-pipeline/quote_features.h"

namespace tw::features {
namespace {

std::vector<Definition> All(bool of_quotes) {
  std::vector<Definition> all;
  for (const KindSpec& spec : Kinds()) {
    if (spec.of_quotes == of_quotes) {
      all.push_back(MakeDefinition(std::string(spec.name), spec.name));
    }
  }
  return all;
}

std::vector<const Definition*> Pointers(const std::vector<Definition>& definitions) {
  std::vector<const Definition*> out;
  for (const Definition& definition : definitions) {
    out.push_back(&definition);
  }
  return out;
}

Bar NextBar(int64_t n, Prng& random) {
  const int64_t close = 45'000 * kDecimalScale + random.Between(-500'000'000, 500'000'000);
  return {.start = Timestamp{Duration::Seconds(60 * n).ns},
          .open = Price::FromE8(close),
          .high = Price::FromE8(close + 100'000'000),
          .low = Price::FromE8(close - 100'000'000),
          .close = Price::FromE8(close),
          .volume = Quantity::FromE8(random.Between(1, 1'000'000'000))};
}

// Fifteen kinds, nineteen values.
void BM_Bar(benchmark::State& state) {
  const std::vector<Definition> definitions = All(false);
  BarFeatures features(Pointers(definitions));
  Prng random(1);
  int64_t n = 0;
  for (auto _ : state) {
    features.Add(NextBar(++n, random));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Bar);

void BM_ReadBarFeatures(benchmark::State& state) {
  const std::vector<Definition> definitions = All(false);
  BarFeatures features(Pointers(definitions));
  Prng random(1);
  for (int64_t n = 1; n <= 100; ++n) {
    features.Add(NextBar(n, random));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(features.Values());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ReadBarFeatures);

void BM_Quote(benchmark::State& state) {
  const std::vector<Definition> definitions = All(true);
  QuoteFeatures features(Pointers(definitions));
  Prng random(1);
  Timestamp now{Duration::Seconds(1'000).ns};
  for (auto _ : state) {
    now = now + Duration::Millis(1);
    const int64_t bid = 45'000 * kDecimalScale + random.Between(-100, 100) * 1'000'000;
    features.OnQuote(
        {Price::FromE8(bid), Quantity::FromE8(random.Between(1, 100'000'000)),
         Price::FromE8(bid + 1'000'000), Quantity::FromE8(random.Between(1, 100'000'000))},
        now);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Quote);

}  // namespace
}  // namespace tw::features
