// Ticks per second through the normalizer on one thread: the pure cores alone, and with the wire's
// messages in and out. The mix is that of a live symbol: one trade, two quotes, five book changes.
#include <benchmark/benchmark.h>

#include "libs/core/prng.h"
#include "services/normalizer/state.h"
#include "tests/services/normalizer/feed_events.h"

namespace tw::normalizer {
namespace {

namespace v1 = tradewind::v1;

constexpr Timestamp kStart = {1'800'000'000LL * 1'000'000'000};
constexpr Duration kStep = Duration::Micros(500);  // 2,000 ticks a second of market time
constexpr int64_t kBookLevels = 50;

void Cores(benchmark::State& bench) {
  GapTracker numbers;
  BookBuilder book(Duration::Seconds(5));
  BarBuilder bars(Duration::Seconds(2));
  DayWindow day;
  Snapshot snapshot{.last_update = 0, .bids = {}, .asks = {}};
  for (int64_t i = 1; i <= kBookLevels; ++i) {
    snapshot.bids.push_back({Price::FromUnits(1'000 - i), Quantity::FromUnits(1)});
    snapshot.asks.push_back({Price::FromUnits(1'000 + i), Quantity::FromUnits(1)});
  }
  book.OnSnapshot(snapshot, kStart);
  Prng prng(1);
  std::vector<ClosedBar> closed;
  Delta delta;
  delta.bids.resize(1);
  uint64_t seq = 0;
  uint64_t update = 0;
  Timestamp now = kStart;
  for (auto _ : bench) {
    now = now + kStep;
    benchmark::DoNotOptimize(numbers.See(++seq));
    bars.Advance(now, closed);
    const uint64_t kind = seq % 8;
    if (kind == 0) {
      const Trade trade{.place = {now, seq},
                        .price = Price::FromUnits(prng.Between(990, 1'010)),
                        .quantity = Quantity::FromUnits(1)};
      bars.Add(trade, closed);
      day.Add(trade);
    } else if (kind <= 5) {
      delta.first_update = delta.last_update = ++update;
      delta.previous_update = update - 1;
      delta.bids[0] = {Price::FromUnits(1'000 - prng.Between(1, kBookLevels)),
                       Quantity::FromUnits(prng.Between(0, 5))};
      book.OnDelta(delta, now);
    } else {
      book.OnMessage(now);
    }
    if (closed.size() > 1'000) {
      closed.clear();
      day.Roll(now);
    }
  }
  if (book.stale() != StaleReason::kNone) {
    bench.SkipWithError("the book went stale");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(Cores);

void Messages(benchmark::State& bench) {
  NormalizerState state{NormalizerOptions{}};
  Events out;
  state.OnEvent(testing::BookEvent(0, kStart, 0), kStart, out);
  std::vector<v1::FeedEvent> cycle;
  for (int i = 0; i < 8; ++i) {
    cycle.push_back(i == 0   ? testing::TradeEvent(0, kStart, 100, 1)
                    : i <= 5 ? testing::DeltaEvent(0, kStart, 1, 90 - i, i % 3)
                             : testing::QuoteEvent(0, kStart, 100, 101));
  }
  uint64_t seq = 0;
  uint64_t update = 0;
  Timestamp now = kStart;
  for (auto _ : bench) {
    now = now + kStep;
    v1::FeedEvent& event = cycle[seq % 8];
    event.set_source_seq(++seq);
    event.set_venue_time_ns(now.ns);
    if (event.has_book_delta()) {
      ++update;
      event.mutable_book_delta()->set_first_update(update);
      event.mutable_book_delta()->set_last_update(update);
      event.mutable_book_delta()->set_previous_update(update - 1);
    }
    state.OnEvent(event, now, out);
    if (out.size() > 1'000) {
      out.clear();
    }
  }
  if (state.counts().gaps + state.counts().stale_books > 0) {
    bench.SkipWithError("the feed was not taken as whole");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(Messages);

}  // namespace
}  // namespace tw::normalizer
