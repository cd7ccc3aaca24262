// What tracing costs an order that is not traced, which is nearly every one, and one that is.
#include <benchmark/benchmark.h>

#include "libs/base/clock.h"
#include "libs/trace/admission.h"
#include "libs/trace/orders.h"

namespace tw::trace {
namespace {

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// A stage of an untraced order beside a full table of traced ones.
void BM_StageOfAnUntracedOrder(benchmark::State& state) {
  for (uint32_t n = 1; n <= 1024; ++n) {
    TheOrders().Begin(OrderId(1, n), kTraceparent);
  }
  uint32_t number = 1'000'000;
  for (auto _ : state) {
    const OrderId id(2, ++number);
    if (MayKnow(id)) {
      Note({"oms", "order_event"}, id, {{"kind", "SUBMITTED"}});
    }
  }
}
BENCHMARK(BM_StageOfAnUntracedOrder);

// Where an order comes in while more come than are let in.
void BM_AdmissionUnderLoad(benchmark::State& state) {
  Admission admission;
  for (auto _ : state) {
    benchmark::DoNotOptimize(admission.Admit("", MonotonicNanos()));
  }
}
BENCHMARK(BM_AdmissionUnderLoad);

// The line is made and kept, not written.
void BM_StageOfATracedOrder(benchmark::State& state) {
  log::Init("bench", log::Level::kError);
  Orders orders({.orders_max = 1024, .lines_max = 1});
  orders.Begin(OrderId(3, 1), kTraceparent);
  for (auto _ : state) {
    orders.Note({"oms", "order_event"}, OrderId(3, 1), {{"kind", 1}});
  }
}
BENCHMARK(BM_StageOfATracedOrder);

}  // namespace
}  // namespace tw::trace
