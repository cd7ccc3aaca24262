// How the command line asks QuestDB: one connection to the address that the services use.
#pragma once

#include <cstdint>
#include <string>

#include "libs/config/ports.h"
#include "libs/questdb/pool.h"

namespace tw::cli {

inline questdb::PoolOptions QuestDbOptions() {
  questdb::PoolOptions options;
  const std::string address = config::QuestDbPg();
  const size_t colon = address.rfind(':');
  options.host = address.substr(0, colon);
  options.port = static_cast<uint16_t>(std::stoi(address.substr(colon + 1)));
  options.connections_max = 1;
  return options;
}

}  // namespace tw::cli
