// A statement as text for people. Pure.
#pragma once

#include <string>

#include "services/pnl/statement_print.h"

namespace tw::cli {

std::string StatementText(const pnl::StatementHead& head, const pnl::Statement& statement);

}  // namespace tw::cli
