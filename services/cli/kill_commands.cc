#include <algorithm>
#include <array>

#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

constexpr std::array<const char*, 2> kGates = {"oms", "live-gateway"};

struct GateAnswer {
  std::string gate;
  absl::StatusOr<v1::KillSwitch> state;
};

std::vector<GateAnswer> AskGates(const Context& context, const v1::KillSwitch& kill) {
  std::vector<GateAnswer> answers;
  for (const char* gate : kGates) {
    answers.push_back(
        {gate, context.Call<v1::KillSwitch>(gate, "KillSwitchService/ApplyKillSwitch", kill)});
  }
  return answers;
}

// Generation zero is older than any, so it changes nothing and answers what holds.
std::vector<GateAnswer> ReadGates(const Context& context) {
  return AskGates(context, v1::KillSwitch());
}

int ShowGates(Context& context, const std::vector<GateAnswer>& answers) {
  int exit = kOk;
  for (const GateAnswer& answer : answers) {
    if (!answer.state.ok()) {
      exit = std::max(exit, context.Fail(answer.state.status()));
    } else if (context.json) {
      context.out() << json::ToJson(*answer.state) << "\n";
    } else {
      context.out() << answer.gate << ": " << (answer.state->engaged() ? "engaged" : "released")
                    << ", generation " << answer.state->generation() << "\n";
    }
  }
  return exit;
}

// With risk away: the two gates behind it, under a generation younger than both have seen. risk
// takes it over when it is back.
int SwitchGates(Context& context, const std::string& reason, const std::string& by, bool engage) {
  uint64_t youngest = 0;
  for (const GateAnswer& answer : ReadGates(context)) {
    youngest = answer.state.ok() ? std::max(youngest, answer.state->generation()) : youngest;
  }
  v1::KillSwitch kill;
  kill.set_engaged(engage);
  kill.set_generation(youngest + 1);
  kill.set_reason(reason);
  kill.set_by(by);
  return ShowGates(context, AskGates(context, kill));
}

template <typename Request>
int Switch(Context& context, const Values& values, const char* method, bool engage) {
  Request request;
  if (absl::Status status = json::FromParams(values, &request); !status.ok()) {
    return context.Usage(status);
  }
  const auto answer = context.Call<v1::KillSwitch>("risk", method, request);
  if (answer.ok()) {
    PrintMessage(context, *answer);
    return answer->engaged() == engage ? kOk : kFailed;
  }
  if (!absl::IsUnavailable(answer.status()) && !absl::IsDeadlineExceeded(answer.status())) {
    return context.Fail(answer.status());
  }
  if (!request.scope().empty() && request.scope() != "firm") {
    // The gates know the firm's switch alone.
    context.err() << "tradewind: only the firm's switch can be thrown with risk away\n";
    return context.Fail(answer.status());
  }
  context.err() << "tradewind: " << std::string(answer.status().message())
                << "; going to oms and live-gateway directly\n";
  return SwitchGates(context, request.reason(), request.by(), engage);
}

int Status(Context& context) {
  const auto answer =
      context.Call<v1::KillSwitch>("risk", "RiskService/GetKillSwitch", v1::GetKillSwitchRequest());
  if (answer.ok()) {
    PrintMessage(context, *answer);
    return kOk;
  }
  context.Fail(answer.status());
  return ShowGates(context, ReadGates(context));
}

}  // namespace

void AddKillCommands(CLI::App& app, Command& chosen) {
  CLI::App* kill = app.add_subcommand(
      "kill", "The kill switch: at risk, or, when risk is away, at oms and live-gateway");
  kill->require_subcommand(1);
  const std::vector<Flag> flags = {
      {"--reason", "reason", "why", true},
      {"--by", "by", "who"},
      {"--scope", "scope", "firm (default), desk, account, strategy or symbol"},
      {"--name", "name", "of the desk, account, strategy or symbol"}};

  CLI::App* engage = kill->add_subcommand("engage", "Refuse every new order from now on");
  std::vector<Flag> engage_flags = flags;
  engage_flags.push_back(
      {"--cancel-open-orders", "cancel_open_orders", "and cancel those that rest", false, true});
  engage_flags.push_back({"--drill", "drill", "an exercise; the report says so", false, true});
  engage->callback([&chosen, values = AddFlags(*engage, engage_flags)] {
    chosen = [values](Context& context) {
      return Switch<v1::EngageKillSwitchRequest>(context, *values, "RiskService/EngageKillSwitch",
                                                 true);
    };
  });

  CLI::App* release = kill->add_subcommand("release", "Take orders again");
  release->callback([&chosen, values = AddFlags(*release, flags)] {
    chosen = [values](Context& context) {
      return Switch<v1::ReleaseKillSwitchRequest>(context, *values, "RiskService/ReleaseKillSwitch",
                                                  false);
    };
  });

  AddRpc<v1::ListKillReportsRequest, v1::ListKillReportsResponse>(
      *kill, chosen,
      {"reports",
       "What each throw led to: until no order could leave, until the last cancel was confirmed",
       "RiskService/ListKillReports",
       {{"--limit", "limit", "1 to 1000, the newest"}}},
      [](Context& context, const v1::ListKillReportsResponse& response) {
        for (const v1::KillReport& report : response.reports()) {
          PrintMessage(context, report);
        }
        return kOk;
      });

  kill->add_subcommand("status", "Say whether it is engaged")->callback([&chosen] {
    chosen = Status;
  });
}

}  // namespace tw::cli
