#include "services/live-gateway/fix/fix_sessions.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "live-gateway", "Holds sessions with live venues, by FIX.",
                      std::make_unique<tw::live_gateway::LiveGatewayService>(
                          std::make_unique<tw::live_gateway::FixSessions>()));
}
