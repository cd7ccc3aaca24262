#include <limits>

#include "libs/journal/posix_file.h"
#include "libs/journal/recovery.h"
#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::cli {
namespace {

struct JournalArguments {
  std::string folder;
  std::string kind = "ledger";
  uint64_t from = 1;
  uint64_t to = std::numeric_limits<uint64_t>::max();
};

int Verify(Context& context, const JournalArguments& arguments) {
  journal::PosixFileSystem files;
  const absl::StatusOr<journal::RecoveryReport> report = journal::Verify(files, arguments.folder);
  if (!report.ok()) {
    return context.Fail(report.status());
  }
  if (context.json) {
    context.out() << "{\"last_number\":" << report->last_number << ",\"groups\":" << report->groups
                  << ",\"segments\":" << report->segments
                  << ",\"torn_bytes\":" << report->torn_bytes << "}\n";
  } else {
    context.out() << "sound up to record " << report->last_number << ": " << report->groups
                  << " groups in " << report->segments << " segments\n";
    if (report->torn_bytes > 0) {
      context.out() << "torn tail of " << report->torn_bytes
                    << " bytes, to be cut at the next start\n";
    }
  }
  return kOk;
}

template <typename Record>
absl::StatusOr<std::string> AsJson(std::string_view bytes) {
  Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("not a " + Record::descriptor()->name() + "; see --kind");
  }
  return json::ToJson(record);
}

int Dump(Context& context, const JournalArguments& arguments) {
  journal::PosixFileSystem files;
  journal::ScanOptions options;
  options.from_number = arguments.from;
  options.on_record = [&](uint64_t number, std::string_view bytes) {
    if (number > arguments.to) {
      return absl::OkStatus();
    }
    const absl::StatusOr<std::string> text = arguments.kind == "ledger"
                                                 ? AsJson<v1::LedgerRecord>(bytes)
                                                 : AsJson<v1::VenueRecord>(bytes);
    if (!text.ok()) {
      return absl::DataLossError("record " + std::to_string(number) + ": " +
                                 std::string(text.status().message()));
    }
    context.out() << "{\"number\":" << number << ",\"record\":" << *text << "}\n";
    return absl::OkStatus();
  };
  const absl::StatusOr<journal::RecoveryReport> report =
      journal::Scan(files, arguments.folder, options);
  return report.ok() ? kOk : context.Fail(report.status());
}

}  // namespace

void AddJournalCommands(CLI::App& app, Command& chosen) {
  CLI::App* journal = app.add_subcommand(
      "journal", "Read a journal on disk; that of a stopped service, as a running one writes it");
  journal->require_subcommand(1);
  auto arguments = std::make_shared<JournalArguments>();

  CLI::App* verify = journal->add_subcommand("verify", "Check every checksum and the hash chain");
  verify->add_option("DIR", arguments->folder, "such as data/oms/journal")->required();
  verify->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Verify(context, *arguments); };
  });

  CLI::App* dump = journal->add_subcommand("dump", "Print its records, a JSON line each");
  dump->add_option("DIR", arguments->folder, "such as data/oms/journal")->required();
  dump->add_option("--kind", arguments->kind, "ledger (oms; default) or venue (live-gateway)")
      ->check(CLI::IsMember({"ledger", "venue"}));
  dump->add_option("--from", arguments->from, "the first record wanted")
      ->check(CLI::PositiveNumber);
  dump->add_option("--to", arguments->to, "the last one");
  dump->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Dump(context, *arguments); };
  });
}

}  // namespace tw::cli
