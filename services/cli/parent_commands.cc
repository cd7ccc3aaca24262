#include <chrono>
#include <thread>

#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/parent.pb.h"

namespace tw::cli {
namespace {

constexpr auto kLook = std::chrono::milliseconds(500);  // between two looks of `watch`

const std::vector<Column>& ParentColumns() {
  static const std::vector<Column> columns = {{"parent_order_id", "PARENT"},
                                              {"account", "ACCOUNT"},
                                              {"symbol", "SYMBOL"},
                                              {"side", "SIDE"},
                                              {"algo", "ALGO"},
                                              {"quantity", "QUANTITY"},
                                              {"limit_price", "LIMIT"},
                                              {"status", "STATUS"},
                                              {"filled_quantity", "FILLED"},
                                              {"progress_percent", "%"},
                                              {"average_fill_price", "AVERAGE"},
                                              {"children", "CHILDREN"},
                                              {"reason", "REASON"}};
  return columns;
}

const std::vector<Column>& ChildColumns() {
  static const std::vector<Column> columns = {
      {"number", "#"},    {"order_id", "ORDER"},  {"quantity", "QUANTITY"},
      {"price", "PRICE"}, {"status", "STATUS"},   {"filled_quantity", "FILLED"},
      {"time", "TIME"},   {"message", "MESSAGE"}, {"average_fill_price", "AVERAGE"}};
  return columns;
}

bool IsFinished(const v1::ParentOrder& order) {
  return order.status() == v1::PARENT_ORDER_STATUS_FILLED ||
         order.status() == v1::PARENT_ORDER_STATUS_CANCELED ||
         order.status() == v1::PARENT_ORDER_STATUS_EXPIRED;
}

int ShowParent(Context& context, const v1::ParentOrder& order) {
  if (context.json) {
    PrintMessage(context, order);
    return kOk;
  }
  v1::ParentOrder head = order;
  head.clear_child_orders();
  PrintMessage(context, head);
  if (!order.child_orders().empty()) {
    context.out() << "\n";
    PrintList(context, order.child_orders(), ChildColumns());
  }
  return kOk;
}

// "WORKING  62.5 %  filled 0.5 of 0.8, working 0.1, slice 7 of 12, average 45010.2"
std::string ProgressLine(const v1::ParentOrder& order) {
  std::string line = v1::ParentOrderStatus_Name(order.status()).substr(20) + "  " +
                     order.progress_percent() + " %  filled " + order.filled_quantity() + " of " +
                     order.quantity() + ", working " + order.working_quantity();
  if (order.slices() > 0) {
    line +=
        ", slice " + std::to_string(order.slices_due()) + " of " + std::to_string(order.slices());
  }
  line += ", average " + order.average_fill_price();
  return order.reason().empty() ? line : line + " (" + order.reason() + ")";
}

// Until it has ended; kOk only when it was filled.
int Watch(Context& context, const std::string& id) {
  v1::GetParentOrderRequest request;
  request.set_parent_order_id(id);
  std::string last;
  while (true) {
    const absl::StatusOr<v1::ParentOrder> order =
        context.Call<v1::ParentOrder>("gateway", "ExecutionService/GetParentOrder", request);
    if (!order.ok()) {
      return context.Fail(order.status());
    }
    const std::string line = context.json ? json::ToJson(*order)
                                          : order->parent_order_id() + "  " + ProgressLine(*order);
    if (line != last) {
      context.out() << line << std::endl;
      last = line;
    }
    if (IsFinished(*order)) {
      return order->status() == v1::PARENT_ORDER_STATUS_FILLED ? kOk : kFailed;
    }
    std::this_thread::sleep_for(kLook);
  }
}

void AddParentSubmit(CLI::App& parent, Command& chosen) {
  AddRpc<v1::SubmitParentOrderRequest, v1::ParentOrder>(
      parent, chosen,
      {"submit",
       "Hand in a parent order",
       "ExecutionService/SubmitParentOrder",
       {{"--account", "account", "default: default"},
        {"--symbol", "symbol", "BTCUSDT, ...", true},
        {"--side", "side", "buy or sell", true},
        {"--algo", "algo", "twap, vwap, pov, iceberg or implementation_shortfall", true},
        {"--quantity", "quantity", "decimal", true},
        {"--limit", "limit_price", "no child is worse; default: market orders"},
        {"--start", "start_time", "RFC 3339; default: at once"},
        {"--end", "end_time", "RFC 3339"},
        {"--duration-ms", "duration_ms", "in place of an end"},
        {"--slices", "slices", "of twap, vwap and implementation_shortfall"},
        {"--randomize", "randomize_percent", "of a slice's size and time, 0 to 50"},
        {"--participation", "participation", "pov: 0.1 for ten per cent of the market's volume"},
        {"--cap", "participation_cap", "never more of the market's volume than this"},
        {"--display", "display_quantity", "iceberg: what is in sight"},
        {"--slice-max", "slice_max", "no child is larger"},
        {"--interval-ms", "interval_ms", "pov: between children (default 1000)"},
        {"--urgency", "urgency", "implementation_shortfall: above 0 to 20 (default 2)"},
        {"--curve", "volume_curve", "vwap: default or learned"},
        {"--seed", "seed", "of the randomised slices"},
        {"--client-parent-id", "client_parent_id",
         "idempotency key: a repeat answers the first parent order"}}},
      ShowParent);
}

void AddParentQueries(CLI::App& parent, Command& chosen) {
  AddRpc<v1::ListParentOrdersRequest, v1::ListParentOrdersResponse>(
      parent, chosen,
      {"list",
       "List parent orders, oldest first",
       "ExecutionService/ListParentOrders",
       {{"--account", "account", "only this one's"},
        {"--symbol", "symbol", "only in this one"},
        {"--status", "status", "only these: working,paused"},
        {"--open", "open_only", "only those that have not ended", false, true},
        {"--limit", "limit", "1 to 1000 (default 100)"},
        {"--after", "after", "the parent order after which to go on"}}},
      [](Context& context, const v1::ListParentOrdersResponse& response) {
        PrintList(context, response.orders(), ParentColumns());
        if (!response.next().empty()) {
          context.err() << "more: --after " << response.next() << "\n";
        }
        return kOk;
      });
  AddRpc<v1::GetParentOrderRequest, v1::ParentOrder>(
      parent, chosen,
      {"get",
       "Show one parent order and its children",
       "ExecutionService/GetParentOrder",
       {{"PARENT,--parent-order-id", "parent_order_id", "its id"},
        {"--account", "account", "with --client-parent-id"},
        {"--client-parent-id", "client_parent_id", "in place of the id"}}},
      ShowParent);
  auto id = std::make_shared<std::string>();
  CLI::App* const watch =
      parent.add_subcommand("watch", "Follow its progress to its end; 0 only when it was filled");
  watch->add_option("PARENT,--parent-order-id", *id, "its id")->required();
  watch->callback(
      [&chosen, id] { chosen = [id](Context& context) { return Watch(context, *id); }; });
}

template <typename Request>
void AddChange(
    CLI::App& parent, Command& chosen, const char* name, const char* help, const char* method) {
  AddRpc<Request, v1::ParentOrder>(
      parent, chosen,
      {name, help, method, {{"PARENT,--parent-order-id", "parent_order_id", "its id", true}}},
      ShowParent);
}

}  // namespace

void AddParentCommands(CLI::App& app, Command& chosen) {
  CLI::App* const parent = app.add_subcommand(
      "parent", "Parent orders: large orders worked in slices (TWAP, VWAP, POV, iceberg, ...)");
  parent->require_subcommand(1);
  AddParentSubmit(*parent, chosen);
  AddParentQueries(*parent, chosen);
  AddChange<v1::PauseParentOrderRequest>(*parent, chosen, "pause",
                                         "Send no more until it is resumed; take back what rests",
                                         "ExecutionService/PauseParentOrder");
  AddChange<v1::ResumeParentOrderRequest>(*parent, chosen, "resume",
                                          "Go on; the rest is spread over the time that is left",
                                          "ExecutionService/ResumeParentOrder");
  AddChange<v1::CancelParentOrderRequest>(*parent, chosen, "cancel", "End it and its children",
                                          "ExecutionService/CancelParentOrder");
  AddRpc<v1::ReplaceParentOrderRequest, v1::ParentOrder>(
      *parent, chosen,
      {"replace",
       "Change quantity, limit or end",
       "ExecutionService/ReplaceParentOrder",
       {{"PARENT,--parent-order-id", "parent_order_id", "its id", true},
        {"--quantity", "quantity", "the new total"},
        {"--limit", "limit_price", "the new limit"},
        {"--end", "end_time", "the new end, RFC 3339"}}},
      ShowParent);
}

}  // namespace tw::cli
