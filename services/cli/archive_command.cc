#include "services/cli/archive_command.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "libs/base/clock.h"
#include "services/cli/journal_archive.h"

namespace tw::cli {
namespace {

constexpr int64_t kDaysMax = 36'500;

struct ArchiveArguments {
  std::string folder;
  std::string to;
  std::string older_than = "30d";
  bool dry_run = false;
};

// "30d", or what ParseSpan takes.
absl::StatusOr<Duration> ParseAge(const std::string& text) {
  int64_t days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error == std::errc() && std::string_view(end, text.data() + text.size()) == "d") {
    if (days >= 0 && days <= kDaysMax) {
      return Duration::Seconds(days * 86'400);
    }
  } else if (const absl::StatusOr<Duration> span = ParseSpan(text); span.ok()) {
    return span;
  }
  return absl::InvalidArgumentError(
      "--older-than: expected days such as 30d, or a time up to 24h such as 12h, found \"" + text +
      "\"");
}

int Run(Context& context, const ArchiveArguments& arguments) {
  const absl::StatusOr<Duration> age = ParseAge(arguments.older_than);
  if (!age.ok()) {
    return context.Usage(age.status());
  }
  ArchiveOptions options;
  options.journal = arguments.folder;
  options.to = arguments.to;
  options.written_before = SystemClock().Now() - *age;
  options.dry_run = arguments.dry_run;
  const absl::StatusOr<ArchiveReport> report = Archive(options, [&](const std::string& line) {
    context.err() << "archive: " << line << "\n" << std::flush;
  });
  if (!report.ok()) {
    return context.Fail(report.status());
  }
  if (context.json) {
    context.out() << fmt::format(
        "{{\"segments\":{},\"archived\":{},\"archived_before\":{},\"bytes\":{},\"freed_bytes\":{},"
        "\"dry_run\":{}}}\n",
        report->segments, report->archived, report->before, report->bytes, report->freed,
        arguments.dry_run);
    return kOk;
  }
  context.out() << fmt::format(
      "{}{} of {} segments archived, {} before; {:.1f} MB moved, {:.1f} MB freed\n",
      arguments.dry_run ? "dry run: would be " : "", report->archived, report->segments,
      report->before, static_cast<double>(report->bytes) / 1e6,
      static_cast<double>(report->freed) / 1e6);
  return kOk;
}

}  // namespace

void AddArchiveCommand(CLI::App& journal, Command& chosen) {
  CLI::App* archive = journal.add_subcommand(
      "archive",
      "Move its old segments to another volume; links stay, so that all of it is read as before.\n"
      "Its service may run. Broken off, the same command finishes");
  auto arguments = std::make_shared<ArchiveArguments>();
  archive->add_option("DIR", arguments->folder, "such as data/oms/journal")->required();
  archive
      ->add_option("--to", arguments->to,
                   "an existing folder on that volume, of this journal alone")
      ->required();
  archive->add_option("--older-than", arguments->older_than,
                      "segments last written to before this (default 30d); the one that is written "
                      "to never goes");
  archive->add_flag("--dry-run", arguments->dry_run, "change nothing, say what would be done");
  archive->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
