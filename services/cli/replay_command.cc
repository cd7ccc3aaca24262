#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/recorded/open.h"
#include "services/cli/commands.h"
#include "services/cli/replay_player.h"

namespace tw::cli {
namespace {

struct ReplayArguments {
  std::vector<std::string> files;
  std::string speed = "1";
  std::string symbol;
  bool drive = false;
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

// Reads the whole recording once, so that a fault is found before a row is played.
absl::StatusOr<uint64_t> CountRows(const std::string& path, const std::string& symbol) {
  TW_ASSIGN_OR_RETURN(const auto source, recorded::Open(path, symbol));
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
absl::Status CheckNames(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const std::string& file : files) {
    names.push_back(file.substr(file.find_last_of('/') + 1));
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end()
             ? absl::OkStatus()
             : absl::InvalidArgumentError("two files are called " + *twice +
                                          ", which names their venue: play them one at a time");
}

int PlayFile(Context& context,
             const std::string& path,
             const ReplayArguments& arguments,
             std::optional<double> speed,
             uint64_t rows) {
  auto source = recorded::Open(path, arguments.symbol);
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
      context.err() << fmt::format("\r{} {}: {} of {} rows, {} %", facts.name, facts.symbol, taken,
                                   rows, rows == 0 ? 100 : taken * 100 / rows)
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
  const double seconds = Duration::Nanos(MonotonicNanos() - start_ns).seconds();
  if (context.json) {
    context.out() << fmt::format(
        R"({{"venue":"REPLAY:{}","symbol":"{}","rows":{},"trades":{},"quotes":{},"seconds":{:.3f}}})",
        facts.name, facts.symbol, totals->rows, totals->trades, totals->quotes, seconds);
  } else {
    context.out() << fmt::format("REPLAY:{} {}: {}, {} trades and {} quotes in {:.1f} s",
                                 facts.name, facts.symbol, facts.format, totals->trades,
                                 totals->quotes, seconds);
  }
  context.out() << "\n" << std::flush;
  return totals->rows == rows ? kOk : kFailed;
}

int Run(Context& context, const ReplayArguments& arguments) {
  const absl::StatusOr<std::optional<double>> speed = ParseSpeed(arguments.speed);
  if (!speed.ok()) {
    return context.Usage(speed.status());
  }
  if (absl::Status status = CheckNames(arguments.files); !status.ok()) {
    return context.Usage(status);
  }
  std::vector<uint64_t> rows;
  for (const std::string& file : arguments.files) {
    const absl::StatusOr<uint64_t> count = CountRows(file, arguments.symbol);
    if (!count.ok()) {
      return context.Fail(count.status());
    }
    rows.push_back(*count);
  }
  for (size_t i = 0; i < arguments.files.size(); ++i) {
    if (const int exit = PlayFile(context, arguments.files[i], arguments, *speed, rows[i]);
        exit != kOk) {
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
                   ".../equity/usa/tick/<symbol>/<yyyymmdd>_trade.zip or _quote.zip")
      ->required();
  replay->add_option("--speed", arguments->speed,
                     "max, or how many times faster than recorded (default 1)");
  replay->add_option("--symbol", arguments->symbol, "in place of the one the path tells");
  replay->add_flag(
      "--drive", arguments->drive,
      "the paper market of the symbol follows the recording, and with it tickers, risk "
      "and P&L; its synthetic market halts until the replay is over");
  replay->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
