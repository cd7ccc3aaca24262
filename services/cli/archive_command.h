// `journal archive`, below the command `journal`.
#pragma once

#include <CLI/CLI.hpp>

#include "services/cli/context.h"

namespace tw::cli {

void AddArchiveCommand(CLI::App& journal, Command& chosen);

}  // namespace tw::cli
