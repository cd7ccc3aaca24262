// A statement as CSV for a spreadsheet and as JSON for programs. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/pnl/statement.h"

namespace tw::pnl {

// `day`: "2026-11-27". `is_over`: false where an instrument's day has not ended: figures may
// change. `market`: whose day it is for everything; empty: each instrument has its own.
struct StatementHead {
  std::string day;
  bool is_over = true;
  std::string market{};
};

// Where the text goes, piece by piece.
using TextSink = std::function<void(std::string_view)>;
// Hands the day's fills out one after the other, in the order of the ledger, so that they need not
// all be in memory. What it answers ends the writing and is handed on.
using FillSource = std::function<absl::Status(const std::function<void(const StatementFill&)>&)>;

// One table; `record` says what a line is: opening_cash, brought_in_cash, fill, closing_cash,
// opening_position, brought_in, closing_position, realized, unrealized, opening_equity,
// brought_in_equity, closing_equity.
absl::Status WriteStatementCsv(const StatementHead& head,
                               const Statement& statement,
                               const FillSource& fills,
                               const TextSink& out);
absl::Status WriteStatementJson(const StatementHead& head,
                                const Statement& statement,
                                const FillSource& fills,
                                const TextSink& out);

// The same, with the fills of the statement itself.
std::string StatementCsv(const StatementHead& head, const Statement& statement);
std::string StatementJson(const StatementHead& head, const Statement& statement);

// "buy", "sell".
const char* SideName(const Fill& fill);
// "takes back PAPER-P-1"; empty for an ordinary trade.
std::string NoteOf(const StatementFill& fill);
// Empty where there is none.
std::string MarkText(const Valuation& value);

}  // namespace tw::pnl
