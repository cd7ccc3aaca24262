// statement: what an account held, did and made on one day.
#include <memory>

#include "absl/strings/str_join.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts_file.h"
#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/convert/opening.h"
#include "libs/questdb/pool.h"
#include "services/cli/commands.h"
#include "services/cli/ledger_reader.h"
#include "services/cli/questdb_options.h"
#include "services/cli/statement_text.h"
#include "services/pnl/statement_events.h"
#include "services/pnl/statement_print.h"
#include "services/pnl/trading_days.h"

namespace tw::cli {
namespace {

using pnl::Statement;
using pnl::StatementHead;
using pnl::StatementMaker;
using pnl::StatementPosition;
using pnl::TradingDays;

constexpr const char* kAccountsFile = "deploy/config/accounts.toml";
constexpr const char* kInstrumentsFile = "deploy/config/instruments.toml";
constexpr int64_t kDayNs = Duration::Seconds(86'400).ns;

struct StatementArguments {
  std::string account;
  std::string day;
  std::string market;
  std::string format = "text";
  std::string accounts;
  std::string instruments;
  bool no_questdb = false;
};

// Marks by the quotes that sink-ticks stored, recorded markets apart.
class QuoteHistory {
 public:
  QuoteHistory() : pool_(QuestDbOptions()) {}

  // What cannot be had is said once; positions are then valued by our own fills.
  std::optional<Price> Before(const std::string& symbol, Timestamp before) {
    if (!fault_.ok()) {
      return std::nullopt;
    }
    const std::vector<std::string> parameters = {symbol};
    const auto result = pool_.Query(
        "select bid, ask from quotes where symbol = $1 and timestamp < '" + FormatRfc3339(before) +
            "' and timestamp > '" + FormatRfc3339(before - Duration{8 * kDayNs}) +
            "' and venue !~ '^REPLAY:' and bid > 0 and ask > 0 order by timestamp desc limit 1",
        parameters);
    if (!result.ok()) {
      fault_ = result.status();
      return std::nullopt;
    }
    if (result->rows.empty()) {
      return std::nullopt;
    }
    const auto bid = Price::Parse(result->rows[0][0].value_or(""));
    const auto ask = Price::Parse(result->rows[0][1].value_or(""));
    if (!bid.ok() || !ask.ok()) {
      return std::nullopt;
    }
    return Price::FromE8(bid->e8() + (ask->e8() - bid->e8()) / 2);
  }
  const absl::Status& fault() const { return fault_; }

 private:
  questdb::Pool pool_;
  absl::Status fault_;
};

absl::StatusOr<int64_t> DayOf(const std::string& text) {
  if (text.empty()) {
    return SystemClock().Now().ns / kDayNs;
  }
  const std::optional<calendar::Date> date = calendar::ParseIsoDate(text);
  if (!date) {
    return absl::InvalidArgumentError("--day: expected YYYY-MM-DD, found \"" + text + "\"");
  }
  return calendar::DayNumber(*date);
}

// Without the file positions and cash would silently start from something else.
absl::StatusOr<Account> FindAccount(const StatementArguments& arguments) {
  const std::string path = arguments.accounts.empty() ? kAccountsFile : arguments.accounts;
  TW_ASSIGN_OR_RETURN(const Accounts accounts, config::LoadAccounts(path));
  const std::optional<Account> account = accounts.Find(arguments.account);
  if (!account) {
    return absl::InvalidArgumentError("--account: " + path + " has no " + arguments.account);
  }
  return *account;
}

absl::Status ReadFills(Context& context, const std::string& account, StatementMaker& maker) {
  return ReadLedger(context, 1,
                    [&](const v1::LedgerEvent& event) {
                      const std::optional<Opening> opening = DecodeOpening(event);
                      if (opening && opening->account == account) {
                        maker.Apply(*opening, {event.time_ns()});
                      }
                      if (event.account() == account) {
                        if (const auto fill = pnl::DecodeStatementFill(event)) {
                          maker.Apply(*fill);
                        }
                      }
                      return true;
                    })
      .status();
}

int Run(Context& context, const StatementArguments& arguments) {
  const absl::StatusOr<int64_t> day = DayOf(arguments.day);
  const absl::StatusOr<Account> account = FindAccount(arguments);
  const absl::StatusOr<TradingDays> days =
      TradingDays::Load(arguments.instruments.empty() ? kInstrumentsFile : arguments.instruments);
  for (const absl::Status& status : {day.status(), account.status(), days.status()}) {
    if (!status.ok()) {
      return context.Usage(status);
    }
  }
  const std::string& market = arguments.market;
  if (!market.empty() && !days->HasMarket(market)) {
    return context.Usage(absl::InvalidArgumentError(
        "--market: expected one of " + absl::StrJoin(days->Markets(), ", ") + ", found " + market));
  }
  const auto window = [&](const std::string& symbol) {
    return market.empty() ? days->Of(symbol, *day) : days->OfMarket(market, *day);
  };
  StatementMaker maker(*account, window);
  if (const absl::Status read = ReadFills(context, arguments.account, maker); !read.ok()) {
    return context.Fail(read);
  }
  QuoteHistory history;
  const Statement statement =
      maker.Make([&](const std::string& symbol, Timestamp before) -> std::optional<Price> {
        return arguments.no_questdb ? std::nullopt : history.Before(symbol, before);
      });
  if (!history.fault().ok()) {
    context.err() << "valued by our own fills, as QuestDB gives no quotes: "
                  << history.fault().message() << "\n";
  }
  if (statement.left_out > 0) {
    context.err() << statement.left_out
                  << " fills are left out, as pnl leaves them out: out of range\n";
  }
  if (!statement.Reconciles()) {
    return context.Fail(absl::InternalError("the sums do not reconcile: out of range"));
  }
  StatementHead head;
  head.market = market;
  head.day = FormatRfc3339({*day * kDayNs}).substr(0, 10);
  const Timestamp now = SystemClock().Now();
  head.is_over = window("").end <= now;
  for (const StatementPosition& position : statement.positions) {
    head.is_over = head.is_over && position.day.end <= now;
  }
  const std::string format = context.json ? "json" : arguments.format;
  context.out() << (format == "json"  ? pnl::StatementJson(head, statement)
                    : format == "csv" ? pnl::StatementCsv(head, statement)
                                      : StatementText(head, statement))
                << std::flush;
  return kOk;
}

}  // namespace

void AddStatementCommand(CLI::App& app, Command& chosen) {
  CLI::App* statement = app.add_subcommand(
      "statement",
      "What an account held, did and made on one day: positions, fills, fees, P&L and cash, from "
      "oms's ledger");
  auto arguments = std::make_shared<StatementArguments>();
  arguments->accounts = config::Environment("TRADEWIND_ACCOUNTS").value_or("");
  arguments->instruments = config::Environment("TRADEWIND_INSTRUMENTS").value_or("");
  statement->add_option("ACCOUNT,--account", arguments->account, "whose")->required();
  statement->add_option("--day", arguments->day,
                        "YYYY-MM-DD, of each instrument's calendar, else of UTC (default today's)");
  statement->add_option(
      "--market", arguments->market,
      "the day of this market for everything, as pnl writes it at the market's close: a\n"
      "calendar's name, or utc for what trades round the clock");
  statement->add_option("--format", arguments->format, "text (default), csv or json")
      ->check(CLI::IsMember({"text", "csv", "json"}));
  statement->add_option("--accounts", arguments->accounts,
                        "accounts.toml, for what was there before the first fill (default "
                        "deploy/config/accounts.toml)");
  statement->add_option("--instruments", arguments->instruments,
                        "instruments.toml, for calendars (default deploy/config/instruments.toml)");
  statement->add_flag("--no-questdb", arguments->no_questdb,
                      "value positions by our own fills, not by quotes");
  statement->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
