// The book beside the std::map books one writes first, in the same run and on the same messages:
//
//   build/release/bench/book_bench                              messages per second, all shapes
//   build/release/bench/book_bench --benchmark_filter=latency   p50, p99, max per operation
//
// `batched` hands the book 64 messages at a time, `one_by_one` calls it for each. Before anything
// is timed, each shape is played through all four and their event streams are compared.
// TW_BENCH_ORDERS sets how many new orders a shape has (1,000,000).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/libs/book/baselines.h"
#include "bench/libs/book/shapes.h"
#include "libs/base/check.h"
#include "libs/book/book.h"

namespace tw::book {
namespace {

constexpr size_t kBatch = 64;
constexpr uint32_t kExpected = 65'536;

size_t Orders() {
  const char* from_environment =
      std::getenv("TW_BENCH_ORDERS");  // NOLINT(concurrency-mt-unsafe): one thread
  return from_environment == nullptr ? 1'000'000 : std::strtoull(from_environment, nullptr, 10);
}

// One call of Perform a message; the baselines as they are.
template <typename MapBookType>
class Baseline {
 public:
  Baseline() : book_(kExpected) {}
  void Play(std::span<const Command> batch, EventRing& out) {
    for (const Command& command : batch) {
      book_.Perform(command, out);
    }
  }

 private:
  MapBookType book_;
};

BookOptions Options() {
  return {.orders_expected = kExpected, .window_ticks = 65'536, .id_window = 65'536};
}

class OneByOne {
 public:
  void Play(std::span<const Command> batch, EventRing& out) {
    for (const Command& command : batch) {
      switch (command.type) {
        case Command::Type::kNew: book_.New(command.order, out); break;
        case Command::Type::kCancel: book_.Cancel({command.order.id}, out); break;
        case Command::Type::kModify:
          book_.Modify({command.order.id, command.order.price, command.order.quantity}, out);
          break;
      }
    }
  }

 private:
  Book book_{Options()};
};

class Batched {
 public:
  void Play(std::span<const Command> batch, EventRing& out) { book_.Apply(batch, out); }

 private:
  Book book_{Options()};
};

template <typename AnyBook>
uint64_t StreamHash(const std::vector<Command>& messages) {
  AnyBook book;
  EventRing events(1024);
  uint64_t hash = 0;
  const auto mix = [&hash](uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL; };
  for (size_t i = 0; i < messages.size(); i += kBatch) {
    events.Clear();
    book.Play(std::span(messages).subspan(i, std::min(kBatch, messages.size() - i)), events);
    for (size_t k = 0; k < events.size(); ++k) {
      const Event& e = events[k];
      mix(static_cast<uint64_t>(e.type) * 65536 + static_cast<uint64_t>(e.reason) * 256 +
          static_cast<uint64_t>(e.side));
      for (const int64_t value : {e.price, e.quantity, e.leaves, e.maker_leaves}) {
        mix(static_cast<uint64_t>(value));
      }
      mix(e.order);
      mix(e.maker);
    }
  }
  return hash;
}

const std::vector<Command>& Messages(const Shape& shape) {
  static std::map<std::string, std::vector<Command>> recorded;
  std::vector<Command>& messages = recorded[shape.name];
  if (messages.empty()) {
    messages = Record(shape, Orders());
    const uint64_t expected = StreamHash<Baseline<MapOfDeques>>(messages);
    TW_CHECK(StreamHash<Baseline<MapOfLists>>(messages) == expected);
    TW_CHECK(StreamHash<OneByOne>(messages) == expected);
    TW_CHECK(StreamHash<Batched>(messages) == expected);
  }
  return messages;
}

template <typename AnyBook>
void Throughput(benchmark::State& state, const Shape& shape) {
  const std::vector<Command>& messages = Messages(shape);
  EventRing events(256);
  for (auto _ : state) {
    state.PauseTiming();
    auto book = std::make_unique<AnyBook>();
    state.ResumeTiming();
    for (size_t i = 0; i < messages.size(); i += kBatch) {
      events.Clear();
      book->Play(std::span(messages).subspan(i, std::min(kBatch, messages.size() - i)), events);
      benchmark::DoNotOptimize(&events[0]);
      benchmark::ClobberMemory();
    }
    state.PauseTiming();
    book.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(messages.size()));
}

#if defined(__x86_64__)
uint64_t Ticks() {
  unsigned aux = 0;
  return __builtin_ia32_rdtscp(&aux);
}
#else
uint64_t Ticks() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}
#endif

double NanosPerTick() {
  const auto start = std::chrono::steady_clock::now();
  const uint64_t first = Ticks();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(20)) {
  }
  const auto passed = std::chrono::steady_clock::now() - start;
  return static_cast<double>(std::chrono::nanoseconds(passed).count()) /
         static_cast<double>(Ticks() - first);
}

uint64_t Overhead() {
  uint64_t least = ~uint64_t{0};
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t first = Ticks();
    least = std::min(least, Ticks() - first);
  }
  return least;
}

// Every call timed by itself, the clock's own least time taken off; one run.
template <typename AnyBook>
void Latency(benchmark::State& state, const Shape& shape) {
  const std::vector<Command>& messages = Messages(shape);
  const double nanos = NanosPerTick();
  const uint64_t overhead = Overhead();
  std::array<std::vector<uint64_t>, 3> taken;
  for (auto _ : state) {
    AnyBook book;
    EventRing events(256);
    for (const Command& message : messages) {
      events.Clear();
      const uint64_t first = Ticks();
      book.Play(std::span(&message, 1), events);
      const uint64_t ticks = Ticks() - first;
      taken[static_cast<size_t>(message.type) - 1].push_back(ticks < overhead ? 0
                                                                              : ticks - overhead);
    }
  }
  constexpr std::array<const char*, 3> kNames = {"new", "cancel", "modify"};
  for (size_t i = 0; i < taken.size(); ++i) {
    std::vector<uint64_t>& all = taken[i];
    std::sort(all.begin(), all.end());
    const auto at = [&](size_t thousandths) {
      return static_cast<double>(all[(all.size() - 1) * thousandths / 1000]) * nanos;
    };
    const std::string name = kNames[i];
    state.counters[name + "_p50_ns"] = at(500);
    state.counters[name + "_p99_ns"] = at(990);
    state.counters[name + "_max_ns"] = at(1000);
  }
}

void Register() {
  for (const Shape& shape : kShapes) {
    const auto add = [&shape](const char* what, void (*run)(benchmark::State&, const Shape&)) {
      return benchmark::RegisterBenchmark((std::string(shape.name) + "/" + what).c_str(), run,
                                          shape)
          ->Unit(benchmark::kMillisecond);
    };
    add("batched", Throughput<Batched>);
    add("one_by_one", Throughput<OneByOne>);
    add("map_of_deques", Throughput<Baseline<MapOfDeques>>);
    add("map_of_lists", Throughput<Baseline<MapOfLists>>);
    add("latency/one_by_one", Latency<OneByOne>)->Iterations(1);
    add("latency/map_of_deques", Latency<Baseline<MapOfDeques>>)->Iterations(1);
  }
}

[[maybe_unused]] const bool kRegistered = (Register(), true);

}  // namespace
}  // namespace tw::book
