// Rows encoded per second on one core, in the shapes the sinks write.

#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "libs/base/check.h"
#include "libs/ilp/line_buffer.h"

namespace tw::ilp {
namespace {

constexpr size_t kRowsPerBatch = 10'000;
constexpr Timestamp kStart{1'700'000'000'000'000'000};

template <typename AddRow>
void Encode(benchmark::State& state, Doubles doubles, AddRow add_row) {
  LineBuffer buffer(doubles);
  int64_t seq = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    add_row(buffer, ++seq);
    if (buffer.rows() == kRowsPerBatch) {
      bytes += buffer.bytes().size();
      buffer.Clear();
    }
  }
  bytes += buffer.bytes().size();
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void BM_EncodeTrade(benchmark::State& state, Doubles doubles) {
  Encode(state, doubles, [](LineBuffer& buffer, int64_t seq) {
    TW_CHECK(buffer.Table("trades")
                 .Symbol("venue", "PAPER")
                 .Symbol("symbol", "BTCUSDT")
                 .Symbol("side", "BUY")
                 .Int("source_seq", seq)
                 .Decimal("price", Price::FromE8(4'500'012'000'000 + seq % 1'000 * 1'000'000))
                 .Decimal("quantity", Quantity::FromE8(12'345'000))
                 .Time("receive_time", kStart + Duration::Nanos(seq))
                 .At(kStart + Duration::Nanos(seq))
                 .ok());
  });
}
BENCHMARK_CAPTURE(BM_EncodeTrade, binary, Doubles::kBinary);
BENCHMARK_CAPTURE(BM_EncodeTrade, text, Doubles::kText);

// The floor: the bytes of such a row, made beforehand, put behind each other.
void BM_CopyTrade(benchmark::State& state) {
  LineBuffer one;
  TW_CHECK(one.Table("trades")
               .Symbol("venue", "PAPER")
               .Symbol("symbol", "BTCUSDT")
               .Symbol("side", "BUY")
               .Int("source_seq", 1)
               .Decimal("price", Price::FromE8(4'500'012'000'000))
               .Decimal("quantity", Quantity::FromE8(12'345'000))
               .Time("receive_time", kStart)
               .At(kStart)
               .ok());
  const std::string row(one.bytes());
  std::string rows;
  size_t count = 0;
  for (auto _ : state) {
    rows.append(row);
    benchmark::DoNotOptimize(rows.data());
    if (++count % kRowsPerBatch == 0) {
      rows.clear();
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CopyTrade);

void BM_EncodeQuoteOfDoubles(benchmark::State& state, Doubles doubles) {
  Encode(state, doubles, [](LineBuffer& buffer, int64_t seq) {
    const double bid = 45'000 + static_cast<double>(seq % 1'000) * 0.01;
    TW_CHECK(buffer.Table("quotes")
                 .Symbol("venue", "PAPER")
                 .Symbol("symbol", "BTCUSDT")
                 .Int("source_seq", seq)
                 .Double("bid", bid)
                 .Double("bid_size", 1.25)
                 .Double("ask", bid + 0.5)
                 .Double("ask_size", 0.75)
                 .Time("receive_time", kStart + Duration::Nanos(seq))
                 .At(kStart + Duration::Nanos(seq))
                 .ok());
  });
}
BENCHMARK_CAPTURE(BM_EncodeQuoteOfDoubles, binary, Doubles::kBinary);
BENCHMARK_CAPTURE(BM_EncodeQuoteOfDoubles, text, Doubles::kText);

void BM_EncodeBookOfTwentyLevels(benchmark::State& state, Doubles doubles) {
  std::array<double, 40> side{};
  side.fill(45'000.5);
  Encode(state, doubles, [&](LineBuffer& buffer, int64_t seq) {
    TW_CHECK(buffer.Table("book_snapshots")
                 .Symbol("venue", "PAPER")
                 .Symbol("symbol", "BTCUSDT")
                 .Int("source_seq", seq)
                 .Double("best_bid", side[0])
                 .Double("best_ask", side[0])
                 .Array2d("bids", side, 2, 20)
                 .Array2d("asks", side, 2, 20)
                 .At(kStart + Duration::Nanos(seq))
                 .ok());
  });
}
BENCHMARK_CAPTURE(BM_EncodeBookOfTwentyLevels, binary, Doubles::kBinary);
BENCHMARK_CAPTURE(BM_EncodeBookOfTwentyLevels, text, Doubles::kText);

}  // namespace
}  // namespace tw::ilp
