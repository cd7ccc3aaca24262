#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/journal/anchor.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/recovery.h"
#include "services/cli/archive_command.h"
#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/questdb_options.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::cli {
namespace {

namespace fs = std::filesystem;

struct JournalArguments {
  std::string folder;
  std::string kind = "ledger";
  std::string anchors;
  bool questdb = false;
  uint64_t from = 1;
  uint64_t to = std::numeric_limits<uint64_t>::max();
};

// What the readers of the journal wrote down of it: DATA/SERVICE/ledger-anchor beside DATA/oms.
absl::StatusOr<std::vector<journal::Witness>> WitnessesIn(const std::string& data) {
  std::vector<journal::Witness> witnesses;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(data, error)) {
    if (!entry.is_directory(error)) {
      continue;
    }
    TW_ASSIGN_OR_RETURN(const std::vector<journal::Anchor> anchors,
                        journal::ReadAnchors((entry.path() / journal::kAnchorFileName).string()));
    for (const journal::Anchor& anchor : anchors) {
      witnesses.push_back({entry.path().filename().string(), anchor});
    }
  }
  return witnesses;
}

// The newest row of each journal and day is as good as all of them: the chain speaks for what is
// before.
absl::StatusOr<std::vector<journal::Witness>> WitnessesInQuestDb() {
  questdb::Pool pool(QuestDbOptions());
  const absl::StatusOr<questdb::QueryResult> heads = pool.Query(
      "SELECT timestamp::long, journal_id, record, sequence, hash FROM journal_heads "
      "LATEST ON timestamp PARTITION BY journal_id");
  TW_RETURN_IF_ERROR(heads.status());
  std::vector<journal::Witness> witnesses;
  for (const questdb::Row& row : heads->rows) {
    const auto text = [&row](size_t column) { return row[column].value_or("NULL"); };
    const std::string line = fmt::format("journal {} record {} sequence {} hash {} seen_ns {}",
                                         text(1), text(2), text(3), text(4), text(0));
    TW_ASSIGN_OR_RETURN(const std::vector<journal::Anchor> anchors, journal::ParseAnchors(line));
    for (const journal::Anchor& anchor : anchors) {
      witnesses.push_back({"QuestDB", anchor});
    }
  }
  return witnesses;
}

absl::StatusOr<std::vector<journal::Witness>> Witnesses(const JournalArguments& arguments) {
  std::string data = arguments.anchors;
  const fs::path folder = fs::path(arguments.folder).lexically_normal();
  const fs::path named = folder.filename().empty() ? folder.parent_path() : folder;
  if (data.empty() && named.filename() == "journal" && named.parent_path().filename() == "oms") {
    data = (named.parent_path() / "..").string();
  }
  std::vector<journal::Witness> witnesses;
  if (!data.empty()) {
    TW_ASSIGN_OR_RETURN(witnesses, WitnessesIn(data));
  }
  if (arguments.questdb) {
    TW_ASSIGN_OR_RETURN(const std::vector<journal::Witness> more, WitnessesInQuestDb());
    witnesses.insert(witnesses.end(), more.begin(), more.end());
  }
  return witnesses;
}

void PrintAnchored(Context& context, const journal::AnchorCheck::Result& result) {
  if (result.anchored == 0) {
    context.out() << "no anchor: nobody could tell if records were cut off at its end\n";
    return;
  }
  context.out() << fmt::format("anchored up to record {} by {}, seen {}\n", result.anchored,
                               result.by, FormatRfc3339(result.seen));
  if (result.unanchored > 0) {
    context.out() << fmt::format("unanchored tail: {} records behind it\n", result.unanchored);
  }
}

int Verify(Context& context, const JournalArguments& arguments) {
  absl::StatusOr<std::vector<journal::Witness>> witnesses = Witnesses(arguments);
  if (!witnesses.ok()) {
    return context.Fail(witnesses.status());
  }
  journal::AnchorCheck check(*std::move(witnesses));
  journal::PosixFileSystem files;
  journal::ScanOptions options;
  options.on_group = [&check](const journal::GroupHeader& header,
                              const journal::GroupPlace& place) {
    return check.OnGroup(header, place);
  };
  const absl::StatusOr<journal::RecoveryReport> report =
      journal::Scan(files, arguments.folder, options);
  if (!report.ok()) {
    return context.Fail(report.status());
  }
  const journal::AnchorCheck::Result result = check.Finish(*report);
  if (!result.status.ok()) {
    return context.Fail(result.status);
  }
  if (context.json) {
    context.out() << fmt::format(
        "{{\"last_number\":{},\"groups\":{},\"segments\":{},\"torn_bytes\":{},\"anchored\":{},"
        "\"unanchored\":{}}}\n",
        report->last_number, report->groups, report->segments, report->torn_bytes, result.anchored,
        result.unanchored);
    return kOk;
  }
  context.out() << "sound up to record " << report->last_number << ": " << report->groups
                << " groups in " << report->segments << " segments\n";
  if (report->torn_bytes > 0) {
    context.out() << "torn tail of " << report->torn_bytes
                  << " bytes, to be cut at the next start\n";
  }
  PrintAnchored(context, result);
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
      "journal",
      "Read a journal on disk; that of a stopped service, as a running one writes it; move its old "
      "segments");
  journal->require_subcommand(1);
  auto arguments = std::make_shared<JournalArguments>();

  CLI::App* verify =
      journal->add_subcommand("verify", "Check every checksum, the hash chain and the anchors");
  verify->add_option("DIR", arguments->folder, "such as data/oms/journal")->required();
  verify->add_option("--anchors", arguments->anchors,
                     "hold it against what the services in this data folder wrote down of it\n"
                     "(default for .../oms/journal: the folder that oms is in)");
  verify->add_flag("--questdb", arguments->questdb, "and against QuestDB's journal_heads");
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

  AddArchiveCommand(*journal, chosen);
}

}  // namespace tw::cli
