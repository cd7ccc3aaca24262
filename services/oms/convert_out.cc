// What goes to risk and to execution.
#include "libs/convert/enums.h"
#include "libs/trace/orders.h"
#include "services/oms/convert.h"

namespace tw::oms {

v1::GateOrder EncodeGate(OrderId id, const NewOrder& order) {
  v1::GateOrder out;
  out.set_order_id(id.value());
  out.set_account(order.account);
  out.set_symbol(order.symbol);
  out.set_side(ToProto(order.side));
  out.set_type(ToProto(order.type));
  out.set_time_in_force(ToProto(order.time_in_force));
  out.set_quantity_e8(order.quantity.e8());
  out.set_price_e8(order.price.e8());
  if (IsStop(order.type)) {
    out.set_stop_price_e8(order.first_trigger.e8());
  }
  out.set_reduce_only(order.asked.reduce_only);
  out.set_strategy(order.strategy);
  out.set_allow_duplicate(order.allow_duplicate);
  return out;
}

v1::PlaceOrder EncodePlace(const Order& order) {
  v1::PlaceOrder out;
  out.set_order_id(order.id.value());
  out.set_account(order.terms.account);
  out.set_symbol(order.terms.symbol);
  out.set_side(ToProto(order.terms.side));
  const bool limit =
      order.terms.type == OrderType::kLimit || order.terms.type == OrderType::kStopLimit;
  out.set_type(limit ? v1::ORDER_TYPE_LIMIT : v1::ORDER_TYPE_MARKET);
  out.set_time_in_force(ToProto(order.terms.time_in_force));
  out.set_quantity_e8(order.terms.quantity.e8());
  out.set_price_e8(limit ? order.terms.price.e8() : order.reserve_price.e8());
  out.set_post_only(order.terms.asked.post_only);
  out.set_display_quantity_e8(order.terms.asked.display.e8());
  out.set_kill_generation(order.kill_generation);
  if (trace::MayKnow(order.id)) {
    out.set_traceparent(trace::Traceparent(order.id));
  }
  return out;
}

}  // namespace tw::oms
