#include "services/live-gateway/live_gateway_service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "live-gateway", "Holds the venues, the built-in paper one first.",
                      std::make_unique<tw::live_gateway::LiveGatewayService>());
}
