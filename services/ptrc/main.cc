#include "services/ptrc/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "ptrc", "Checks trades and positions after the fact.",
                      std::make_unique<tw::ptrc::PtrcService>());
}
