// oms without its network: commands through the ledger, and how long a start takes behind a journal
// of so many events, without the index, making it, and with it.
//
// TRADEWIND_BENCH_EVENTS: of the journal that is recovered (default 100,000; the published figure:
// 10,000,000, some 8 GB of disk).
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "services/oms/engine.h"

namespace tw::oms {
namespace {

namespace fs = std::filesystem;

constexpr Timestamp kNow{1'700'000'000'000'000'000};
constexpr uint32_t kOrdersKept = 1'000;  // finished ones in memory

// Has forgotten everything.
class NoPast final : public PastOrders {
 public:
  std::unique_ptr<Order> Find(OrderId) const override { return nullptr; }
  OrderId Find(std::string_view, std::string_view) const override { return {}; }
  void Walk(std::optional<OrderId>, bool, const Visit&) const override {}
};

// Orders that are taken, acknowledged and filled in one piece: three commands, four events.
class Flow {
 public:
  Flow() { ledger_.SetPast(&past_); }

  template <typename Take>
  void RunOne(Take take) {
    const OrderId id(1, ++number_);
    NewOrder order;
    order.account = accounts_[number_ % accounts_.size()];
    order.symbol = "BTCUSDT";
    order.client_order_id = "load-" + std::to_string(number_);
    order.side = number_ % 2 == 0 ? Side::kBuy : Side::kSell;
    order.type = OrderType::kLimit;
    order.time_in_force = TimeInForce::kDay;
    order.quantity = Quantity::FromUnits(1);
    order.price = Price::FromUnits(45'000);
    RiskAnswer answer;
    answer.approved = true;
    answer.reserve_price = order.price;
    take(ledger_, ledger_.Decide(id, order, answer, kNow));
    ExecutionReport report;
    report.order_id = id;
    report.report.venue = "PAPER";
    report.report.execution_sequence = ++executions_;
    report.report.venue_exec_id = std::to_string(executions_);
    take(ledger_, ledger_.Decide(report, kNow));
    report.kind = ReportKind::kFilled;
    report.report.execution_sequence = ++executions_;
    report.report.venue_exec_id = std::to_string(executions_);
    report.quantity = order.quantity;
    report.price = order.price;
    report.fee_currency = "USDT";
    take(ledger_, ledger_.Decide(report, kNow));
    if (ledger_.unsaved() >= kOrdersKept) {
      std::vector<OrderId> ids;
      for (const UnsavedOrder& each : ledger_.TakeUnsaved(++taken_).orders) {
        ids.push_back(each.id);
      }
      ledger_.Forget(ids, taken_);
    }
  }
  const Ledger& ledger() const { return ledger_; }

 private:
  const std::vector<std::string> accounts_ = {"a-1", "a-2", "a-3", "a-4", "a-5", "a-6"};
  NoPast past_;
  Ledger ledger_;
  uint32_t number_ = 0;
  uint64_t executions_ = 0;
  uint64_t taken_ = 0;
};

void LedgerCommands(benchmark::State& bench) {
  Flow flow;
  for (auto _ : bench) {
    flow.RunOne([](Ledger& ledger, const Events& events) {
      for (const Event& event : events) {
        ledger.Apply(event);
      }
    });
  }
  bench.SetItemsProcessed(bench.iterations() * 3);
}
BENCHMARK(LedgerCommands);

// The same with the record that the journal gets.
void LedgerCommandsEncoded(benchmark::State& bench) {
  Flow flow;
  v1::LedgerEvent encoded;
  for (auto _ : bench) {
    flow.RunOne([&encoded](Ledger& ledger, const Events& events) {
      for (const Event& event : events) {
        ledger.Apply(event);
        Encode(event, *ledger.Find(event.order_id), encoded);
        benchmark::DoNotOptimize(Pack(encoded, event));
      }
    });
  }
  bench.SetItemsProcessed(bench.iterations() * 3);
}
BENCHMARK(LedgerCommandsEncoded);

uint64_t EventsWanted() {
  const char* const text = std::getenv("TRADEWIND_BENCH_EVENTS");
  return text == nullptr ? 100'000 : std::strtoull(text, nullptr, 10);
}

// A journal that is there once for all that recover it.
class Journal {
 public:
  static const Journal& Get() {
    static const Journal journal;
    return journal;
  }
  ~Journal() { fs::remove_all(folder_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  std::string journal() const { return (folder_ / "journal").string(); }
  std::string index() const { return (folder_ / "index").string(); }
  uint64_t events() const { return events_; }

 private:
  Journal()
      : folder_(fs::path(std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp") /
                ("oms-bench-" + std::to_string(::getpid()))) {
    StoreReplay nothing;
    nothing.on_record = [](const v1::LedgerRecord&) { return absl::OkStatus(); };
    const auto store = LedgerStore::Open({}, journal(), nothing);
    if (!store.ok()) {
      std::abort();
    }
    Flow flow;
    v1::LedgerEvent encoded;
    size_t records = 0;
    while (flow.ledger().last_sequence() < EventsWanted()) {
      flow.RunOne([&](Ledger& ledger, const Events& events) {
        std::vector<PackedEvent> packed;
        for (const Event& event : events) {
          ledger.Apply(event);
          Encode(event, *ledger.Find(event.order_id), encoded);
          packed.push_back(Pack(encoded, event));
        }
        if (!(*store)->Append(std::move(packed)).ok() ||
            (++records % 256 == 0 && !(*store)->Sync().ok())) {
          std::abort();
        }
      });
    }
    if (!(*store)->Sync().ok()) {
      std::abort();
    }
    events_ = flow.ledger().last_sequence();
  }

  const fs::path folder_;
  uint64_t events_ = 0;
};

// Until commands are taken. A clean stop each time, so that the next start finds what there is.
void Recover(benchmark::State& bench, const std::string& index, bool keep) {
  const Journal& journal = Journal::Get();
  SystemClock clock;
  metrics::Registry registry;
  for (auto _ : bench) {
    bench.PauseTiming();
    if (!keep && !index.empty()) {
      fs::remove_all(index);
    }
    EngineOptions options;
    options.archive_folder = index;
    auto engine = std::make_unique<Engine>(
        options, clock, OmsMetrics(registry), [] {}, [](const absl::Status&) {});
    engine->Connect(nullptr, nullptr);
    bench.ResumeTiming();
    if (!engine->Open(journal.journal()).ok()) {
      bench.SkipWithError("not recovered");
    }
    bench.PauseTiming();
    bench.counters["in_memory"] = static_cast<double>(engine->orders_in_memory());
    engine.reset();
    bench.ResumeTiming();
  }
  bench.counters["events"] = static_cast<double>(journal.events());
}
void RecoverIntoMemory(benchmark::State& bench) {
  Recover(bench, "", false);
}
void RecoverAndMakeTheIndex(benchmark::State& bench) {
  Recover(bench, Journal::Get().index(), false);
}
void RecoverFromTheIndex(benchmark::State& bench) {
  Recover(bench, Journal::Get().index(), true);
}
BENCHMARK(RecoverIntoMemory)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();
BENCHMARK(RecoverAndMakeTheIndex)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();
BENCHMARK(RecoverFromTheIndex)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace tw::oms
