#include "services/pnl/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "pnl", "Keeps positions, cash and P&L.",
                      std::make_unique<tw::pnl::PnlService>());
}
