// Messages per second of the book beside its std::map twin, in the same run and on the same
// messages: build/release/bench/book_bench
//
// A shape is a recorded run of messages over a wandering mid with power-law depth, made once from a
// fixed seed. Each iteration plays it into a fresh book.
#include <benchmark/benchmark.h>

#include <variant>
#include <vector>

#include "libs/book/book.h"
#include "libs/core/prng.h"
#include "libs/testing/naive_book.h"

namespace tw::book {
namespace {

using Message = std::variant<NewOrder, CancelOrder, ModifyOrder>;

struct Shape {
  uint64_t seed;
  int64_t swing;            // ticks the mid may move at once
  uint64_t resting;         // orders the book holds after the start
  uint64_t ioc_percent;     // of new orders
  uint64_t modify_percent;  // of messages that are about a known order
};

constexpr int kMessages = 200'000;

constexpr Shape kCancels{11, 1, 4'000, 5, 20};  // nearly every order ends canceled
constexpr Shape kSwing{12, 25, 4'000, 15, 20};  // the mid jumps through the queues
constexpr Shape kTrades{13, 1, 1'000, 60, 5};   // most new orders take

// Half the distances are within 2 ticks, the tail reaches thousands.
int64_t PowerLawDistance(Prng& prng) {
  const auto u = static_cast<int64_t>(prng.Between(1, 4096));
  return 1 + 4096 / u;
}

std::vector<Message> Record(const Shape& shape) {
  Prng prng(shape.seed);
  Book book;
  std::vector<Event> events;
  std::vector<Message> messages;
  std::vector<uint64_t> ids;
  int64_t mid = 1'000'000;
  uint64_t last_id = 0;
  while (messages.size() < kMessages) {
    events.clear();
    if (messages.size() % 100 == 0) {
      mid += prng.Between(-shape.swing, shape.swing);
    }
    if (book.order_count() < shape.resting || ids.empty() || prng.Percent(48)) {
      const Side side = prng.Percent(50) ? Side::kBuy : Side::kSell;
      const bool ioc = prng.Percent(shape.ioc_percent);
      const int64_t away = ioc ? -5 : PowerLawDistance(prng);
      const NewOrder order{++last_id,
                           0,
                           side,
                           ioc ? OrderKind::kIoc : OrderKind::kLimit,
                           mid - Sign(side) * away,
                           prng.Between(1, 100)};
      book.New(order, events);
      messages.emplace_back(order);
      ids.push_back(last_id);
      continue;
    }
    const size_t at = prng.Below(ids.size());
    const auto order = book.Find(ids[at]);
    if (order && prng.Percent(shape.modify_percent)) {
      const ModifyOrder modify{ids[at], mid - Sign(order->side) * PowerLawDistance(prng),
                               prng.Between(1, 100)};
      book.Modify(modify, events);
      messages.emplace_back(modify);
      continue;
    }
    if (order) {
      book.Cancel({ids[at]}, events);
      messages.emplace_back(CancelOrder{ids[at]});
    }
    ids[at] = ids.back();
    ids.pop_back();
  }
  return messages;
}

template <typename AnyBook>
void Play(benchmark::State& state, const Shape& shape) {
  const std::vector<Message> messages = Record(shape);
  std::vector<Event> events;
  for (auto _ : state) {
    AnyBook book;
    for (const Message& message : messages) {
      events.clear();
      if (const auto* order = std::get_if<NewOrder>(&message)) {
        book.New(*order, events);
      } else if (const auto* cancel = std::get_if<CancelOrder>(&message)) {
        book.Cancel(*cancel, events);
      } else {
        book.Modify(std::get<ModifyOrder>(message), events);
      }
      benchmark::DoNotOptimize(events.data());
    }
    benchmark::DoNotOptimize(book.order_count());
  }
  state.SetItemsProcessed(state.iterations() * kMessages);
}

void OfBook(benchmark::State& state, const Shape& shape) {
  Play<Book>(state, shape);
}
void OfMapOfDeques(benchmark::State& state, const Shape& shape) {
  Play<::tw::testing::NaiveBook>(state, shape);
}

BENCHMARK_CAPTURE(OfBook, cancels, kCancels)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OfMapOfDeques, cancels, kCancels)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OfBook, swing, kSwing)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OfMapOfDeques, swing, kSwing)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OfBook, trades, kTrades)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OfMapOfDeques, trades, kTrades)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tw::book
