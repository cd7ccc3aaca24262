// The options of `load` on the command line.
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "bench/load/load.h"
#include "libs/base/status_macros.h"
#include "libs/config/ports.h"

namespace tw::load {
namespace {

struct Arguments {
  LoadOptions options;
  std::string schedule = "poisson";
  double rate = 1000;
  double seconds = 10;
  double warmup = 2;
  std::string profile;
  int accounts = 0;                  // 0: the profile's
  std::vector<std::string> symbols;  // none: the profile's
  std::string gather;
  std::string p50;
  std::string p99;
  std::string p999;
  double min_accepted = 0;
  bool no_audit = false;
  bool no_limits = false;
  int port_offset = -1;
};

absl::Status ReadSpan(const char* name, const std::string& text, std::optional<Duration>& span) {
  if (text.empty()) {
    return absl::OkStatus();
  }
  absl::StatusOr<Duration> read = ParseSpan(text);
  if (!read.ok()) {
    return absl::InvalidArgumentError(std::string(name) + ": " +
                                      std::string(read.status().message()));
  }
  span = *read;
  return absl::OkStatus();
}

Duration Span(double seconds) {
  return Duration{static_cast<int64_t>(seconds * 1e9)};
}

absl::StatusOr<LoadOptions> Read(const Arguments& arguments) {
  LoadOptions options = arguments.options;
  TW_RETURN_IF_ERROR(ParseShape(arguments.schedule, options.schedule));
  options.schedule.rate = arguments.rate;
  options.schedule.warmup = Span(arguments.warmup);
  options.schedule.total = Span(arguments.warmup + arguments.seconds);
  if (!arguments.profile.empty()) {
    TW_ASSIGN_OR_RETURN(options.profile, LoadProfile(arguments.profile));
  }
  if (arguments.accounts > 0) {
    options.profile.accounts = arguments.accounts;
  }
  if (!arguments.symbols.empty()) {
    options.profile.symbols = arguments.symbols;
  }
  if (std::optional<Duration> gather; !arguments.gather.empty()) {
    TW_RETURN_IF_ERROR(ReadSpan("--gather", arguments.gather, gather));
    options.gather = *gather;
  }
  TW_RETURN_IF_ERROR(ReadSpan("--p50", arguments.p50, options.bars.p50));
  TW_RETURN_IF_ERROR(ReadSpan("--p99", arguments.p99, options.bars.p99));
  TW_RETURN_IF_ERROR(ReadSpan("--p999", arguments.p999, options.bars.p999));
  if (arguments.min_accepted > 0) {
    options.bars.min_accepted_percent = arguments.min_accepted;
  }
  options.set_limits = !arguments.no_limits;
  if (options.target == Target::kRisk) {
    options.over = Over::kUnary;
  }
  if (options.target != Target::kGateway && options.instruments.empty()) {
    options.instruments = "deploy/config/instruments.toml";
  }
  return options;
}

void AddWhat(CLI::App& command, Arguments& a) {
  LoadOptions& o = a.options;
  const std::map<std::string, Over> overs = {
      {"session", Over::kSession}, {"unary", Over::kUnary}, {"rest", Over::kRest}};
  const std::map<std::string, Target> targets = {
      {"gateway", Target::kGateway}, {"oms", Target::kOms}, {"risk", Target::kRisk}};
  command.add_option("--over", o.over, "session (TradeSession, the default), unary or rest")
      ->transform(CLI::CheckedTransformer(overs).description(""));
  command
      .add_option("--target", o.target,
                  "gateway (the default), oms, or risk: checks of orders instead of orders")
      ->transform(CLI::CheckedTransformer(targets).description(""));
  command.add_option("--profile", a.profile,
                     "TOML file (bench/load/profiles): accounts, symbols, and passive, marketable, "
                     "cancel, replace in percent (default: 16, three, 45, 20, 25, 10)");
  command.add_option("--accounts", a.accounts, "load-1 to load-N, instead of the profile's")
      ->check(CLI::Range(1, 1000));
  command.add_option("--symbols", a.symbols, "A,B,C, instead of the profile's")->delimiter(',');
  command.add_option("--instruments", o.instruments,
                     "instruments.toml, instead of asking the gateway");
  command.add_option("--sessions", o.sessions, "TradeSession streams (default 1)")
      ->check(CLI::Range(1, 64));
  command.add_option("--connections", o.connections, "REST: requests at a time (default 32)")
      ->check(CLI::Range(1, 512));
  command.add_option("--open-max", o.open_max, "own open orders at most (default 10000)")
      ->check(CLI::Range(1, 1'000'000));
  command
      .add_option("--outstanding", o.outstanding_max,
                  "commands without an answer at most (default 20000)")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--gather", a.gather,
                     "1ms: commands leave together, so long after the last ones at least "
                     "(default: each when it is due)");
  command.add_option("--port-offset", a.port_offset, "as given to deploy/up")
      ->check(CLI::Range(0, config::kPortOffsetMax));
}

void AddPace(CLI::App& command, Arguments& a) {
  command.add_option("--rate", a.rate, "commands a second (default 1000)")
      ->check(CLI::Range(0.1, 1e6));
  command.add_option("--seconds", a.seconds, "of the measured part (default 10)")
      ->check(CLI::Range(0.1, 86'400.0));
  command.add_option("--warmup", a.warmup, "seconds before it (default 2)")
      ->check(CLI::Range(0.0, 600.0));
  command.add_option("--count", a.options.count_max, "commands at most, warm-up included")
      ->check(CLI::Range(int64_t{1}, int64_t{50'000'000}));
  command.add_option(
      "--schedule", a.schedule,
      "constant, poisson (the default), burst[:N], ramp[:FROM_PERCENT], or one: each "
      "leaves when the one before is answered");
  command
      .add_option("--traces", a.options.traces,
                  "orders a second, at most, that take time stamps along (default 100; 0: none)")
      ->check(CLI::Range(0, 10'000));
  command.add_option("--seed", a.options.schedule.seed, "of everything random (default 1)");
}

void AddJudgement(CLI::App& command, Arguments& a) {
  command.add_option("--p50", a.p50, "bar: orders' p50 at most, such as 2ms");
  command.add_option("--p99", a.p99, "bar: orders' p99 at most");
  command.add_option("--p999", a.p999, "bar: orders' p99.9 at most");
  command.add_option("--min-accepted", a.min_accepted, "bar: percent of new orders accepted")
      ->check(CLI::Range(0.0, 100.0));
  command.add_option("--json", a.options.json_file, "write the report to a file, as JSON");
  command.add_option("--html", a.options.html_file, "write the report to a file, as a page");
  command.add_flag("--no-audit", a.no_audit,
                   "do not check the books, and oms's orders against the answers, at the end");
  command.add_flag("--no-limits", a.no_limits, "leave the limits of the accounts as they are");
  command.add_flag("--quiet", a.options.quiet, "no line each second");
}

}  // namespace

std::function<int(const Audit&, const Reach&)> AddLoadOptions(CLI::App& command) {
  auto arguments = std::make_shared<Arguments>();
  AddWhat(command, *arguments);
  AddPace(command, *arguments);
  AddJudgement(command, *arguments);
  command.footer(
      "Latency counts from the time at which a command was meant to leave. With any bar, every "
      "command must\nbe answered, at the pace of the schedule. Exit status: 0 passed, 1 a bar or "
      "the audit failed, 2 not run.");
  return [arguments](const Audit& audit, const Reach& reach) {
    if (arguments->port_offset >= 0) {
      setenv("TRADEWIND_PORT_OFFSET", std::to_string(arguments->port_offset).c_str(), 1);
    }
    absl::StatusOr<LoadOptions> options = Read(*arguments);
    if (!options.ok()) {
      std::cerr << "load: " << options.status().message() << "\n";
      return 2;
    }
    if (!arguments->no_audit) {
      options->audit = audit;
    }
    options->reach = reach;
    return RunLoad(*options);
  };
}

}  // namespace tw::load
