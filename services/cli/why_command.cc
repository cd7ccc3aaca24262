#include <algorithm>

#include "libs/convert/orders.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "services/cli/commands.h"
#include "services/cli/ledger_reader.h"
#include "services/cli/print.h"
#include "services/cli/risk_table.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/order.pb.h"

namespace tw::cli {
namespace {

// The event that carries risk's answer to the order, of a stop that was set off the one to that. It
// lies before `last`, the order's last event; mostly shortly before, so the search begins there and
// widens.
absl::StatusOr<v1::LedgerEvent> FindDecision(const Context& context, uint64_t id, uint64_t last) {
  for (uint64_t window = kWindowFirst;; window *= kWindowGrowth) {
    const uint64_t from = last > window ? last - window : 1;
    std::optional<v1::LedgerEvent> found;
    const auto read = ReadLedger(context, from, [&](const v1::LedgerEvent& event) {
      if (event.order_id() == id && (event.kind() == v1::ORDER_EVENT_KIND_APPROVED ||
                                     event.kind() == v1::ORDER_EVENT_KIND_TRIGGERED ||
                                     event.kind() == v1::ORDER_EVENT_KIND_REJECTED)) {
        found = event;
      }
      return event.sequence() < last;
    });
    if (!read.ok()) {
      return read.status();
    }
    if (found) {
      return *found;
    }
    if (from == 1) {
      return absl::NotFoundError("the ledger shows no decision of risk about this order");
    }
  }
}

void ShowDecision(Context& context, const v1::LedgerEvent& event) {
  const v1::PreviewOrderResponse decision = PublicPreview(event.risk());
  if (context.json) {
    context.out() << json::ToJson(decision) << "\n";
    return;
  }
  const v1::Order order = PublicOrder(event);
  context.out() << "order " << order.order_id() << " of " << order.account() << ": "
                << v1::Side_Name(order.side()).substr(5) << " " << order.quantity() << " "
                << order.symbol() << (order.price() == "0" ? "" : " at " + order.price()) << "\n";
  if (!event.has_risk()) {
    context.out() << v1::RejectReason_Name(order.reject_reason()).substr(14) << ": "
                  << order.reject_message() << "\nrisk gave no answer\n";
    return;
  }
  context.out() << (decision.approved()
                        ? std::string("approved")
                        : "refused: " + v1::RejectReason_Name(decision.reject_reason()).substr(14) +
                              ": " + decision.reject_message())
                << "\n"
                << "decided " << FormatRfc3339(Timestamp{event.risk().decided_ns()})
                << ", limits version " << decision.limits_version() << ", reference bid "
                << Price::FromE8(event.risk().reference_bid_e8()).ToString() << " ask "
                << Price::FromE8(event.risk().reference_ask_e8()).ToString() << "\n\n";
  PrintList(context, decision.checks(), RiskCheckColumns());
}

int Why(Context& context, const Values& values) {
  v1::GetOrderRequest request;
  if (absl::Status status = json::FromParams(values, &request); !status.ok()) {
    return context.Usage(status);
  }
  const auto order = context.Call<v1::Order>("oms", "OrderService/GetOrder", request);
  if (!order.ok()) {
    return context.Fail(order.status());
  }
  const std::optional<OrderId> id = OrderId::Parse(order->order_id());
  if (!id) {
    return context.Fail(absl::InternalError("oms answered the order id " + order->order_id()));
  }
  const auto event = FindDecision(context, id->value(), order->sequence());
  if (!event.ok()) {
    return context.Fail(event.status());
  }
  ShowDecision(context, *event);
  if (order->has_resolution() && !context.json) {
    const v1::Resolution& word = order->resolution();
    context.out() << "\nresolved as " << v1::OrderStatus_Name(word.outcome()).substr(13)
                  << (word.by().empty() ? "" : " by " + word.by()) << ": " << word.reason() << "\n";
  }
  return kOk;
}

}  // namespace

void AddWhyCommand(CLI::App& app, Command& chosen) {
  CLI::App* why = app.add_subcommand(
      "why", "What risk found about an order: every check, its input, limit, use and headroom");
  const auto values =
      AddFlags(*why, {{"ORDER,--order-id", "order_id", "the order's id"},
                      {"--account", "account", "with --client-order-id"},
                      {"--client-order-id", "client_order_id", "in place of the order's id"}});
  why->callback(
      [&chosen, values] { chosen = [values](Context& context) { return Why(context, *values); }; });
}

}  // namespace tw::cli
