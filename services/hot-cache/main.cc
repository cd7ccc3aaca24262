#include "services/hot-cache/service.h"

int main(int argc, char** argv) {
  return tw::app::Run(argc, argv, "hot-cache", "Answers with the newest of every market.",
                      std::make_unique<tw::hot_cache::HotCacheService>());
}
