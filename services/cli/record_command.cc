#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <ctime>
#include <nlohmann/json.hpp>

#include "libs/base/clock.h"
#include "services/cli/commands.h"
#include "services/cli/recorder.h"

namespace tw::cli {
namespace {

struct RecordArguments {
  std::string file;
  RecorderOptions options;
  std::string time;
  std::string size;
  bool raw = false;
};

// "500k", "100M", "2G", or bytes.
absl::StatusOr<uint64_t> ParseSize(const std::string& text) {
  uint64_t value = 0;
  size_t at = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && value < (1ULL << 40)) {
    value = value * 10 + static_cast<uint64_t>(text[at++] - '0');
  }
  const std::string unit = text.substr(at);
  const uint64_t factor = unit.empty()  ? 1
                          : unit == "k" ? 1'000
                          : unit == "M" ? 1'000'000
                          : unit == "G" ? 1'000'000'000
                                        : 0;
  constexpr uint64_t kBytesMax = 1ULL << 50;
  if (at == 0 || factor == 0 || value == 0 || value > kBytesMax / factor) {
    return absl::InvalidArgumentError(
        "--size: expected bytes like 500k, 100M or 2G, up to a million G, found \"" + text + "\"");
  }
  return value * factor;
}

// Interrupts become an answer here, so that the last block is written. Begun before any other
// thread, which then leaves them alone too.
class Interrupts {
 public:
  Interrupts() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Interrupts() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // True: there was one within a tenth of a second.
  bool Wait() {
    const timespec tenth{0, 100'000'000};
    return sigtimedwait(&signals_, nullptr, &tenth) > 0;
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

int Run(Context& context, const RecordArguments& arguments) {
  RecorderOptions options = arguments.options;
  if (!arguments.time.empty()) {
    const absl::StatusOr<Duration> span = ParseSpan(arguments.time);
    if (!span.ok()) {
      return context.Usage(span.status());
    }
    if (span->ns == 0) {
      return context.Usage(absl::InvalidArgumentError("--seconds: must be more than nothing"));
    }
    options.time_max = *span;
  }
  if (!arguments.size.empty()) {
    const absl::StatusOr<uint64_t> bytes = ParseSize(arguments.size);
    if (!bytes.ok()) {
      return context.Usage(bytes.status());
    }
    options.bytes_max = *bytes;
  }
  Interrupts interrupts;
  const std::string peer = arguments.raw ? "live-gateway" : "normalizer";
  auto writer = recording::Writer::Create(arguments.file);
  if (!writer.ok()) {
    return context.Fail(writer.status());
  }
  const int64_t start_ns = MonotonicNanos();
  const auto describe = [&](const RecorderTotals& totals) {
    return fmt::format(
        "{}: {} events ({} trades, {} quotes, {} books, {} gaps), {} bytes, {:.0f} s",
        arguments.file, totals.events, totals.trades, totals.quotes, totals.books, totals.gaps,
        totals.bytes, Duration::Nanos(MonotonicNanos() - start_ns).seconds());
  };
  const auto totals = Record(
      context.Peer(peer), *writer, options, [&] { return interrupts.Wait(); },
      [&](const RecorderTotals& now) {
        if (context.progress) {
          context.err() << "\r" << describe(now) << (now.lost ? ", feed lost" : "") << std::flush;
        }
      });
  if (context.progress) {
    context.err() << "\n";
  }
  if (!totals.ok()) {
    return context.Fail(context.Explain(peer, totals.status()));
  }
  if (context.json) {
    context.out() << nlohmann::ordered_json{{"file", arguments.file},   {"events", totals->events},
                                            {"trades", totals->trades}, {"quotes", totals->quotes},
                                            {"books", totals->books},   {"gaps", totals->gaps},
                                            {"bytes", totals->bytes}}
                         .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  } else {
    context.out() << describe(*totals);
  }
  context.out() << "\n" << std::flush;
  return kOk;
}

}  // namespace

void AddRecordCommand(CLI::App& app, Command& chosen) {
  CLI::App* record = app.add_subcommand(
      "record",
      "Take the live market down into a file that `replay` plays; until its limits, or Ctrl-C");
  auto arguments = std::make_shared<RecordArguments>();
  record->add_option("FILE", arguments->file, "not there yet")->required();
  record->add_option("--seconds", arguments->time, "how long: 60, 5m, 2h");
  record->add_option("--size", arguments->size, "how large the file may grow: 500k, 100M, 2G");
  record->add_option("--symbol", arguments->options.symbols, "only these");
  record->add_option("--venue", arguments->options.venues, "only these");
  record->add_flag("--raw", arguments->raw,
                   "what live-gateway sends, every change of the books, before it is checked");
  record->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
