#include "libs/convert/orders.h"

#include "libs/base/check.h"
#include "libs/convert/timestamps.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"

namespace tw {
namespace {

namespace v1 = tradewind::v1;

Price AverageFillPrice(const v1::LedgerEvent& event) {
  if (event.filled_quantity_e8() <= 0) {
    return Price();
  }
  // Fills are rounded one by one, so the average of prices near the end of the range may step over.
  return AveragePrice(Money::FromE8(event.filled_notional_e8()),
                      Quantity::FromE8(event.filled_quantity_e8()))
      .value_or(Price::Max());
}

// Empty where nothing was asked for.
std::string Asked(int64_t e8) {
  return e8 == 0 ? "" : FormatE8(e8);
}

void SetInstructions(const v1::OrderInstructions& asked, v1::Order& order) {
  order.set_stop_trigger(asked.stop_trigger());
  order.set_trailing_amount(Asked(asked.trailing_amount_e8()));
  order.set_trailing_percent(Asked(asked.trailing_percent_e8()));
  order.set_post_only(asked.post_only());
  order.set_reduce_only(asked.reduce_only());
  order.set_display_quantity(Asked(asked.display_quantity_e8()));
  order.set_self_trade_prevention(asked.self_trade_prevention());
}

}  // namespace

v1::Order PublicOrder(const v1::LedgerEvent& event) {
  v1::Order order;
  order.set_order_id(OrderId::FromValue(event.order_id()).ToString());
  order.set_client_order_id(event.client_order_id());
  order.set_account(event.account());
  order.set_symbol(event.symbol());
  order.set_side(event.side());
  order.set_type(event.type());
  order.set_time_in_force(event.time_in_force());
  order.set_quantity(FormatE8(event.quantity_e8()));
  order.set_price(FormatE8(event.price_e8()));
  order.set_stop_price(FormatE8(event.stop_price_e8()));
  order.set_status(event.status());
  order.set_filled_quantity(FormatE8(event.filled_quantity_e8()));
  order.set_average_fill_price(AverageFillPrice(event).ToString());
  order.set_leaves_quantity(FormatE8(event.leaves_quantity_e8()));
  order.set_canceled_quantity(FormatE8(event.canceled_quantity_e8()));
  order.set_reject_reason(event.reject_reason());
  order.set_reject_message(event.reject_message());
  order.set_uncertain(event.uncertain());
  order.set_uncertain_reason(event.uncertain_reason());
  if (event.uncertain_since_ns() != 0) {
    ToTimestamp({event.uncertain_since_ns()}, order.mutable_uncertain_since());
  }
  if (event.created_ns() != 0) {
    ToTimestamp({event.created_ns()}, order.mutable_created_time());
  }
  if (event.time_ns() != 0) {
    ToTimestamp({event.time_ns()}, order.mutable_updated_time());
  }
  order.set_sequence(event.sequence());
  order.set_venue(event.venue());
  order.set_strategy(event.strategy());
  order.set_parent_order_id(event.parent_order_id());
  if (event.has_resolution()) {
    *order.mutable_resolution() = event.resolution();
  }
  if (event.has_instructions()) {
    SetInstructions(event.instructions(), order);
  }
  if (event.trigger_price_e8() != 0) {
    order.set_trigger_price(FormatE8(event.trigger_price_e8()));
  }
  if (event.link_id() != 0) {
    order.set_link_id(OrderId::FromValue(event.link_id()).ToString());
    order.set_link_kind(event.link_kind());
    order.set_link_role(event.link_role());
    order.set_dormant(event.dormant());
  }
  order.set_cancel_reason(event.cancel_reason());
  if (event.expires_ns() != 0) {
    ToTimestamp({event.expires_ns()}, order.mutable_expire_time());
  }
  if (event.triggered_ns() != 0) {
    ToTimestamp({event.triggered_ns()}, order.mutable_triggered_time());
  }
  return order;
}

bool IsFill(v1::OrderEventKind kind) {
  return kind == v1::ORDER_EVENT_KIND_FILLED || kind == v1::ORDER_EVENT_KIND_TRADE_BUSTED ||
         kind == v1::ORDER_EVENT_KIND_TRADE_CORRECTED;
}

v1::Fill PublicFill(const v1::LedgerEvent& event) {
  TW_CHECK(IsFill(event.kind()));
  const v1::Execution& execution = event.execution();
  v1::Fill fill;
  fill.set_fill_id(execution.fill_id());
  fill.set_order_id(OrderId::FromValue(event.order_id()).ToString());
  fill.set_client_order_id(event.client_order_id());
  fill.set_account(event.account());
  fill.set_symbol(event.symbol());
  fill.set_side(event.side());
  fill.set_quantity(FormatE8(execution.quantity_e8()));
  fill.set_price(FormatE8(execution.price_e8()));
  fill.set_liquidity(execution.liquidity());
  fill.set_fee(FormatE8(execution.fee_e8()));
  fill.set_fee_currency(execution.fee_currency());
  fill.set_venue(execution.venue());
  fill.set_venue_exec_id(execution.venue_exec_id());
  if (!execution.original_venue_exec_id().empty()) {
    fill.set_original_fill_id(execution.venue() + "-" + execution.original_venue_exec_id());
  }
  const int64_t time_ns =
      execution.venue_time_ns() != 0 ? execution.venue_time_ns() : event.time_ns();
  if (time_ns != 0) {
    ToTimestamp({time_ns}, fill.mutable_time());
  }
  fill.set_sequence(event.sequence());
  return fill;
}

v1::OrderEvent PublicEvent(const v1::LedgerEvent& event) {
  v1::OrderEvent out;
  out.set_sequence(event.sequence());
  if (event.time_ns() != 0) {
    ToTimestamp({event.time_ns()}, out.mutable_time());
  }
  out.set_kind(event.kind());
  *out.mutable_order() = PublicOrder(event);
  if (IsFill(event.kind())) {
    *out.mutable_fill() = PublicFill(event);
  }
  if (event.execution().has_trace()) {
    *out.mutable_trace() = event.execution().trace();
  }
  return out;
}

// `decided_ns`: when the figures of a check without a time of its own were true.
v1::RiskCheck PublicCheck(const v1::RiskCheckResult& check, int64_t decided_ns) {
  v1::RiskCheck out;
  out.set_name(check.name());
  out.set_passed(check.passed());
  out.set_input(FormatE8(check.input_e8()));
  out.set_limit(FormatE8(check.limit_e8()));
  out.set_used(FormatE8(check.used_e8()));
  out.set_headroom(FormatE8(check.headroom_e8()));
  out.set_reason(check.reason());
  out.set_level(check.level());
  if (const int64_t clock = check.clock_ns() != 0 ? check.clock_ns() : decided_ns; clock != 0) {
    ToTimestamp({clock}, out.mutable_clock());
  }
  return out;
}

v1::PreviewOrderResponse PublicPreview(const v1::RiskDecision& decision) {
  v1::PreviewOrderResponse out;
  out.set_approved(decision.approved());
  out.set_reject_reason(decision.reason());
  out.set_reject_message(decision.message());
  for (const v1::RiskCheckResult& check : decision.checks()) {
    *out.add_checks() = PublicCheck(check, decision.decided_ns());
  }
  out.set_limits_version(decision.limits_version());
  return out;
}

}  // namespace tw
