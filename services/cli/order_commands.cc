#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/order.pb.h"

namespace tw::cli {
namespace {

const std::vector<Column>& OrderColumns() {
  static const std::vector<Column> columns = {{"order_id", "ORDER"},
                                              {"client_order_id", "CLIENT ID"},
                                              {"account", "ACCOUNT"},
                                              {"symbol", "SYMBOL"},
                                              {"side", "SIDE"},
                                              {"type", "TYPE"},
                                              {"time_in_force", "TIF"},
                                              {"quantity", "QUANTITY"},
                                              {"price", "PRICE"},
                                              {"trigger_price", "STOP"},
                                              {"status", "STATUS"},
                                              {"filled_quantity", "FILLED"},
                                              {"average_fill_price", "AVERAGE"},
                                              {"reject_reason", "REASON"},
                                              {"parent_order_id", "PARENT"}};
  return columns;
}

const std::vector<Column>& FillColumns() {
  static const std::vector<Column> columns = {
      {"fill_id", "FILL"},    {"order_id", "ORDER"},      {"account", "ACCOUNT"},
      {"symbol", "SYMBOL"},   {"side", "SIDE"},           {"quantity", "QUANTITY"},
      {"price", "PRICE"},     {"liquidity", "LIQUIDITY"}, {"fee", "FEE"},
      {"fee_currency", "IN"}, {"venue", "VENUE"},         {"time", "TIME"}};
  return columns;
}

// A refused order was answered, but not done.
int ShowOrder(Context& context, const v1::Order& order) {
  PrintMessage(context, order);
  return order.status() == v1::ORDER_STATUS_REJECTED ? kFailed : kOk;
}

void SayWhereToGoOn(Context& context, const std::string& next) {
  if (!next.empty()) {
    context.err() << "more: --after " << next << "\n";
  }
}

// Which order: by its id, or by the client's.
std::vector<Flag> OrderKey() {
  return {{"ORDER,--order-id", "order_id", "the order's id"},
          {"--account", "account", "with --client-order-id"},
          {"--client-order-id", "client_order_id", "in place of the order's id"}};
}

void AddSubmit(CLI::App& orders, Command& chosen) {
  AddRpc<v1::SubmitOrderRequest, v1::Order>(
      orders, chosen,
      {"submit",
       "Submit an order",
       "OrderService/SubmitOrder",
       {{"--account", "account", "default: default"},
        {"--symbol", "symbol", "BTCUSDT, ...", true},
        {"--side", "side", "buy or sell", true},
        {"--type", "type", "limit (default), market, stop, stop_limit or trailing_stop"},
        {"--tif,--time-in-force", "time_in_force",
         "day (default), gtc, ioc (market orders), fok or gtd"},
        {"--quantity", "quantity", "decimal", true},
        {"--price", "price", "decimal; for limit orders"},
        {"--stop-price", "stop_price",
         "decimal; for stop orders: what sets them off, of a trailing one to begin with"},
        {"--stop-trigger", "stop_trigger",
         "last (default), bid_ask or mark: the price that sets a stop off"},
        {"--trailing-amount", "trailing_amount", "how far a trailing stop stays behind the market"},
        {"--trailing-percent", "trailing_percent", "the same in percent"},
        {"--post-only", "post_only", "refused if it would trade at once", false, true},
        {"--reduce-only", "reduce_only", "refused if it would do more than close the position",
         false, true},
        {"--display-quantity", "display_quantity", "iceberg: how much the book shows at a time"},
        {"--expire-time", "expire_time", "gtd: when it ends, 2026-12-31T21:00:00Z"},
        {"--client-order-id", "client_order_id",
         "idempotency key: a repeat answers the first order"},
        {"--strategy", "strategy", "the program or idea behind the order"},
        {"--self-trade", "self_trade_prevention",
         "none, cancel_newest, cancel_oldest, cancel_both or decrement; default: the account's"},
        {"--allow-duplicate", "allow_duplicate", "it may equal one sent a moment ago", false, true},
        {"--traceparent", "traceparent", "W3C trace context; see tradewind trace"}}},
      ShowOrder);
}

void AddChanges(CLI::App& orders, Command& chosen) {
  std::vector<Flag> replace = OrderKey();
  replace.push_back({"--quantity", "quantity", "the new total"});
  replace.push_back({"--price", "price", "the new limit"});
  replace.push_back({"--stop-price", "stop_price", "the new stop price, while the stop is held"});
  AddRpc<v1::ReplaceOrderRequest, v1::Order>(
      orders, chosen,
      {"replace", "Change price or quantity of a working order", "OrderService/ReplaceOrder",
       replace},
      ShowOrder);
  AddRpc<v1::CancelOrderRequest, v1::Order>(
      orders, chosen, {"cancel", "Cancel an order", "OrderService/CancelOrder", OrderKey()},
      ShowOrder);
  AddRpc<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
      orders, chosen,
      {"cancel-all",
       "Cancel every open order, or those of an account, symbol, side or strategy",
       "OrderService/CancelAllOrders",
       {{"--account", "account", "only this one's"},
        {"--symbol", "symbol", "only in this one"},
        {"--side", "side", "only buy or sell"},
        {"--strategy", "strategy", "only this one's"},
        {"--link-id", "link_id", "only those linked so"}}},
      [](Context& context, const v1::CancelAllOrdersResponse& response) {
        if (context.json) {
          PrintMessage(context, response);
          return kOk;
        }
        for (const std::string& id : response.order_ids()) {
          context.out() << id << "\n";
        }
        context.err() << response.order_ids_size() << " cancels went out\n";
        return kOk;
      });
}

void AddQueries(CLI::App& orders, Command& chosen) {
  AddRpc<v1::ListOrdersRequest, v1::ListOrdersResponse>(
      orders, chosen,
      {"list",
       "List orders, oldest first",
       "OrderService/ListOrders",
       {{"--account", "account", "only this one's"},
        {"--symbol", "symbol", "only in this one"},
        {"--status", "status", "only these: new,partially_filled"},
        {"--open", "open_only", "only those that are not finished", false, true},
        {"--link-id", "link_id", "only those linked so"},
        {"--limit", "limit", "1 to 1000 (default 100)"},
        {"--after", "after", "the order after which to go on"}}},
      [](Context& context, const v1::ListOrdersResponse& response) {
        PrintList(context, response.orders(), OrderColumns());
        SayWhereToGoOn(context, response.next());
        return kOk;
      });
  AddRpc<v1::GetOrderRequest, v1::Order>(
      orders, chosen, {"get", "Show one order", "OrderService/GetOrder", OrderKey()},
      [](Context& context, const v1::Order& order) {
        PrintMessage(context, order);
        return kOk;
      });
}

// Straight to oms: this is no trader's command.
void AddResolve(CLI::App& app, Command& chosen) {
  std::vector<Flag> flags = OrderKey();
  flags.push_back({"--as", "outcome", "canceled, or filled: what became of it at the venue", true});
  flags.push_back({"--reason", "reason", "how that is known; kept with the order", true});
  flags.push_back({"--by", "by", "who says so"});
  flags.push_back({"--quantity", "quantity",
                   "filled: how much (default: all that is open); the rest is canceled"});
  flags.push_back({"--price", "price", "filled: at which price (default: the order's limit)"});
  AddRpc<v1::ResolveOrderRequest, v1::Order>(
      app, chosen,
      {"resolve",
       "End an uncertain order by an operator's word, where the venue cannot be asked. Should the "
       "venue speak later, its word counts",
       "OrderAdminService/ResolveOrder", flags, "oms"},
      ShowOrder);
}

}  // namespace

void AddOrderCommands(CLI::App& app, Command& chosen) {
  CLI::App* orders = app.add_subcommand("orders", "Enter, change and look at orders");
  orders->alias("order");
  orders->require_subcommand(1);
  AddQueries(*orders, chosen);
  AddSubmit(*orders, chosen);
  AddChanges(*orders, chosen);
  AddBatchCommands(*orders, chosen);
  AddResolve(app, chosen);
  AddRpc<v1::ListFillsRequest, v1::ListFillsResponse>(
      app, chosen,
      {"fills",
       "List fills, oldest first",
       "OrderService/ListFills",
       {{"--account", "account", "only this one's"},
        {"--symbol", "symbol", "only in this one"},
        {"--order-id", "order_id", "only of this order"},
        {"--limit", "limit", "1 to 1000 (default 100)"},
        {"--after", "after", "the fill after which to go on"}}},
      [](Context& context, const v1::ListFillsResponse& response) {
        PrintList(context, response.fills(), FillColumns());
        SayWhereToGoOn(context, response.next());
        return kOk;
      });
}

}  // namespace tw::cli
