#include "services/feature-pipeline/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "feature-pipeline", "Keeps features of the live market.",
                      std::make_unique<tw::features::FeaturePipelineService>());
}
