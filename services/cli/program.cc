#include "services/cli/program.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "libs/config/ports.h"
#include "services/cli/commands.h"
#include "services/cli/session_file.h"

namespace tw::cli {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 done, 1 refused or failed, 2 the command line is at fault, 69 a service did "
    "not "
    "answer.\nAn argument that begins with '-' goes after '--'. Services are found by "
    "TRADEWIND_PORT_OFFSET and TRADEWIND_<SERVICE>_ADDRESS, as they "
    "find each other. Where callers sign in: `tradewind login`, or an API key in TRADEWIND_TOKEN; "
    "TRADEWIND_TLS_DIR holds the certificates.";

void AddCommonOptions(CLI::App& app, Context& context) {
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(kFooter);
  app.set_version_flag("--version", kVersion);
  app.add_option("--gateway", context.gateway, "the gateway's gRPC, HOST:PORT or unix:PATH");
  app.add_flag("--json", context.json, "JSON instead of text");
  app.add_option_function<std::string>(
      "--timeout",
      [&context](const std::string& text) {
        const absl::StatusOr<Duration> span = ParseSpan(text);
        if (!span.ok()) {
          throw CLI::ValidationError("--timeout", std::string(span.status().message()));
        }
        context.timeout = *span;
      },
      "for one answer, such as 500ms or 10s (default 5s)");
}

void AddCommands(CLI::App& app, Command& chosen) {
  AddOrderCommands(app, chosen);
  AddParentCommands(app, chosen);
  AddTradeCommands(app, chosen);
  AddPortfolioCommands(app, chosen);
  AddStatementCommand(app, chosen);
  AddAuthCommands(app, chosen);
  AddMarketCommands(app, chosen);
  AddRiskCommands(app, chosen);
  AddKillCommands(app, chosen);
  AddControlsCommand(app, chosen);
  AddWhyCommand(app, chosen);
  AddTraceCommand(app, chosen);
  AddTailCommand(app, chosen);
  AddRecordCommand(app, chosen);
  AddReplayCommand(app, chosen);
  AddDemoCommand(app, chosen);
  AddHealthCommand(app, chosen);
  AddJournalCommands(app, chosen);
  AddAuditCommand(app, chosen);
  AddRebuildCommand(app, chosen);
  AddOpeningCommand(app, chosen);
  AddBackupCommands(app, chosen);
  AddLoadCommand(app, chosen);
  AddAltCommands(app, chosen);
  app.add_subcommand("version", "Say which version this is")->callback([&chosen] {
    chosen = [](Context& context) {
      context.out() << kVersion << "\n";
      return kOk;
    };
  });
}

}  // namespace

int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err, bool progress) {
  Context context(out, err);
  context.progress = progress;
  context.token = ReadToken();
  if (const char* const folder =
          std::getenv("TRADEWIND_TLS_DIR")) {  // NOLINT(concurrency-mt-unsafe)
    context.tls_dir = folder;
  }
  if (const absl::StatusOr<int> offset = config::PortOffset(); !offset.ok()) {
    return context.Usage(offset.status());
  }
  Command chosen;
  CLI::App app("The command line of Tradewind.", "tradewind");
  AddCommonOptions(app, context);
  AddCommands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    app.exit(success, out, err);
    return kOk;
  } catch (const CLI::Error& error) {
    app.exit(error, out, err);
    return kUsage;
  }
  return chosen(context);
}

}  // namespace tw::cli
