// Rows through the disk spool (append, read back with checksum, mark delivered), not synced.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "libs/base/check.h"
#include "libs/ilp/spool.h"

namespace tw::ilp {
namespace {

constexpr Timestamp kSpooledAt{1'700'000'000'000'000'000};
constexpr int kSpooledRows = 1'000;

void BM_SpoolThrough(benchmark::State& state) {
  const auto dir =
      std::filesystem::temp_directory_path() / ("spool_bench_" + std::to_string(::getpid()));
  LineBuffer batch;
  for (int i = 0; i < kSpooledRows; ++i) {
    TW_CHECK(batch.Table("trades")
                 .Symbol("venue", "PAPER")
                 .Symbol("symbol", "BTCUSDT")
                 .Int("source_seq", i)
                 .Double("price", 45'000.5)
                 .Double("quantity", 0.25)
                 .At(kSpooledAt)
                 .ok());
  }
  {
    auto spool = Spool::Open({.dir = dir.string(), .keep_bytes = 32u << 20});
    TW_CHECK(spool.ok());
    for (auto _ : state) {
      TW_CHECK((*spool)->Append(batch, kSpooledAt).ok());
      const auto read = (*spool)->Read(kSpooledRows, 1u << 20);
      TW_CHECK(read.ok() && read->has_value());
      (*spool)->MarkDelivered((*read)->next_index, kSpooledAt);
    }
  }
  state.SetItemsProcessed(state.iterations() * kSpooledRows);
  std::filesystem::remove_all(dir);
}
BENCHMARK(BM_SpoolThrough);

}  // namespace
}  // namespace tw::ilp
