#include "services/questdb-writer/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "questdb-writer",
                      "Puts orders, fills and positions into QuestDB.",
                      std::make_unique<tw::questdb_writer::WriterService>());
}
