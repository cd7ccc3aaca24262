#include "services/execution-quality/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "execution-quality", "Measures what executions cost.",
                      std::make_unique<tw::eq::ExecutionQualityService>());
}
