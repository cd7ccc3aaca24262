#include <memory>

#include "bench/load/load.h"
#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/http/client.h"
#include "services/cli/audit.h"
#include "services/cli/commands.h"

namespace tw::cli {
namespace {

constexpr Duration kSettle = Duration::Seconds(300);  // sinks may lag behind a run

absl::StatusOr<bool> CheckBooks(Context& context, bool questdb) {
  AuditOptions options;
  options.questdb = questdb;
  options.settle = kSettle;
  options.accounts = config::Environment("TRADEWIND_ACCOUNTS").value_or("");
  absl::StatusOr<AuditReport> report = Audit(context, options);
  if (!report.ok()) {
    return report.status();
  }
  PrintReport(context, *report);
  return report->clean();
}

}  // namespace

void AddLoadCommand(CLI::App& app, Command& chosen) {
  CLI::App* const load = app.add_subcommand(
      "load", "Send orders at a steady rate and measure; exit 0 only when every bar is met");
  const auto run = load::AddLoadOptions(*load);
  auto no_questdb = std::make_shared<bool>(false);
  load->add_flag("--no-questdb", *no_questdb, "leave QuestDB out of the audit");
  load->callback([&chosen, run, no_questdb] {
    chosen = [run, no_questdb](Context& context) {
      load::Reach reach;
      reach.rpc = [&context](std::string_view service) { return context.Peer(service); };
      reach.http = [&context](std::string_view service) {
        return http::Client(config::PeerHttpAddress(service), {.tls = context.Tls(service)});
      };
      reach.headers = context.Headers("gateway");
      return run([&] { return CheckBooks(context, !*no_questdb); }, reach);
    };
  });
}

}  // namespace tw::cli
