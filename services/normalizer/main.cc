#include "services/normalizer/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "normalizer", "Makes one checked feed of the venues' markets.",
                      std::make_unique<tw::normalizer::NormalizerService>());
}
