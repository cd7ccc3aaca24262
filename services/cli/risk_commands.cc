#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/risk_table.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

const std::vector<Column>& LimitColumns() {
  static const std::vector<Column> columns = {{"scope", "SCOPE"},
                                              {"account", "ACCOUNT"},
                                              {"symbol", "SYMBOL"},
                                              {"desk", "DESK"},
                                              {"strategy", "STRATEGY"},
                                              {"max_order_quantity", "ORDER QTY"},
                                              {"max_order_notional", "ORDER NOTIONAL"},
                                              {"max_position", "POSITION"},
                                              {"max_position_notional", "POSITION NOTIONAL"},
                                              {"max_exposure", "EXPOSURE"},
                                              {"version", "VERSION"},
                                              {"changed_by", "BY"},
                                              {"reason", "REASON"}};
  return columns;
}

int ShowCheck(Context& context, const v1::CheckOrderResponse& response) {
  PrintMessage(context, response);
  if (!context.json && response.checks_size() > 0) {
    context.out() << "\n";
    PrintList(context, response.checks(), RiskCheckColumns());
  }
  return response.approved() ? kOk : kFailed;
}

// The whole of SetLimitsRequest lies one level down.
void AddSetLimits(CLI::App& risk, Command& chosen) {
  CLI::App* app = risk.add_subcommand("set-limits", "Set limits of one scope");
  const std::shared_ptr<Values> values = AddFlags(
      *app, {{"--scope", "scope", "firm, desk, account, strategy, symbol or account_symbol", true},
             {"--desk", "desk", "for scope desk"},
             {"--strategy", "strategy", "for scope strategy"},
             {"--max-net-exposure", "max_net_exposure", "longs less shorts"},
             {"--max-open-value", "max_open_value", "value of open orders"},
             {"--max-open-orders", "max_open_orders", "their count"},
             {"--max-message-rate", "max_message_rate", "orders and replaces a second"},
             {"--message-burst", "message_burst", "of them at once"},
             {"--max-concentration-percent", "max_concentration_percent",
              "of the account's equity in one symbol"},
             {"--collar-percent", "collar_percent", "from the market"},
             {"--own-collar-percent", "own_collar_percent", "from one's own prices"},
             {"--duplicate-window-ms", "duplicate_window_ms", "between equal orders"},
             {"--max-daily-loss", "max_daily_loss", "of an account"},
             {"--max-drawdown", "max_drawdown", "of an account"},
             {"--max-position-loss", "max_position_loss", "of one position"},
             {"--max-executions", "max_executions", "of a strategy in a minute"},
             {"--locate-quantity", "locate_quantity", "for scope account_symbol"},
             {"--account", "account", "for the scopes with an account"},
             {"--symbol", "symbol", "for the scopes with a symbol"},
             {"--max-order-quantity", "max_order_quantity", "units of one order"},
             {"--max-order-notional", "max_order_notional", "value of one order"},
             {"--max-position", "max_position", "units held and on order"},
             {"--max-position-notional", "max_position_notional", "their value"},
             {"--max-exposure", "max_exposure", "value of all positions and open orders"},
             {"--by", "changed_by", "who"},
             {"--reason", "reason", "why", true}});
  app->callback([&chosen, values] {
    chosen = [values](Context& context) {
      v1::SetLimitsRequest request;
      absl::Status status = json::FromParams(*values, request.mutable_limits());
      if (!status.ok()) {
        return context.Usage(status);
      }
      const auto limits = context.Call<v1::Limits>("gateway", "RiskService/SetLimits", request);
      if (!limits.ok()) {
        return context.Fail(limits.status());
      }
      PrintMessage(context, *limits);
      return kOk;
    };
  });
}

void AddLimitsAndExposure(CLI::App& risk, Command& chosen) {
  AddRpc<v1::GetLimitsRequest, v1::GetLimitsResponse>(
      risk, chosen,
      {"limits",
       "Show limits",
       "RiskService/GetLimits",
       {{"--account", "account", "only this one's"}, {"--symbol", "symbol", "only in this one"}}},
      [](Context& context, const v1::GetLimitsResponse& response) {
        PrintList(context, response.limits(), LimitColumns());
        return kOk;
      });
  AddSetLimits(risk, chosen);
  AddRpc<v1::GetExposureRequest, v1::GetExposureResponse>(
      risk, chosen,
      {"exposure",
       "Show positions and open orders against limits",
       "RiskService/GetExposure",
       {{"--account", "account", "only this one's"}}},
      [](Context& context, const v1::GetExposureResponse& response) {
        if (context.json) {
          PrintMessage(context, response);
          return kOk;
        }
        PrintList(context, response.exposures(),
                  {{"account", "ACCOUNT"},
                   {"symbol", "SYMBOL"},
                   {"position", "POSITION"},
                   {"open_buy", "OPEN BUY"},
                   {"open_sell", "OPEN SELL"},
                   {"reserved_notional", "RESERVED"},
                   {"position_notional", "POSITION NOTIONAL"},
                   {"used_exposure", "USED"}});
        context.out() << "firm exposure " << response.firm_exposure() << "\n";
        return kOk;
      });
}

void AddAlertsAndBlocks(CLI::App& risk, Command& chosen) {
  AddRpc<v1::ListAlertsRequest, v1::ListAlertsResponse>(
      risk, chosen,
      {"alerts",
       "List alerts, newest last",
       "RiskService/ListAlerts",
       {{"--limit", "limit", "1 to 1000 (default 100)"},
        {"--open", "open_only", "only those nobody has acknowledged", false, true}}},
      [](Context& context, const v1::ListAlertsResponse& response) {
        PrintList(context, response.alerts(),
                  {{"alert_id", "ALERT"},
                   {"time", "TIME"},
                   {"level", "LEVEL"},
                   {"kind", "KIND"},
                   {"account", "ACCOUNT"},
                   {"symbol", "SYMBOL"},
                   {"acknowledged", "ACK"},
                   {"message", "MESSAGE"}});
        return kOk;
      });
  const std::vector<Flag> block = {{"SYMBOL,--symbol", "symbol", "BTCUSDT, ...", true},
                                   {"--reason", "reason", "why", true},
                                   {"--by", "by", "who"}};
  const auto show = [](Context& context, const v1::SymbolBlock& response) {
    PrintMessage(context, response);
    return kOk;
  };
  AddRpc<v1::BlockSymbolRequest, v1::SymbolBlock>(
      risk, chosen, {"block", "Refuse new orders in a symbol", "RiskService/BlockSymbol", block},
      show);
  AddRpc<v1::UnblockSymbolRequest, v1::SymbolBlock>(
      risk, chosen, {"unblock", "Take them again", "RiskService/UnblockSymbol", block}, show);
}

}  // namespace

void AddRiskCommands(CLI::App& app, Command& chosen) {
  CLI::App* risk = app.add_subcommand("risk", "Checks, limits, exposure and alerts");
  risk->require_subcommand(1);
  AddRpc<v1::CheckOrderRequest, v1::CheckOrderResponse>(
      *risk, chosen,
      {"check",
       "What risk would say of an order; reserves nothing. Exit 1: it would be refused",
       "RiskService/CheckOrder",
       {{"--account", "account", "default: default"},
        {"--symbol", "symbol", "BTCUSDT, ...", true},
        {"--side", "side", "buy or sell", true},
        {"--quantity", "quantity", "decimal", true},
        {"--price", "price", "decimal; none: at the market"},
        {"--type", "order_type", "limit or market"}}},
      ShowCheck);
  AddLimitsAndExposure(*risk, chosen);
  AddAlertsAndBlocks(*risk, chosen);
}

}  // namespace tw::cli
