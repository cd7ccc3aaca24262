#include "services/gateway/gateway_service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "gateway", "The one public door.",
                      std::make_unique<tw::gateway::GatewayService>());
}
