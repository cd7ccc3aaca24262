// Pre-trade checks per second on one thread; the order is approved, so the whole table is run: the
// checks that always are, and with every limit set at every level, all 38.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
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

// `accounts` accounts, each with a position and, if wanted, a working order in every symbol.
State BusyDesk(size_t accounts,
               std::vector<std::string>& names,
               bool orders = true,
               std::string_view strategy = "") {
  State state = MakeState();
  uint32_t number = 0;
  for (size_t i = 0; i < accounts; ++i) {
    names.push_back("account-" + std::to_string(i));
    for (const char* symbol : {"BTCUSDT", "ETHUSDT", "IBM"}) {
      OrderView fill = Filled(OrderId(1, ++number), Side::kBuy, symbol, Q("1"), P("100"));
      OrderView working = Working(OrderId(1, ++number), Side::kSell, symbol, Q("2"), P("100"));
      fill.account = working.account = names.back();
      fill.strategy = strategy;
      state.exposure.Apply(fill);
      if (orders) {
        state.exposure.Apply(working);
      }
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

// Every value set, at every level that takes it, wide enough for the order to pass.
void SetEverything(State& state) {
  const std::vector<LimitKey> keys = {{LimitScope::kFirm, "", ""},
                                      {LimitScope::kDesk, "", "", "*"},
                                      {LimitScope::kAccount, "*", ""},
                                      {LimitScope::kStrategy, "", "", "", "*"},
                                      {LimitScope::kSymbol, "", "BTCUSDT"}};
  for (const LimitKey& key : keys) {
    const bool symbol = key.scope == LimitScope::kSymbol;
    NewLimits command;
    command.key = key;
    command.reason = "bench";
    const Edit<Money> money{Edit<Money>::Kind::kSet, Money::FromUnits(9'000'000'000)};
    const auto number = [](int64_t value) {
      return Edit<Number>{Edit<Number>::Kind::kSet, Number::FromUnits(value)};
    };
    command.max_exposure = command.max_net_exposure = command.max_open_value = money;
    command.max_position_loss = money;
    command.max_open_orders = number(1'000'000);
    command.max_concentration_percent = number(1'000);
    command.collar_percent = number(50);
    command.own_collar_percent = number(50);
    command.duplicate_window_ms = number(1);
    if (!symbol) {
      command.max_message_rate = command.message_burst = number(1'000'000);
    }
    if (key.scope == LimitScope::kAccount) {
      command.max_daily_loss = command.max_drawdown = money;
    }
    state.limits.Apply(*state.limits.Decide(command, kNow));
  }
}

// All 38: limits at every level, a strategy that holds positions, a listed account with margins and
// entitlements that may sell short by locate, a restricted symbol; the order sells what the account
// holds.
void EveryCheck(benchmark::State& bench) {
  std::vector<std::string> names;
  State state = BusyDesk(static_cast<size_t>(bench.range(0)), names, false, "momentum");
  SetEverything(state);
  state.controls.Apply(SymbolBlockChanged{"BTCUSDT", true, "bench", "bench", kNow, true});
  for (const std::string& name : names) {
    AccountRules& rules = state.account_rules[name];
    rules.listed = true;
    rules.margin_rate = *Rate::Parse("0.25");
    rules.maintenance_rate = *Rate::Parse("0.1");
    rules.short_sale = ShortSale::kLocate;
    rules.symbols = {"BTCUSDT", "ETHUSDT"};
    state.MarkEquity(*state.exposure.FindAccount(name), kNow);
  }
  OrderTerms order = Limit(Side::kSell, "BTCUSDT", Q("0.1"), P("45000"));
  order.strategy = "momentum";
  size_t i = 0;
  size_t ran = 0;
  for (auto _ : bench) {
    order.account = names[i++ % names.size()];
    const Decision decision = Check(state, order, kNow);
    if (!decision.approved()) {
      bench.SkipWithError(RefusalMessage(decision, order).c_str());
      break;
    }
    ran = decision.check_count;
    benchmark::DoNotOptimize(decision);
  }
  bench.counters["checks"] = static_cast<double>(ran);
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(EveryCheck)->Arg(1)->Arg(1'000);

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
