#include "services/sink-ticks/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "sink-ticks", "Puts every tick, book and bar into QuestDB.",
                      std::make_unique<tw::sink_ticks::TicksService>());
}
