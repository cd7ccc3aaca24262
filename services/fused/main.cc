// fused NAME NAME... [FLAG...]: the named services of the hot path in one process.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>

#include "services/exeq/exeq_service.h"
#include "services/gateway/gateway_service.h"
#include "services/live-gateway/live_gateway_service.h"
#include "services/oms/oms_service.h"
#include "services/risk/risk_service.h"

namespace {

template <typename Service>
std::unique_ptr<tw::app::Service> Make() {
  return std::make_unique<Service>();
}

struct Known {
  const char* name;
  std::unique_ptr<tw::app::Service> (*make)();
};
// In the order in which they start: whoever is asked before whoever asks.
constexpr Known kKnown[] = {
    {"live-gateway", Make<tw::live_gateway::LiveGatewayService>},
    {"risk", Make<tw::risk::RiskService>},
    {"exeq", Make<tw::exeq::ExeqService>},
    {"oms", Make<tw::oms::OmsService>},
    {"gateway", Make<tw::gateway::GatewayService>},
};
constexpr int kExitUsage = 78;

int Usage() {
  std::fprintf(stderr, "usage: fused NAME NAME... [FLAG...], names out of:");
  for (const Known& known : kKnown) {
    std::fprintf(stderr, " %s", known.name);
  }
  std::fprintf(stderr, "\n");
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::string> wanted;
  int names = 0;
  while (names + 1 < argc && argv[names + 1][0] != '-') {
    wanted.insert(argv[++names]);
  }
  std::vector<tw::app::Member> members;
  for (const Known& known : kKnown) {
    if (wanted.erase(known.name) > 0) {
      members.push_back(
          {known.name, "Shares a process with others of the hot path.", known.make()});
    }
  }
  if (!wanted.empty() || members.size() < 2) {
    return Usage();
  }
  return tw::app::RunTogether(argc - names, argv + names, "fused", std::move(members));
}
