#include "libs/config/environment.h"
#include "services/cli/audit.h"
#include "services/cli/commands.h"

namespace tw::cli {
namespace {

struct AuditArguments {
  AuditOptions options;
  std::string settle = "10s";
  bool no_questdb = false;
};

int Run(Context& context, const AuditArguments& arguments) {
  AuditOptions options = arguments.options;
  options.questdb = !arguments.no_questdb;
  const absl::StatusOr<Duration> settle = ParseSpan(arguments.settle);
  if (!settle.ok()) {
    return context.Usage(
        absl::InvalidArgumentError("--settle: " + std::string(settle.status().message())));
  }
  options.settle = *settle;
  const absl::StatusOr<AuditReport> report = Audit(context, options);
  if (!report.ok()) {
    return context.Fail(report.status());
  }
  PrintReport(context, *report);
  return report->clean() ? kOk : kFailed;
}

}  // namespace

void AddAuditCommand(CLI::App& app, Command& chosen) {
  CLI::App* audit = app.add_subcommand(
      "audit",
      "Check the books of a running platform: oms against itself, ptrc, QuestDB, pnl and "
      "risk; exit 0 only when nothing differs");
  auto arguments = std::make_shared<AuditArguments>();
  arguments->options.accounts = config::Environment("TRADEWIND_ACCOUNTS").value_or("");
  audit->add_option("--settle", arguments->settle,
                    "how long views may take to catch up (default 10s)");
  audit->add_flag("--no-questdb", arguments->no_questdb, "leave QuestDB out");
  audit->add_option("--accounts", arguments->options.accounts,
                    "accounts.toml, for opening positions (default deploy/config/accounts.toml)");
  audit->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
