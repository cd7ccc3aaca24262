// floor: what the machine and gRPC cost before anybody does any work, measured now.
//
//   floor [--rounds 5] [--messages 1000] [--only REGEX] [--data-dir DIR] [--json FILE]
//         [--risk ADDRESS [--account NAME] [--symbol NAME]]
//
// With --risk also a running risk service's CheckOrder beside echoes of messages of the same sizes,
// both by the same client, in turn.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "bench/floor/clients.h"
#include "bench/floor/processes.h"
#include "bench/load/histogram.h"
#include "fmt/format.h"
#include "libs/base/clock.h"

namespace tw::floor {
namespace {

struct Options {
  int rounds = 5;
  int messages = 1000;
  std::string only = ".*";
  std::string data_dir = ".";
  std::string json;
  std::string risk;  // "127.0.0.1:50103" or "unix:PATH"
  std::string account = "demo";
  std::string symbol = "BTCUSDT";
};

struct Measure {
  std::string name;  // "unary callback tcp 3"
  std::unique_ptr<Exchanger> client;
  std::vector<double> p50_us;  // one a round
  std::vector<double> p99_us;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// A fixed computation that waits for nothing: how fast a core is right now.
class Cpu final : public Exchanger {
 public:
  bool Exchange() override {
    for (int i = 0; i < 20'000; ++i) {
      state_ = (state_ ^ (state_ >> 29)) * 0xBF58476D1CE4E5B9ULL;
    }
    return state_ != 0;
  }

 private:
  uint64_t state_ = 1;
};

// All that --only names, with the servers that they need.
class Bench {
 public:
  explicit Bench(const Options& options) : options_(options), only_(options.only) {
    for (const char* const transport : {"tcp", "unix"}) {
      const std::string name = std::string("raw ") + transport;
      if (Wanted(name)) {
        Add(name, MakeRawClient(processes_.Start("raw", transport, "")));
      }
      for (const char* const kind : {"sync", "callback", "queue"}) {
        AddChain(kind, transport);
      }
      AddFused(transport);
    }
    if (!options.risk.empty()) {
      AddRisk();
    }
    if (Wanted("cpu")) {
      Add("cpu", std::make_unique<Cpu>());
    }
    for (const bool preallocated : {true, false}) {
      const std::string name = preallocated ? "fdatasync preallocated" : "fdatasync growing";
      if (Wanted(name)) {
        Add(name, MakeDisk(options.data_dir, preallocated));
      }
    }
  }

  // False when a message failed. Each round measures everything once.
  bool Run() {
    for (int round = 0; round < options_.rounds; ++round) {
      for (Measure& measure : measures_) {
        load::Histogram histogram;
        const int warmup = options_.messages / 10 + 10;
        for (int i = -warmup; i < options_.messages; ++i) {
          const int64_t start_ns = MonotonicNanos();
          if (!measure.client->Exchange()) {
            std::cerr << "floor: " << measure.name << ": a message was lost\n";
            return false;
          }
          if (i >= 0) {
            histogram.Record(MonotonicNanos() - start_ns);
          }
        }
        measure.p50_us.push_back(static_cast<double>(histogram.Percentile(50).ns) / 1e3);
        measure.p99_us.push_back(static_cast<double>(histogram.Percentile(99).ns) / 1e3);
      }
    }
    return true;
  }

  bool whole() const { return whole_; }
  const std::vector<Measure>& measures() const { return measures_; }

 private:
  bool Wanted(const std::string& name) const { return std::regex_search(name, only_); }

  void Add(const std::string& name, std::unique_ptr<Exchanger> client) {
    if (client == nullptr) {
      std::cerr << "floor: " << name << " cannot be set up\n";
      whole_ = false;
      return;
    }
    measures_.push_back({name, std::move(client), {}, {}});
  }

  // Three processes in a row: the last one echoes, the ones before it pass on.
  void AddChain(const std::string& kind, const std::string& transport) {
    std::string next;
    for (int hops = 1; hops <= 3; ++hops) {
      const std::string rest = fmt::format(" {} {} {}", kind, transport, hops);
      bool later = false;
      for (int more = hops; more <= 3; ++more) {
        const std::string tail = fmt::format(" {} {} {}", kind, transport, more);
        later = later || Wanted("unary" + tail) || Wanted("stream" + tail);
      }
      if (!later) {
        return;
      }
      next = processes_.Start(kind, transport, next);
      if (next.empty()) {
        whole_ = false;
        return;
      }
      if (Wanted("unary" + rest)) {
        Add("unary" + rest, MakeUnaryClient(next));
      }
      if (Wanted("stream" + rest)) {
        Add("stream" + rest, MakeStreamClient(next));
      }
    }
  }

  // Two and three servers of one process.
  void AddFused(const std::string& transport) {
    for (int hops = 2; hops <= 3; ++hops) {
      const std::string rest = " fused " + transport + " " + std::to_string(hops);
      if (!Wanted("unary" + rest) && !Wanted("stream" + rest)) {
        continue;
      }
      const std::string address = processes_.Start("fused", transport, std::to_string(hops));
      if (address.empty()) {
        whole_ = false;
        return;
      }
      if (Wanted("unary" + rest)) {
        Add("unary" + rest, MakeUnaryClient(address));
      }
      if (Wanted("stream" + rest)) {
        Add("stream" + rest, MakeStreamClient(address));
      }
    }
  }

  // The risk service's answer to one order, and echoes of its sizes.
  void AddRisk() {
    absl::StatusOr<RiskCheck> check =
        MakeRiskCheck(options_.risk, options_.account, options_.symbol);
    if (!check.ok()) {
      std::cerr << "floor: --risk " << options_.risk << ": " << check.status().message() << "\n";
      whole_ = false;
      return;
    }
    Add("risk check", std::move(check->client));
    for (const char* const kind : {"sync", "callback", "queue"}) {
      for (const char* const transport : {"tcp", "unix"}) {
        const std::string address = processes_.Start(kind, transport, "", check->answer_bytes);
        Add(fmt::format("check echo {} {}", kind, transport),
            address.empty() ? nullptr
                            : MakeUnaryClient(address, check->request, check->answer_bytes));
      }
    }
    std::cout << fmt::format("a check: {} bytes there, {} back\n", check->request.size(),
                             check->answer_bytes);
  }

  const Options& options_;
  const std::regex only_;
  Processes processes_;  // before the clients: it goes after them
  std::vector<Measure> measures_;
  bool whole_ = true;
};

void Keep(const Measure*& best, const Measure& measure) {
  if (best == nullptr || Median(measure.p50_us) < Median(best->p50_us)) {
    best = &measure;
  }
}

// "unary 3": the fastest of all ways of serving and transports, each server a process; "unary fused
// 3": of one process.
std::map<std::string, const Measure*> Fastest(const std::vector<Measure>& measures) {
  std::map<std::string, const Measure*> fastest;
  for (const Measure& measure : measures) {
    if (measure.name.starts_with("check echo")) {
      Keep(fastest["check echo"], measure);
      continue;
    }
    const bool grpc = measure.name.starts_with("unary") || measure.name.starts_with("stream");
    if (!grpc) {
      continue;
    }
    const bool fused = measure.name.find(" fused ") != std::string::npos;
    const std::string key = measure.name.substr(0, measure.name.find(' ')) +
                            (fused ? " fused " : " ") + measure.name.back();
    Keep(fastest[key], measure);
  }
  return fastest;
}

void PrintText(const Options& options, const std::vector<Measure>& measures) {
  std::cout << fmt::format(
      "{} bytes, {} messages a round one at a time, {} rounds; microseconds, medians over rounds\n"
      "{:<28}{:>10}{:>10}{:>12}{:>12}\n",
      kMessageBytes, options.messages, options.rounds, "", "p50", "p99", "lowest p50",
      "highest p50");
  for (const Measure& m : measures) {
    std::cout << fmt::format("{:<28}{:>10.1f}{:>10.1f}{:>12.1f}{:>12.1f}\n", m.name,
                             Median(m.p50_us), Median(m.p99_us),
                             *std::min_element(m.p50_us.begin(), m.p50_us.end()),
                             *std::max_element(m.p50_us.begin(), m.p50_us.end()));
  }
  for (const auto& [key, best] : Fastest(measures)) {
    std::cout << fmt::format("fastest {}: {:.1f} ({})\n", key, Median(best->p50_us), best->name);
  }
}

bool WriteJson(const Options& options, const std::vector<Measure>& measures) {
  nlohmann::ordered_json json;
  json["message_bytes"] = kMessageBytes;
  json["messages"] = options.messages;
  json["rounds"] = options.rounds;
  for (const Measure& m : measures) {
    json["measures"][m.name] = {
        {"p50_us", Median(m.p50_us)}, {"p99_us", Median(m.p99_us)}, {"p50_us_rounds", m.p50_us}};
  }
  for (const auto& [key, best] : Fastest(measures)) {
    json["fastest"][key] = {{"name", best->name}, {"p50_us", Median(best->p50_us)}};
  }
  std::ofstream file(options.json, std::ios::trunc);
  file << json.dump(2) << "\n";
  file.close();
  return static_cast<bool>(file);
}

int Main(const Options& options) {
  Bench bench(options);
  if (!bench.whole() || !bench.Run()) {
    return 1;
  }
  PrintText(options, bench.measures());
  if (!options.json.empty() && !WriteJson(options, bench.measures())) {
    std::cerr << "floor: cannot write " << options.json << "\n";
    return 1;
  }
  return 0;
}

}  // namespace

static int Run(int argc, char** argv) {
  Options options;
  CLI::App app("The floors: echoes through one to three processes, sockets, one synced append.",
               "floor");
  app.add_option("--rounds", options.rounds, "each measures everything once (default 5)")
      ->check(CLI::Range(1, 100));
  app.add_option("--messages", options.messages, "in a round, each measurement (default 1000)")
      ->check(CLI::Range(10, 1'000'000));
  app.add_option("--only", options.only,
                 "regular expression over names: 'unary callback tcp 3', 'stream queue unix 1', "
                 "'raw tcp', 'fdatasync preallocated', cpu");
  app.add_option(
      "--risk", options.risk,
      "a running risk service, 127.0.0.1:50103 or unix:PATH: its CheckOrder beside echoes "
      "of the same sizes");
  app.add_option("--account", options.account, "whose order is asked about (default demo)");
  app.add_option("--symbol", options.symbol, "of which symbol (default BTCUSDT)");
  app.add_option("--data-dir", options.data_dir, "whose disk is synced (default: here)");
  app.add_option("--json", options.json, "write the figures to a file");
  try {
    app.parse(argc, argv);
    return Main(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::regex_error& error) {
    std::cerr << "floor: --only: " << error.what() << "\n";
    return 2;
  }
}

}  // namespace tw::floor

int main(int argc, char** argv) {
  try {
    if (argc == 6 && std::string(argv[1]) == "serve") {
      return tw::floor::ServeMain(argv[2], argv[3], argv[4], std::strtoul(argv[5], nullptr, 10));
    }
    return tw::floor::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 2;
  }
}
