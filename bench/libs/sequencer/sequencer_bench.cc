// Posts a second: the owner's own thread, and two threads that meet.
#include "libs/sequencer/sequencer.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <thread>

namespace tw {
namespace {

void BM_PostInline(benchmark::State& state) {
  uint64_t sum = 0;
  Sequencer<uint64_t> sequencer(
      {}, [&](uint64_t&& n) { sum += n; }, [] {});
  for (auto _ : state) {
    sequencer.Post(1);
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PostInline);

void BM_PostFromTwoThreads(benchmark::State& state) {
  static uint64_t sum;
  static Sequencer<uint64_t>* sequencer;
  if (state.thread_index() == 0) {
    sum = 0;
    sequencer = new Sequencer<uint64_t>(
        {}, [](uint64_t&& n) { sum += n; }, [] {});
  }
  for (auto _ : state) {
    while (!sequencer->Post(1)) {
      std::this_thread::yield();
    }
  }
  if (state.thread_index() == 0) {
    delete sequencer;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PostFromTwoThreads)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace tw
