// rows_load: market rows through the sinks' own pipeline (encoder, disk spool, sender) into a real
// QuestDB, as fast as it takes them or at a set rate, and what became of them as one JSON line.

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "libs/base/clock.h"
#include "libs/ilp/pipeline.h"
#include "libs/questdb/schema.h"

namespace {

using tw::Duration;
using tw::Timestamp;
namespace ilp = tw::ilp;

struct Arguments {
  std::string host = "127.0.0.1";
  uint16_t port = 9000;
  std::string data_dir = "build/rows-load";
  std::string venue = "LOAD";
  double seconds = 10;
  int64_t rate = 0;
  bool text = false;
  size_t batch_rows = ilp::PipelineOptions{}.batch_rows;
};

constexpr int64_t kStartNs = 1'700'000'000'000'000'000;
constexpr int64_t kStepNs = 20'000;  // 50,000 rows in a second of event time
constexpr const char* kSymbols[] = {"BTCUSDT", "ETHUSDT", "SOLUSDT", "IBM"};
constexpr int64_t kRowsPerAdd = 1'000;
constexpr uint64_t kRowsAhead = 400'000;  // on the spool; then the producer waits

// Three quotes, then a trade. bench/questdb/client.py makes the same rows.
void AddRow(ilp::LineBuffer& rows, const std::string& venue, int64_t number) {
  const char* const symbol = kSymbols[(number / 4) % 4];
  const Timestamp at{kStartNs + number * kStepNs};
  const auto price = tw::Price::FromE8(4'500'000'000'000 + number % 1'000 * 1'000'000);
  if (number % 4 == 3) {
    (void)rows.Table("trades")
        .Symbol("venue", venue)
        .Symbol("symbol", symbol)
        .Symbol("side", number % 8 == 3 ? "BUY" : "SELL")
        .Int("source_seq", number)
        .Decimal("price", price)
        .Decimal("quantity", tw::Quantity::FromE8(12'345'000))
        .Time("receive_time", at)
        .At(at);
    return;
  }
  (void)rows.Table("quotes")
      .Symbol("venue", venue)
      .Symbol("symbol", symbol)
      .Int("source_seq", number)
      .Decimal("bid", price)
      .Decimal("bid_size", tw::Quantity::FromE8(125'000'000))
      .Decimal("ask", tw::Price::FromE8(price.e8() + 50'000'000))
      .Decimal("ask_size", tw::Quantity::FromE8(75'000'000))
      .Time("receive_time", at)
      .At(at);
}

double SecondsSince(int64_t began_ns) {
  return static_cast<double>(tw::MonotonicNanos() - began_ns) / 1e9;
}

int Run(const Arguments& arguments) {
  std::filesystem::remove_all(arguments.data_dir);
  const tw::SystemClock clock;
  ilp::PipelineOptions options;
  options.name = "rows_load";
  options.data_dir = arguments.data_dir;
  options.questdb.host = arguments.host;
  options.questdb.port = arguments.port;
  options.batch_rows = arguments.batch_rows;
  options.prepare = [endpoint = options.questdb] { return tw::questdb::EnsureSchema(endpoint); };
  auto pipeline = ilp::Pipeline::Start(std::move(options), clock);
  if (!pipeline.ok()) {
    std::cerr << pipeline.status() << "\n";
    return 1;
  }
  int64_t number = 0;
  uint64_t spooled_max = 0;
  ilp::LineBuffer rows(arguments.text ? ilp::Doubles::kText : ilp::Doubles::kBinary);
  const int64_t began = tw::MonotonicNanos();
  while (SecondsSince(began) < arguments.seconds) {
    const double due = static_cast<double>(number) / static_cast<double>(arguments.rate);
    if (arguments.rate > 0 && SecondsSince(began) < due) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    for (int64_t i = 0; i < kRowsPerAdd; ++i) {
      AddRow(rows, arguments.venue, number++);
    }
    while ((*pipeline)->stats().rows_spooled > kRowsAhead ||
           !(*pipeline)->Add(rows, {"load", std::to_string(number)}).ok()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    rows.Clear();
    spooled_max = std::max(spooled_max, (*pipeline)->stats().rows_spooled);
  }
  const double added_s = SecondsSince(began);
  const absl::Status flushed = (*pipeline)->Flush(Duration::Seconds(600));
  const double all_s = SecondsSince(began);
  const ilp::PipelineStats stats = (*pipeline)->stats();
  std::cout << nlohmann::ordered_json{{"rows", number},
                                      {"seconds_to_add", added_s},
                                      {"seconds", all_s},
                                      {"rows_per_second", static_cast<double>(number) / all_s},
                                      {"rows_acked", stats.rows_acked},
                                      {"rows_spooled_max", spooled_max},
                                      {"dead_rows", stats.dead_rows},
                                      {"requests_failed", stats.requests_failed},
                                      {"flushed", flushed.ok()}}
            << std::endl;
  return flushed.ok() && stats.dead_rows == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Pushes market rows through the sinks' pipeline into QuestDB.");
  Arguments arguments;
  app.add_option("--host", arguments.host);
  app.add_option("--port", arguments.port, "QuestDB's HTTP port");
  app.add_option("--data-dir", arguments.data_dir, "for the spool; removed at the start");
  app.add_option("--venue", arguments.venue, "of the rows");
  app.add_option("--seconds", arguments.seconds);
  app.add_option("--rate", arguments.rate, "rows a second; 0: as fast as they are taken");
  app.add_option("--batch-rows", arguments.batch_rows, "of one request at most");
  app.add_flag("--text", arguments.text, "doubles as text, as protocol v1 has them");
  CLI11_PARSE(app, argc, argv);
  return Run(arguments);
}
