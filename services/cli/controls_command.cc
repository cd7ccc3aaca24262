#include <fstream>

#include "services/cli/commands.h"
#include "services/cli/prover.h"

namespace tw::cli {
namespace {

struct Arguments {
  ProofOptions options;
  std::string out;
};

int Prove(Context& context, const Arguments& arguments) {
  std::ofstream file;
  if (!arguments.out.empty()) {
    file.open(arguments.out, std::ios::trunc);
    if (!file) {
      return context.Usage(absl::InvalidArgumentError("--out: cannot write " + arguments.out));
    }
  }
  Prover prover(context, arguments.options);
  const auto evidence = prover.Run();
  if (!evidence.ok()) {
    return context.Fail(evidence.status());
  }
  std::ostream& lines = arguments.out.empty() ? context.out() : file;
  int proved = 0;
  int failed = 0;
  int not_fired = 0;
  for (const Evidence& each : *evidence) {
    lines << ToLine(each) << "\n";
    proved += each.proved ? 1 : 0;
    failed += each.fired && !each.proved ? 1 : 0;
    not_fired += each.fired ? 0 : 1;
  }
  lines.flush();
  context.err() << proved << " controls proved, " << failed << " did not refuse, " << not_fired
                << " not fired\n";
  for (const std::string& left : prover.left_behind()) {
    context.err() << "not taken back: " << left << "\n";
  }
  return failed == 0 && prover.left_behind().empty() && lines.good() ? kOk : kFailed;
}

}  // namespace

void AddControlsCommand(CLI::App& app, Command& chosen) {
  CLI::App* controls = app.add_subcommand("controls", "The market-access controls");
  controls->require_subcommand(1);
  CLI::App* prove = controls->add_subcommand(
      "prove",
      "Fire each control at the running platform and write the evidence, a JSON line each; blocks "
      "the symbol for a moment and trades its smallest quantity to and fro");
  auto arguments = std::make_shared<Arguments>();
  prove->add_option("--by", arguments->options.by, "who")->required();
  prove->add_option("--account", arguments->options.account,
                    "whose limits are changed and put back (default controls-proof)");
  prove->add_option("--symbol", arguments->options.symbol, "what is ordered (default IBM)");
  prove->add_option("--out", arguments->out,
                    "the file for the evidence (default: standard output)");
  prove->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Prove(context, *arguments); };
  });
}

}  // namespace tw::cli
