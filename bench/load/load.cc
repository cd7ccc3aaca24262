#include "bench/load/load.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "bench/load/link.h"
#include "bench/load/platform.h"
#include "bench/load/report.h"
#include "bench/load/runner.h"
#include "fmt/format.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/config/ports.h"
#include "libs/rpc/channel.h"

namespace tw::load {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kNotRun = 2;
constexpr uint64_t kComparedMax = 500'000;  // orders read back from oms

std::atomic<bool> stop_asked{false};

void AskToStop(int) {
  stop_asked = true;
}

// SIGINT and SIGTERM end the run early while this lives.
class StopOnSignal {
 public:
  StopOnSignal() {
    stop_asked = false;
    struct sigaction action {};
    action.sa_handler = AskToStop;
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  ~StopOnSignal() {
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }

 private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

std::unique_ptr<Link> MakeLink(const LoadOptions& options) {
  const std::string_view service = options.target == Target::kOms ? "oms" : "gateway";
  if (options.target == Target::kRisk) {
    return MakeCheckLink(options.reach.rpc("risk"));
  }
  switch (options.over) {
    case Over::kUnary: return MakeUnaryLink(options.reach.rpc(service));
    case Over::kRest:
      return MakeRestLink([&options, service] { return options.reach.http(service); },
                          options.reach.headers, options.target == Target::kOms ? "" : "/api/v1",
                          options.connections);
    case Over::kSession: break;
  }
  return MakeSessionLink(options.reach.rpc(service), options.sessions);
}

// Each second, on a thread of its own: new prices for the planner, a line of progress.
class Monitor {
 public:
  Monitor(const LoadOptions& options,
          const Platform& platform,
          Planner& planner,
          Tally& tally,
          const Runner& runner)
      : options_(options),
        platform_(platform),
        planner_(planner),
        tally_(tally),
        runner_(runner),
        thread_([this] { Work(); }) {}
  ~Monitor() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      wake_.notify_all();
    }
    thread_.join();
    tally_.EndSecond();
  }

 private:
  void Work() {
    auto next = std::chrono::steady_clock::now();
    for (int second = 1;; ++second) {
      next += std::chrono::seconds(1);
      {
        std::unique_lock lock(mutex_);
        if (wake_.wait_until(lock, next, [this] { return stop_; })) {
          return;
        }
      }
      const Second s = tally_.EndSecond();
      if (!options_.quiet) {
        std::cerr << fmt::format(
            "{:>5} s  sent {:>7}  answered {:>7}  accepted {:>7}  waiting {:>6}  open {:>6}  "
            "p50 {:>8}  p99 {:>8}  max {:>8}\n",
            second, s.sent, s.answered, s.accepted, runner_.outstanding(), planner_.open(),
            FormatSpan({s.p50_ns}), FormatSpan({s.p99_ns}), FormatSpan({s.max_ns}));
      }
      const auto quotes = platform_.ReadQuotes(planner_.instruments());
      for (size_t i = 0; quotes.ok() && i < quotes->size(); ++i) {
        planner_.SetQuote(i, (*quotes)[i]);
      }
    }
  }

  const LoadOptions& options_;
  const Platform& platform_;
  Planner& planner_;
  Tally& tally_;
  const Runner& runner_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

std::string Describe(const LoadOptions& o) {
  const char* const targets[] = {"gateway", "oms", "risk"};
  const char* const ways[] = {"TradeSession", "unary gRPC", "REST"};
  const ScheduleOptions& s = o.schedule;
  std::string pace = ShapeName(s.shape);
  if (s.shape != Shape::kOneAtATime) {
    pace += fmt::format(", {:.6g} commands/s", s.rate);
  }
  return fmt::format("{} to {}, {}, {:.6g} s after {:.6g} s of warm-up, seed {}",
                     o.target == Target::kRisk ? "CheckOrder" : ways[static_cast<int>(o.over)],
                     targets[static_cast<int>(o.target)], pace, (s.total - s.warmup).seconds(),
                     s.warmup.seconds(), s.seed);
}

void AddStages(const std::map<std::string, Scrape>& before,
               const std::map<std::string, Scrape>& after,
               Report& report) {
  struct Known {
    const char* service;
    const char* histogram;
    const char* name;
  };
  constexpr Known kKnown[] = {
      {"gateway", "tw_gateway_order_seconds", "gateway: a command to oms's answer"},
      {"oms", "tw_oms_submit_seconds", "oms: an order to its answer"},
      {"oms", "tw_oms_risk_answer_seconds", "oms: asking risk to its answer"},
      {"risk", "tw_risk_gate_seconds", "risk: deciding one message"},
      {"oms", "tw_oms_journal_sync_seconds", "oms: one journal sync"},
      {"live-gateway", "tw_live_gateway_journal_sync_seconds", "live-gateway: one journal sync"}};
  for (const Known& known : kKnown) {
    const auto b = before.find(known.service);
    const auto a = after.find(known.service);
    if (b == before.end() || a == after.end()) {
      continue;
    }
    const Stage stage = StageBetween(b->second, a->second, known.histogram);
    if (stage.count > 0) {
      report.stages.push_back({known.name, stage});
    }
  }
  report.usage = UsageBetween(before, after);
  const auto b = before.find("oms");
  const auto a = after.find("oms");
  if (b == before.end() || a == after.end()) {
    report.notes.emplace_back("oms's /metrics did not answer: fills and stages are not known");
    return;
  }
  report.fills = static_cast<uint64_t>(
      std::max(0.0, a->second.Value("tw_oms_fills_total") - b->second.Value("tw_oms_fills_total")));
}

void JudgeBars(const LoadOptions& options, const Runner& runner, Report& report) {
  Bars bars = options.bars;
  const bool any = bars.p50 || bars.p99 || bars.p999 || bars.min_accepted_percent;
  if (any) {
    bars.all_answered = true;
    if (options.schedule.shape != Shape::kOneAtATime && runner.planned().ns > 0) {
      // What was sent must have been answered at the pace at which it was meant to leave.
      bars.min_rate = 0.99 * static_cast<double>(report.totals.sent()) / runner.planned().seconds();
    }
  }
  const uint64_t done = report.totals.accepted() + report.totals.too_late;
  report.bars = load::Judge(bars, {report.totals.orders, report.totals.accepted_percent(),
                                   report.per_second(done), report.totals.unanswered});
}

// Every answered order is in oms, once, as it was answered, and none that was not sent.
void CompareOrders(const std::string& run,
                   const Platform& platform,
                   const Runner& runner,
                   Report& report) {
  const OrderSum answered = runner.answered();
  if (answered.count == 0) {
    return;
  }
  if (answered.count > kComparedMax) {
    report.notes.push_back(
        fmt::format("the orders were not held against oms's list: more than {}", kComparedMax));
    return;
  }
  const absl::StatusOr<OrderSum> found = platform.SumOrders(run, answered.first);
  BarResult bar{"oms's orders", fmt::format("the {} that were answered, each once", answered.count),
                "", false};
  if (!found.ok()) {
    bar.value = std::string(found.status().message());
  } else if (runner.unknown() == 0) {
    bar.passed = *found == answered;
    bar.value = fmt::format("{}{}", found->count, bar.passed ? "" : ", and not the same ones");
  } else {
    bar.passed =
        found->count >= answered.count && found->count <= answered.count + runner.unknown();
    bar.value = fmt::format("{}, with {} whose answer was an error or none", found->count,
                            runner.unknown());
  }
  report.bars.push_back(std::move(bar));
}

void CleanUp(const LoadOptions& options, Platform& platform, Report& report) {
  if (options.target != Target::kRisk) {
    const absl::StatusOr<size_t> open = platform.CancelOpenOrders();
    if (!open.ok() || *open > 0) {
      report.bars.push_back({"open orders canceled", "all",
                             open.ok() ? fmt::format("{} are still open", *open)
                                       : std::string(open.status().message()),
                             false});
    }
  }
  if (options.set_limits) {
    const absl::Status restored = platform.RestoreLimits();
    if (!restored.ok()) {
      report.bars.push_back({"limits restored", "all", std::string(restored.message()), false});
    }
  }
}

void RunAudit(const LoadOptions& options, Report& report) {
  if (!options.audit || options.target == Target::kRisk) {
    return;
  }
  const absl::StatusOr<bool> clean = options.audit();
  const std::string value =
      !clean.ok() ? std::string(clean.status().message()) : (*clean ? "they do" : "they do not");
  report.bars.push_back({"audit", "all books agree", value, clean.ok() && *clean});
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  if (path.empty()) {
    return absl::OkStatus();
  }
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError("cannot write " + path);
}

// What every client_order_id of the run begins with: no two runs share it.
std::string RunName() {
  return fmt::format("ld{:x}{:x}", SystemClock().Now().ns / 1'000'000, getpid());
}

// A platform that has just started may not have heard of every market: it is given ten seconds.
absl::StatusOr<std::vector<Quote>> AwaitQuotes(const LoadOptions& options,
                                               const Platform& platform,
                                               const std::vector<Instrument>& instruments) {
  constexpr int kTries = 50;
  constexpr auto kPause = std::chrono::milliseconds(200);
  for (int i = 1;; ++i) {
    absl::StatusOr<std::vector<Quote>> quotes = platform.ReadQuotes(instruments);
    if (quotes.ok() || !absl::IsUnavailable(quotes.status()) || i == kTries || stop_asked.load()) {
      return quotes;
    }
    if (i == 1 && !options.quiet) {
      std::cerr << "waiting for the market: " << quotes.status().message() << "\n";
    }
    std::this_thread::sleep_for(kPause);
  }
}

absl::Status Measure(const LoadOptions& options, Platform& platform, Report& report) {
  TW_ASSIGN_OR_RETURN(const std::vector<Instrument> instruments, platform.ReadInstruments());
  const std::string run = RunName();
  Planner planner({options.profile, options.target == Target::kRisk, options.profile.accounts,
                   static_cast<size_t>(options.open_max), options.schedule.seed, run},
                  instruments);
  TW_ASSIGN_OR_RETURN(const std::vector<Quote> quotes, AwaitQuotes(options, platform, instruments));
  for (size_t i = 0; i < quotes.size(); ++i) {
    planner.SetQuote(i, quotes[i]);
  }
  if (options.set_limits) {
    TW_RETURN_IF_ERROR(platform.RaiseLimits(instruments));
  }
  const std::unique_ptr<Link> link = MakeLink(options);
  Tally tally;
  Runner runner(options, planner, *link, tally, stop_asked);
  std::map<std::string, Scrape> before = platform.ReadMetrics();
  TW_RETURN_IF_ERROR(link->Start([&runner](const v1::TradeAnswer& answer, int64_t now_ns) {
    runner.Answered(answer, now_ns);
  }));
  {
    const Monitor monitor(options, platform, planner, tally, runner);
    runner.Run();
  }
  link->Stop();
  report.totals = tally.Get();
  report.elapsed = runner.elapsed();
  report.substituted = planner.substituted();
  report.commands = runner.commands();
  AddStages(before, platform.ReadMetrics(), report);
  if (runner.traced_from() > 0) {
    platform.ReadTraces(AccountName(0), runner.traced_from(), runner.waterfall());
    report.waterfall = runner.waterfall().Rows();
  }
  if (stop_asked.load()) {
    report.notes.emplace_back("stopped early by a signal");
  }
  if (report.substituted > 0) {
    report.notes.push_back(fmt::format(
        "{} commands became another kind: there was nothing to change yet, or {} orders were open",
        report.substituted, options.open_max));
  }
  report.notes.emplace_back("stages, fills and usage include the warm-up");
  JudgeBars(options, runner, report);
  if (options.audit && options.target != Target::kRisk) {
    CompareOrders(run, platform, runner, report);
  }
  return absl::OkStatus();
}

}  // namespace

int RunLoad(const LoadOptions& options) {
  rpc::UseOneCallbackThread();  // answers come in large messages where there are many
  const StopOnSignal stop_on_signal;
  Platform platform(options);
  Report report;
  report.what = Describe(options);
  const absl::Status measured = Measure(options, platform, report);
  CleanUp(options, platform, report);
  if (!measured.ok()) {
    std::cerr << "load: " << measured.message() << "\n";
    return kNotRun;
  }
  RunAudit(options, report);
  std::cout << ToText(report) << std::flush;
  absl::Status written = WriteFile(options.json_file, ToJson(report));
  written.Update(WriteFile(options.html_file, ToHtml(report)));
  if (!written.ok()) {
    std::cerr << "load: " << written.message() << "\n";
    return kNotRun;
  }
  return report.passed() ? kDone : kFailed;
}

}  // namespace tw::load
