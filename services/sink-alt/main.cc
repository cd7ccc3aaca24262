#include "services/sink-alt/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "sink-alt", "Puts alternative data into QuestDB.",
                      std::make_unique<tw::sink_alt::AltService>());
}
