// Pre-trade checks per second on one thread: every check runs, the order is approved.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "services/risk/checks.h"
#include "tests/services/risk/fixture.h"

namespace tw::risk {
namespace {

using testing::Filled;
using testing::kNow;
using testing::Limit;
using testing::MakeState;
using testing::P;
using testing::Q;
using testing::Working;

// `accounts` accounts, each with positions and a working order in every symbol.
State BusyDesk(size_t accounts, std::vector<std::string>& names) {
  State state = MakeState();
  uint32_t number = 0;
  for (size_t i = 0; i < accounts; ++i) {
    names.push_back("account-" + std::to_string(i));
    for (const char* symbol : {"BTCUSDT", "ETHUSDT", "IBM"}) {
      OrderView fill = Filled(OrderId(1, ++number), Side::kBuy, symbol, Q("1"), P("100"));
      OrderView working = Working(OrderId(1, ++number), Side::kSell, symbol, Q("2"), P("100"));
      fill.account = working.account = names.back();
      state.exposure.Apply(fill);
      state.exposure.Apply(working);
    }
  }
  return state;
}

void CheckOnly(benchmark::State& bench) {
  std::vector<std::string> names;
  const State state = BusyDesk(static_cast<size_t>(bench.range(0)), names);
  OrderTerms order = Limit(Side::kBuy, "BTCUSDT", Q("0.1"), P("45000"));
  size_t i = 0;
  for (auto _ : bench) {
    order.account = names[i++ % names.size()];
    const Decision decision = Check(state, order, kNow);
    if (!decision.approved()) {
      bench.SkipWithError("refused");
      break;
    }
    benchmark::DoNotOptimize(decision);
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(CheckOnly)->Arg(1)->Arg(1'000);

// The whole of the gate's work: check, reserve, and the ledger's end of the order.
void CheckReserveRelease(benchmark::State& bench) {
  std::vector<std::string> names;
  State state = BusyDesk(static_cast<size_t>(bench.range(0)), names);
  OrderTerms order = Limit(Side::kBuy, "BTCUSDT", Q("0.1"), P("45000"));
  uint32_t number = 0;
  for (auto _ : bench) {
    order.order_id = OrderId(2, ++number);
    order.account = names[number % names.size()];
    const Decision decision = Check(state, order, kNow);
    if (!decision.approved()) {
      bench.SkipWithError("refused");
      break;
    }
    state.exposure.Reserve(ToReservation(order, decision, 2));
    OrderView end = testing::View(order.order_id, order.side, "BTCUSDT", OrderStatus::kCanceled);
    end.account = order.account;
    state.exposure.Apply(end);
    if (number % 1024 == 0) {
      state.exposure.DropReservedBefore(kNow + Duration::Seconds(1));
    }
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(CheckReserveRelease)->Arg(1'000);

}  // namespace
}  // namespace tw::risk
