// A statement as text for people, CSV for a spreadsheet, JSON for programs. Pure.
#pragma once

#include <string>

#include "services/cli/statement.h"

namespace tw::cli {

// `day`: "2026-11-27". `is_over`: false where an instrument's day has not ended: figures may
// change.
struct StatementHead {
  std::string day;
  bool is_over = true;
};

std::string StatementText(const StatementHead& head, const Statement& statement);
// One table; `record` says what a line is: opening_cash, brought_in_cash, fill, closing_cash,
// opening_position, brought_in, closing_position, realized, unrealized, opening_equity,
// brought_in_equity, closing_equity.
std::string StatementCsv(const StatementHead& head, const Statement& statement);
std::string StatementJson(const StatementHead& head, const Statement& statement);

}  // namespace tw::cli
