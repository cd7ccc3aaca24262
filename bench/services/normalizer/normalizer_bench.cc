// Ticks per second through the normalizer on one thread: the pure cores alone, and with the wire's
// messages in and out, beside what reading and writing those messages takes. The mix is that of a
// live symbol: one trade, two quotes, five book changes.
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

// The whole way on one thread: batches of 64 events as bytes in, what is published as bytes out.
// `levels` a side of the book, every change at depth; level 3 with single orders in place of
// levels.
class Wire {
 public:
  Wire(int64_t levels, bool orders) : levels_(levels), orders_(orders) {
    v1::FeedEvent book = testing::BookEvent(0, kStart, 0);
    if (orders) {
      book.mutable_order_book()->set_last_update(0);
    } else {
      book.mutable_book()->Clear();
    }
    for (int64_t i = 1; i <= levels; ++i) {
      AddLevel(book, true, 100'000 - i);
      AddLevel(book, false, 100'000 + i);
    }
    state_.OnEvent(book, kStart, out_);
    for (int i = 0; i < kBatches; ++i) {
      batches_.push_back(MakeBatch());
    }
  }

  // Numbers and times go on from batch to batch: they are set anew in each, as a parse would.
  size_t Run(size_t batch) {
    in_.ParseFromString(batches_[batch % kBatches]);
    out_.clear();
    for (v1::FeedEvent& event : *in_.mutable_events()) {
      Renumber(event);
      state_.OnEvent(event, now_, out_);
    }
    published_.clear_events();
    for (v1::FeedEvent& event : out_) {
      *published_.add_events() = std::move(event);
    }
    published_.SerializeToString(&bytes_);
    return static_cast<size_t>(in_.events_size());
  }
  // The same bytes read, renumbered and written again, with nothing in between.
  size_t Pass(size_t batch) {
    in_.ParseFromString(batches_[batch % kBatches]);
    for (v1::FeedEvent& event : *in_.mutable_events()) {
      Renumber(event);
    }
    in_.SerializeToString(&bytes_);
    benchmark::DoNotOptimize(bytes_);
    return static_cast<size_t>(in_.events_size());
  }
  bool whole() const { return state_.counts().gaps + state_.counts().stale_books == 0; }

 private:
  static constexpr int kBatches = 64;
  static constexpr int kPerBatch = 64;

  void AddLevel(v1::FeedEvent& book, bool bid, int64_t price) {
    if (orders_) {
      v1::RestingOrder& order =
          *(bid ? book.mutable_order_book()->add_bids() : book.mutable_order_book()->add_asks());
      order.set_order_id(std::to_string(price));
      order.set_price_e8(price * testing::kE8);
      order.set_size_e8(testing::kE8);
    } else {
      testing::AddLevel(
          bid ? *book.mutable_book()->mutable_bids() : *book.mutable_book()->mutable_asks(), price,
          1);
    }
  }
  std::string MakeBatch() {
    v1::FeedBatch batch;
    for (int i = 0; i < kPerBatch; ++i) {
      v1::FeedEvent& event = *batch.add_events();
      const int64_t price = 100'000 - prng_.Between(1, levels_);
      if (i % 8 == 0) {
        event = testing::TradeEvent(1, kStart, 100'000, 1);
      } else if (i % 8 > 5) {
        event = testing::QuoteEvent(1, kStart, 99'999, 100'001);
      } else if (orders_) {
        event = testing::Head(1, kStart);
        v1::OrderChange& change = *event.mutable_orders()->add_changes();
        change.set_action(v1::ORDER_ACTION_CHANGE);
        change.set_order_id(std::to_string(price));
        change.set_size_e8(prng_.Between(1, 5) * testing::kE8);
      } else {
        event = testing::DeltaEvent(1, kStart, 1, price, prng_.Between(1, 5));
      }
    }
    return batch.SerializeAsString();
  }
  void Renumber(v1::FeedEvent& event) {
    now_ = now_ + kStep;
    event.set_source_seq(++seq_);
    event.set_venue_time_ns(now_.ns);
    if (event.has_book_delta() || event.has_orders()) {
      ++update_;
      const auto set = [&](auto& delta) {
        delta.set_first_update(update_);
        delta.set_last_update(update_);
        delta.set_previous_update(update_ - 1);
      };
      event.has_orders() ? set(*event.mutable_orders()) : set(*event.mutable_book_delta());
    }
  }

  const int64_t levels_;
  const bool orders_;
  Prng prng_{1};
  NormalizerState state_{NormalizerOptions{}};
  std::vector<std::string> batches_;
  v1::FeedBatch in_;
  v1::FeedBatch published_;
  std::string bytes_;
  Events out_;
  uint64_t seq_ = 0;
  uint64_t update_ = 0;
  Timestamp now_ = kStart;
};

void Measure(benchmark::State& bench, size_t (Wire::*way)(size_t)) {
  Wire wire(bench.range(0), bench.range(1) == 3);
  size_t batch = 0;
  size_t ticks = 0;
  for (auto _ : bench) {
    ticks += (wire.*way)(batch++);
  }
  if (!wire.whole()) {
    bench.SkipWithError("the feed was not taken as whole");
  }
  bench.SetItemsProcessed(static_cast<int64_t>(ticks));
}
void WireToWire(benchmark::State& bench) {
  Measure(bench, &Wire::Run);
}
// What Protobuf alone takes for it: the floor.
void WireFloor(benchmark::State& bench) {
  Measure(bench, &Wire::Pass);
}
BENCHMARK(WireFloor)->ArgNames({"levels", "level"})->Args({50, 2})->Args({50, 3});

BENCHMARK(WireToWire)
    ->ArgNames({"levels", "level"})
    ->Args({50, 2})
    ->Args({1'000, 2})
    ->Args({1'000, 3});

}  // namespace
}  // namespace tw::normalizer
