#include <fmt/format.h>

#include <memory>

#include "libs/config/ports.h"
#include "services/cli/alt_upload.h"
#include "services/cli/commands.h"

namespace tw::cli {
namespace {

struct AltArguments {
  std::string file;
  std::string format;
  bool check = false;
};

absl::StatusOr<sink_alt::FileFormat> FormatOf(const AltArguments& arguments) {
  const std::string name =
      !arguments.format.empty()                                                   ? arguments.format
      : arguments.file.ends_with(".csv")                                          ? "csv"
      : arguments.file.ends_with(".jsonl") || arguments.file.ends_with(".ndjson") ? "jsonl"
                                                                                  : "";
  const auto format = sink_alt::FindFormat(name);
  if (!format) {
    return absl::InvalidArgumentError(
        "--format: must be csv or jsonl (the file's name does not tell)");
  }
  return *format;
}

int Finish(Context& context, const AltArguments& arguments, const AltUploadResult& result) {
  for (const tradewind::v1::UploadFault& fault : result.fault_list) {
    context.err() << fmt::format("{}:{}: {}\n", arguments.file, fault.line(), fault.message());
  }
  const bool refused = result.faults > 0;
  if (context.json) {
    context.out() << fmt::format(R"({{"records":{},"accepted":{},"duplicates":{},"faults":{}}})",
                                 result.records, result.accepted, result.duplicates, result.faults);
  } else if (refused) {
    context.out() << fmt::format("{} {}, nothing was taken", result.faults,
                                 result.faults == 1 ? "fault" : "faults");
  } else if (arguments.check) {
    context.out() << fmt::format("{} records, no fault; nothing was taken", result.records);
  } else {
    context.out() << fmt::format("{} records: {} taken, {} were there before", result.records,
                                 result.accepted, result.duplicates);
  }
  context.out() << "\n";
  return refused ? kFailed : kOk;
}

int Run(Context& context, const AltArguments& arguments) {
  const auto format = FormatOf(arguments);
  if (!format.ok()) {
    return context.Usage(format.status());
  }
  AltUploadOptions options;
  options.address = config::PeerHttpAddress("sink-alt");
  options.format = *format;
  options.check_only = arguments.check;
  if (context.progress) {
    options.on_progress = [&](const std::string& state, int percent, int64_t records) {
      context.err() << fmt::format("\r{} {}: {} %, {} records ", state, arguments.file, percent,
                                   records)
                    << std::flush;
    };
  }
  const auto result = UploadAlt(arguments.file, options);
  if (context.progress) {
    context.err() << "\n";
  }
  return result.ok() ? Finish(context, arguments, *result)
                     : context.Fail(context.Explain("sink-alt", result.status()));
}

}  // namespace

void AddAltCommands(CLI::App& app, Command& chosen) {
  CLI::App* alt = app.add_subcommand("alt", "Alternative data: news, sentiment, funding, ...");
  alt->require_subcommand(1);
  CLI::App* upload = alt->add_subcommand(
      "upload",
      "Put a file of records into QuestDB: checked in full first, so that one with a fault "
      "takes nothing; a record that was taken in the last 72 hours is not taken again");
  auto arguments = std::make_shared<AltArguments>();
  upload
      ->add_option("FILE", arguments->file,
                   "CSV with a header (time, category, source, symbols, title, body, value), or a "
                   "JSON record a line")
      ->required();
  upload->add_option("--format", arguments->format, "csv or jsonl, where the name does not tell");
  upload->add_flag("--check", arguments->check, "check only, take nothing");
  upload->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
