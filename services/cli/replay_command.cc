#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/recording/open_recording.h"
#include "services/cli/commands.h"
#include "services/cli/replay_player.h"

namespace tw::cli {
namespace {

struct ReplayArguments {
  std::vector<std::string> files;
  std::string speed = "1";
  std::string symbol;
  bool drive = false;
  std::string mapping;
  std::string name;
};

// nullopt: max.
absl::StatusOr<std::optional<double>> ParseSpeed(const std::string& text) {
  if (text == "max") {
    return std::optional<double>();
  }
  char* end = nullptr;
  const double speed = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(speed) || speed < 0.001 || speed > 1e6) {
    return absl::InvalidArgumentError(
        "--speed: expected max or a factor from 0.001 to 1000000, found \"" + text + "\"");
  }
  return std::optional<double>(speed);
}

// What is played as one venue: a file, or all of them under a name.
struct Recording {
  std::vector<std::string> files;
  std::string name;  // "": the file's
};

std::vector<Recording> RecordingsOf(const ReplayArguments& arguments) {
  if (!arguments.name.empty()) {
    return {{arguments.files, arguments.name}};
  }
  std::vector<Recording> out;
  for (const std::string& file : arguments.files) {
    out.push_back({{file}, ""});
  }
  return out;
}

absl::StatusOr<std::unique_ptr<recorded::RecordedSource>> OpenOne(
    const Recording& recording, const ReplayArguments& arguments) {
  return recording::OpenRecording(
      recording.files,
      {.symbol = arguments.symbol, .mapping = arguments.mapping, .name = recording.name});
}

// Reads the whole recording once, so that a fault is found before a row is played.
absl::StatusOr<uint64_t> CountRows(const Recording& recording, const ReplayArguments& arguments) {
  TW_ASSIGN_OR_RETURN(const auto source, OpenOne(recording, arguments));
  recorded::Row row;
  uint64_t rows = 0;
  while (true) {
    TW_ASSIGN_OR_RETURN(const bool more, source->Next(row));
    if (!more) {
      return rows;
    }
    ++rows;
  }
}

// Two files of one name would be one venue, and the rows of the second taken for repeats.
absl::Status CheckNames(const ReplayArguments& arguments) {
  std::vector<std::string> names;
  for (const std::string& file : arguments.files) {
    names.push_back(file.substr(file.find_last_of('/') + 1));
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() || !arguments.name.empty()
             ? absl::OkStatus()
             : absl::InvalidArgumentError("two files are called " + *twice +
                                          ", which names their venue: play them one at a time, or "
                                          "as one with --as NAME");
}

std::string Describe(const recorded::Facts& facts, const ReplayTotals& totals) {
  std::string out = fmt::format("REPLAY:{}{}{}: {}, {} trades and {} quotes", facts.name,
                                facts.symbol.empty() ? "" : " ", facts.symbol, facts.format,
                                totals.trades, totals.quotes);
  for (const auto& [count, what] :
       {std::pair(totals.books, "books"), std::pair(totals.bars, "bars"),
        std::pair(totals.others, "other events")}) {
    out += count > 0 ? fmt::format(", {} {}", count, what) : "";
  }
  return out;
}

int PlayOne(Context& context,
            const Recording& recording,
            const ReplayArguments& arguments,
            std::optional<double> speed,
            uint64_t rows) {
  auto source = OpenOne(recording, arguments);
  if (!source.ok()) {
    return context.Fail(source.status());
  }
  const recorded::Facts& facts = (*source)->facts();
  const int64_t start_ns = MonotonicNanos();
  ReplayOptions options;
  options.speed = speed;
  options.drive = arguments.drive;
  if (context.progress) {
    options.on_progress = [&](uint64_t taken) {
      context.err() << fmt::format("\r{}: {} of {} rows, {} %", facts.name, taken, rows,
                                   rows == 0 ? 100 : taken * 100 / rows)
                    << std::flush;
    };
  }
  const auto totals = PlayRecording(*context.Peer("live-gateway"), **source, options);
  if (context.progress) {
    context.err() << "\n";
  }
  if (!totals.ok()) {
    return context.Fail(context.Explain("live-gateway", totals.status()));
  }
  if (const std::string warning = (*source)->warning(); !warning.empty()) {
    context.err() << "warning: " << warning << "\n";
  }
  const double seconds = Duration::Nanos(MonotonicNanos() - start_ns).seconds();
  if (context.json) {
    context.out() << fmt::format(
        R"({{"venue":"REPLAY:{}","symbol":"{}","rows":{},"trades":{},"quotes":{},"books":{},"bars":{},"others":{},"seconds":{:.3f}}})",
        facts.name, facts.symbol, totals->rows, totals->trades, totals->quotes, totals->books,
        totals->bars, totals->others, seconds);
  } else {
    context.out() << fmt::format("{} in {:.1f} s", Describe(facts, *totals), seconds);
  }
  context.out() << "\n" << std::flush;
  return totals->rows == rows ? kOk : kFailed;
}

int Run(Context& context, const ReplayArguments& arguments) {
  const absl::StatusOr<std::optional<double>> speed = ParseSpeed(arguments.speed);
  if (!speed.ok()) {
    return context.Usage(speed.status());
  }
  if (absl::Status status = CheckNames(arguments); !status.ok()) {
    return context.Usage(status);
  }
  const std::vector<Recording> recordings = RecordingsOf(arguments);
  std::vector<uint64_t> rows;
  for (const Recording& recording : recordings) {
    const absl::StatusOr<uint64_t> count = CountRows(recording, arguments);
    if (!count.ok()) {
      return context.Fail(count.status());
    }
    rows.push_back(*count);
  }
  for (size_t i = 0; i < recordings.size(); ++i) {
    if (const int exit = PlayOne(context, recordings[i], arguments, *speed, rows[i]); exit != kOk) {
      return exit;
    }
  }
  return kOk;
}

}  // namespace

void AddReplayCommand(CLI::App& app, Command& chosen) {
  CLI::App* replay = app.add_subcommand(
      "replay",
      "Play recorded markets into the platform, one file after the other, each as its own "
      "venue REPLAY:<file>; the live market is not touched, unless --drive is given");
  auto arguments = std::make_shared<ReplayArguments>();
  replay
      ->add_option("FILE", arguments->files,
                   "LEAN archives, Binance depth CSV, any CSV with a mapping, recordings of "
                   "`tradewind record`")
      ->required();
  replay->add_option("--speed", arguments->speed,
                     "max, or how many times faster than recorded (default 1)");
  replay->add_option("--symbol", arguments->symbol,
                     "in place of the one the file tells; of a recording of ours, only this one");
  replay->add_option("--mapping", arguments->mapping,
                     "TOML file that says what the columns of a CSV file mean (<file>.toml where "
                     "there is one)");
  replay->add_option("--as", arguments->name,
                     "play all files as one venue REPLAY:NAME, their rows merged by time");
  replay->add_flag(
      "--drive", arguments->drive,
      "the paper market of the symbol follows the recording, and with it tickers, risk "
      "and P&L; its synthetic market halts until the replay is over");
  replay->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
