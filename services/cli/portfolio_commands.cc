#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/portfolio.pb.h"

namespace tw::cli {
namespace {

const std::vector<Column>& PositionColumns() {
  static const std::vector<Column> columns = {
      {"account", "ACCOUNT"},           {"symbol", "SYMBOL"},   {"quantity", "QUANTITY"},
      {"average_price", "AVERAGE"},     {"mark_price", "MARK"}, {"realized_pnl", "REALIZED"},
      {"unrealized_pnl", "UNREALIZED"}, {"fees", "FEES"}};
  return columns;
}

}  // namespace

void AddPortfolioCommands(CLI::App& app, Command& chosen) {
  AddRpc<v1::ListPositionsRequest, v1::ListPositionsResponse>(
      app, chosen,
      {"positions",
       "List positions",
       "PortfolioService/ListPositions",
       {{"--account", "account", "only this one's"}, {"--symbol", "symbol", "only in this one"}}},
      [](Context& context, const v1::ListPositionsResponse& response) {
        PrintList(context, response.positions(), PositionColumns());
        return kOk;
      });
  AddRpc<v1::GetPnlRequest, v1::Pnl>(app, chosen,
                                     {"pnl",
                                      "Show an account's cash, P&L and positions",
                                      "PortfolioService/GetPnl",
                                      {{"ACCOUNT,--account", "account", "default: default"}}},
                                     [](Context& context, const v1::Pnl& pnl) {
                                       PrintMessage(context, pnl);
                                       if (!context.json && pnl.positions_size() > 0) {
                                         context.out() << "\n";
                                         PrintList(context, pnl.positions(), PositionColumns());
                                       }
                                       return kOk;
                                     });
}

}  // namespace tw::cli
