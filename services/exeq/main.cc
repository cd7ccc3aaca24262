#include "services/exeq/exeq_service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "exeq", "Brings orders to venues and executions back.",
                      std::make_unique<tw::exeq::ExeqService>());
}
