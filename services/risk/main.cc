#include "services/risk/risk_service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "risk", "Decides whether an order may go out.",
                      std::make_unique<tw::risk::RiskService>());
}
