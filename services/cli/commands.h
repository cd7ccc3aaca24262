// The commands of `tradewind`. Each Add puts its subcommands under `app`; parsing the command line
// sets `chosen` to the one that was named.
#pragma once

#include <CLI/CLI.hpp>

#include "services/cli/context.h"

namespace tw::cli {

inline constexpr const char* kVersion = "tradewind 0.1.0";

void AddOrderCommands(CLI::App& app, Command& chosen);      // orders, fills, resolve
void AddParentCommands(CLI::App& app, Command& chosen);     // parent
void AddBatchCommands(CLI::App& orders, Command& chosen);   // orders batch, oco, oto, bracket
void AddTradeCommands(CLI::App& app, Command& chosen);      // trade bust, trade correct
void AddAuthCommands(CLI::App& app, Command& chosen);       // login, user, key, quota, access-log
void AddPortfolioCommands(CLI::App& app, Command& chosen);  // positions, pnl
void AddStatementCommand(CLI::App& app, Command& chosen);
void AddMarketCommands(CLI::App& app, Command& chosen);   // tickers, book
void AddRiskCommands(CLI::App& app, Command& chosen);     // risk
void AddKillCommands(CLI::App& app, Command& chosen);     // kill
void AddControlsCommand(CLI::App& app, Command& chosen);  // controls prove
void AddWhyCommand(CLI::App& app, Command& chosen);
void AddTraceCommand(CLI::App& app, Command& chosen);
void AddTailCommand(CLI::App& app, Command& chosen);
void AddDemoCommand(CLI::App& app, Command& chosen);
void AddReplayCommand(CLI::App& app, Command& chosen);
void AddRecordCommand(CLI::App& app, Command& chosen);
void AddHealthCommand(CLI::App& app, Command& chosen);
void AddJournalCommands(CLI::App& app, Command& chosen);  // journal verify, dump
void AddAuditCommand(CLI::App& app, Command& chosen);
void AddLoadCommand(CLI::App& app, Command& chosen);     // bench/load
void AddAltCommands(CLI::App& app, Command& chosen);     // alt upload
void AddBackupCommands(CLI::App& app, Command& chosen);  // backup, restore
void AddRebuildCommand(CLI::App& app, Command& chosen);  // rebuild-history
void AddOpeningCommand(CLI::App& app, Command& chosen);  // import-opening

}  // namespace tw::cli
