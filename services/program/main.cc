// The one program of all services. A link to it bears a service's name, and by that name it is that
// service and nothing else: `oms [FLAG...]`. As `fused NAME NAME... [FLAG...]` it is several of the
// hot path at once, as `tradewind` the command line. Under its own name: `tradewind-services NAME
// [FLAG...]`.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "services/cli/program.h"
#include "services/execution-quality/service.h"
#include "services/exeq/exeq_service.h"
#include "services/feature-pipeline/service.h"
#include "services/gateway/gateway_service.h"
#include "services/hot-cache/service.h"
#include "services/live-gateway/live_gateway_service.h"
#include "services/normalizer/service.h"
#include "services/oms/oms_service.h"
#include "services/pnl/service.h"
#include "services/ptrc/service.h"
#include "services/questdb-writer/service.h"
#include "services/risk/risk_service.h"
#include "services/sink-alt/service.h"
#include "services/sink-ticks/service.h"

namespace {

template <typename Service>
std::unique_ptr<tw::app::Service> Make() {
  return std::make_unique<Service>();
}

struct Known {
  std::string_view name;
  const char* purpose;  // a sentence for --help
  std::unique_ptr<tw::app::Service> (*make)();
};

constexpr Known kServices[] = {
    // The hot path, in the order in which it starts: whoever is asked before whoever asks.
    {"live-gateway", "Holds the venues, the built-in paper one first.",
     Make<tw::live_gateway::LiveGatewayService>},
    {"risk", "Decides whether an order may go out.", Make<tw::risk::RiskService>},
    {"exeq", "Brings orders to venues and executions back.", Make<tw::exeq::ExeqService>},
    {"oms", "Owns the life of every order.", Make<tw::oms::OmsService>},
    {"gateway", "The one public door.", Make<tw::gateway::GatewayService>},
    // The others.
    {"execution-quality", "Measures what executions cost.", Make<tw::eq::ExecutionQualityService>},
    {"feature-pipeline", "Keeps features of the live market.",
     Make<tw::features::FeaturePipelineService>},
    {"hot-cache", "Answers with the newest of every market.", Make<tw::hot_cache::HotCacheService>},
    {"normalizer", "Makes one checked feed of the venues' markets.",
     Make<tw::normalizer::NormalizerService>},
    {"pnl", "Keeps positions, cash and P&L.", Make<tw::pnl::PnlService>},
    {"ptrc", "Checks trades and positions after the fact.", Make<tw::ptrc::PtrcService>},
    {"questdb-writer", "Puts orders, fills and positions into QuestDB.",
     Make<tw::questdb_writer::WriterService>},
    {"sink-alt", "Puts alternative data into QuestDB.", Make<tw::sink_alt::AltService>},
    {"sink-ticks", "Puts every tick, book and bar into QuestDB.",
     Make<tw::sink_ticks::TicksService>},
};
constexpr std::span<const Known> kHotPath(kServices, 5);
constexpr std::string_view kFused = "fused";
constexpr std::string_view kCommandLine = "tradewind";
constexpr std::string_view kOwnName = "tradewind-services";
constexpr int kExitUsage = 78;

int Usage(std::FILE* to, std::string_view usage, std::span<const Known> names) {
  std::fprintf(to, "usage: %s, names out of:", std::string(usage).c_str());
  for (const Known& known : names) {
    std::fprintf(to, " %s", std::string(known.name).c_str());
  }
  std::fprintf(to, "\n");
  return to == stdout ? 0 : kExitUsage;
}

int RunFused(int argc, char** argv) {
  std::set<std::string_view> wanted;
  int names = 0;
  while (names + 1 < argc && argv[names + 1][0] != '-') {
    wanted.insert(argv[++names]);
  }
  std::vector<tw::app::Member> members;
  for (const Known& known : kHotPath) {
    if (wanted.erase(known.name) > 0) {
      members.push_back(
          {std::string(known.name), "Shares a process with others of the hot path.", known.make()});
    }
  }
  if (!wanted.empty() || members.size() < 2) {
    return Usage(stderr, "fused NAME NAME... [FLAG...]", kHotPath);
  }
  return tw::app::RunTogether(argc - names, argv + names, std::string(kFused), std::move(members));
}

int RunAs(std::string_view name, int argc, char** argv) {
  if (name == kFused) {
    return RunFused(argc, argv);
  }
  if (name == kCommandLine) {
    return tw::cli::Run(argc, argv, std::cout, std::cerr, isatty(STDERR_FILENO) != 0);
  }
  for (const Known& known : kServices) {
    if (known.name == name) {
      return tw::app::Run(argc, argv, std::string(name), known.purpose, known.make());
    }
  }
  const bool help = argc > 1 && std::strcmp(argv[1], "--help") == 0;
  return Usage(help ? stdout : stderr, std::string(kOwnName) + " NAME [FLAG...]", kServices);
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view name = argc > 0 ? argv[0] : kOwnName;
  name.remove_prefix(name.rfind('/') + 1);
  const bool says_who = name == kOwnName && argc > 1 && argv[1][0] != '-';
  return says_who ? RunAs(argv[1], argc - 1, argv + 1) : RunAs(name, argc, argv);
}
