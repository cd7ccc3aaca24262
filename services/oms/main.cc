#include "services/oms/oms_service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "oms", "Owns the life of every order.",
                      std::make_unique<tw::oms::OmsService>());
}
