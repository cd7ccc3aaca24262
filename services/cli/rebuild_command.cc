// rebuild-history: QuestDB's tables of orders, filled again from the order ledger.
#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts_file.h"
#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/journal/posix_file.h"
#include "libs/journal/recovery.h"
#include "services/cli/commands.h"
#include "services/cli/history_writer.h"
#include "services/cli/ledger_reader.h"
#include "services/questdb-writer/closes.h"

namespace tw::cli {
namespace {

constexpr const char* kAccountsFile = "deploy/config/accounts.toml";
constexpr const char* kInstrumentsFile = "deploy/config/instruments.toml";
// questdb-writer waits as long for events of before a close.
constexpr Duration kCloseGrace = Duration::Seconds(2);
constexpr int64_t kProgressEveryNs = 500'000'000;

struct RebuildArguments {
  std::string journal;
  std::string accounts;
  std::string instruments;
  std::string questdb;
  std::string patience = "60s";
};

absl::StatusOr<ilp::HttpEndpoint> Endpoint(const std::string& address) {
  ilp::HttpEndpoint endpoint;
  const size_t colon = std::min(address.rfind(':'), address.size());
  const char* const end = address.data() + address.size();
  const auto [stop, error] =
      std::from_chars(address.data() + std::min(colon + 1, address.size()), end, endpoint.port);
  if (colon == 0 || colon == address.size() || error != std::errc() || stop != end) {
    return absl::InvalidArgumentError("--questdb: expected HOST:PORT, found \"" + address + "\"");
  }
  endpoint.host = address.substr(0, colon);
  endpoint.user = config::Environment("TRADEWIND_QUESTDB_USER").value_or("");
  endpoint.password = config::Environment("TRADEWIND_QUESTDB_PASSWORD").value_or("");
  return endpoint;
}

// Without the file the positions would silently start from nothing, and the rows be others.
absl::StatusOr<Accounts> ReadAccounts(const std::string& path) {
  absl::StatusOr<Accounts> accounts = config::LoadAccounts(path.empty() ? kAccountsFile : path);
  if (path.empty() && absl::IsNotFound(accounts.status())) {
    return absl::InvalidArgumentError(
        std::string("there is no ") + kAccountsFile +
        " here: name the platform's with --accounts, positions begin with what it says");
  }
  return accounts;
}

// Without the file days would silently end at other times.
absl::StatusOr<questdb_writer::NextClose> ReadCloses(const std::string& path) {
  absl::StatusOr<questdb_writer::NextClose> closes =
      questdb_writer::LoadCloses(path.empty() ? kInstrumentsFile : path);
  if (path.empty() && absl::IsNotFound(closes.status())) {
    return absl::InvalidArgumentError(
        std::string("there is no ") + kInstrumentsFile +
        " here: name the platform's with --instruments, days end by its calendars");
  }
  return closes;
}

// A line on the terminal that is written over; elsewhere one line for each tenth.
class Progress {
 public:
  explicit Progress(Context& context) : context_(context) {}

  void Show(const HistoryWriter& history, uint64_t done, uint64_t all) {
    const uint64_t percent = all == 0 ? 100 : std::min<uint64_t>(done * 100 / all, 100);
    const int64_t now = MonotonicNanos();
    const bool due = context_.progress ? now - shown_ns_ > kProgressEveryNs || percent == 100
                                       : percent / 10 > shown_percent_ / 10;
    if (!due) {
      return;
    }
    shown_ns_ = now;
    shown_percent_ = percent;
    context_.err() << fmt::format("{}rebuild-history: {} events, {} rows, {} %{}",
                                  context_.progress ? "\r" : "", history.events(), history.rows(),
                                  percent, context_.progress ? "" : "\n")
                   << std::flush;
  }
  void End() {
    if (context_.progress && shown_ns_ != 0) {
      context_.err() << "\n";
    }
  }

 private:
  Context& context_;
  int64_t shown_ns_ = 0;
  uint64_t shown_percent_ = 0;
};

absl::Status FromOms(Context& context, HistoryWriter& history, Progress& progress) {
  absl::Status fault;
  uint64_t head = 0;
  const auto read = ReadLedger(
      context, 1,
      [&](const v1::LedgerEvent& event) {
        fault = history.Take(event);
        progress.Show(history, event.sequence(), head);
        return fault.ok();
      },
      [&head](uint64_t announced) { head = announced; });
  return fault.ok() ? read.status() : fault;
}

absl::Status FromJournal(const std::string& folder, HistoryWriter& history, Progress& progress) {
  journal::PosixFileSystem files;
  TW_ASSIGN_OR_RETURN(const journal::RecoveryReport sound, journal::Verify(files, folder));
  journal::ScanOptions options;
  options.on_record = [&](uint64_t number, std::string_view bytes) {
    v1::LedgerRecord record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return absl::DataLossError(fmt::format("record {} is not of a ledger", number));
    }
    for (const v1::LedgerEvent& event : record.events()) {
      TW_RETURN_IF_ERROR(history.Take(event));
    }
    progress.Show(history, number, sound.last_number);
    return absl::OkStatus();
  };
  return journal::Scan(files, folder, options).status();
}

int Run(Context& context, const RebuildArguments& arguments) {
  const absl::StatusOr<ilp::HttpEndpoint> questdb =
      Endpoint(arguments.questdb.empty() ? config::QuestDbHttp() : arguments.questdb);
  const absl::StatusOr<Duration> patience = ParseSpan(arguments.patience);
  const absl::StatusOr<Accounts> accounts = ReadAccounts(arguments.accounts);
  const absl::StatusOr<questdb_writer::NextClose> closes = ReadCloses(arguments.instruments);
  for (const absl::Status& status :
       {questdb.status(), patience.status(), accounts.status(), closes.status()}) {
    if (!status.ok()) {
      return context.Usage(status);
    }
  }
  HistoryWriter history(*accounts, *closes, *questdb, *patience);
  Progress progress(context);
  const int64_t began = MonotonicNanos();
  absl::Status status = history.Prepare();
  if (status.ok()) {
    status = arguments.journal.empty() ? FromOms(context, history, progress)
                                       : FromJournal(arguments.journal, history, progress);
  }
  if (status.ok()) {
    status = history.Finish(SystemClock().Now() - kCloseGrace);
  }
  progress.End();
  if (!status.ok()) {
    return context.Fail(status);
  }
  const double seconds = Duration{MonotonicNanos() - began}.seconds();
  if (context.json) {
    context.out() << fmt::format(R"({{"events":{},"rows":{},"seconds":{:.3f}}})", history.events(),
                                 history.rows(), seconds);
  } else {
    context.out() << fmt::format("QuestDB holds the ledger again: {} events, {} rows, in {:.1f} s",
                                 history.events(), history.rows(), seconds);
  }
  context.out() << "\n" << std::flush;
  if (history.faulty() > 0) {
    context.err() << "rows of " << history.faulty()
                  << " events could not be made, as questdb-writer could not\n";
  }
  return kOk;
}

}  // namespace

void AddRebuildCommand(CLI::App& app, Command& chosen) {
  CLI::App* rebuild =
      app.add_subcommand("rebuild-history",
                         "Fill QuestDB's order_events, fills, risk_decisions, "
                         "positions, day_ends and openings from the order ledger; rows "
                         "that are there stay as they are");
  auto arguments = std::make_shared<RebuildArguments>();
  arguments->accounts = config::Environment("TRADEWIND_ACCOUNTS").value_or("");
  arguments->instruments = config::Environment("TRADEWIND_INSTRUMENTS").value_or("");
  rebuild->add_option("--journal", arguments->journal,
                      "read this folder, such as data/oms/journal, of a stopped oms; else a "
                      "running oms is asked");
  rebuild->add_option("--accounts", arguments->accounts,
                      "accounts.toml, for opening positions (default deploy/config/accounts.toml)");
  rebuild->add_option("--instruments", arguments->instruments,
                      "instruments.toml, for closes (default deploy/config/instruments.toml)");
  rebuild->add_option("--questdb", arguments->questdb, "its HTTP address, HOST:PORT");
  rebuild->add_option("--patience", arguments->patience,
                      "how long QuestDB may fail to take rows (default 60s)");
  rebuild->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
