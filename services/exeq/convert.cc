#include "services/exeq/convert.h"

#include "libs/convert/timestamps.h"

namespace tw::exeq {
namespace {

ReportKind KindOf(v1::ExecutionKind kind) {
  switch (kind) {
    case v1::EXECUTION_KIND_ACCEPTED: return ReportKind::kAccepted;
    case v1::EXECUTION_KIND_REJECTED: return ReportKind::kRejected;
    case v1::EXECUTION_KIND_FILLED: return ReportKind::kFilled;
    case v1::EXECUTION_KIND_CANCELED:
    case v1::EXECUTION_KIND_EXPIRED: return ReportKind::kCanceled;
    case v1::EXECUTION_KIND_REPLACED: return ReportKind::kReplaced;
    default: return ReportKind::kOther;
  }
}

}  // namespace

ChildReport Decode(const v1::Execution& execution) {
  ChildReport report;
  report.execution_sequence = execution.execution_sequence();
  report.kind = KindOf(execution.kind());
  report.child_id = execution.child_id();
  report.order_id = OrderId::FromValue(execution.order_id());
  report.venue = execution.venue();
  report.symbol = execution.symbol();
  report.leaves = Quantity::FromE8(execution.leaves_quantity_e8());
  report.cumulative = Quantity::FromE8(execution.cumulative_quantity_e8());
  report.quantity = Quantity::FromE8(execution.quantity_e8());
  report.price = Price::FromE8(execution.price_e8());
  report.message = execution.message();
  return report;
}

VenueView Decode(const v1::VenueStatus& status) {
  VenueView view;
  view.name = status.name();
  view.connected = status.connected();
  view.takes_orders = status.takes_orders();
  view.symbols = {status.symbols().begin(), status.symbols().end()};
  view.maker_fee_e8 = status.maker_fee_e8();
  view.taker_fee_e8 = status.taker_fee_e8();
  view.minimum_fee_e8 = status.minimum_fee_e8();
  view.latency = Duration::Micros(status.latency_to_us() + status.latency_from_us());
  return view;
}

Child Decode(const v1::PlaceOrder& place, const std::string& venue, Timestamp now) {
  Child child;
  child.order_id = OrderId::FromValue(place.order_id());
  child.child_id = FirstChildId(child.order_id);
  child.venue = venue;
  child.symbol = place.symbol();
  child.quantity = Quantity::FromE8(place.quantity_e8());
  child.price = Price::FromE8(place.price_e8());
  child.sent = now;
  return child;
}

Child Decode(const v1::VenueOrder& order) {
  Child child;
  child.child_id = order.child_id();
  child.order_id = OrderId::FromValue(order.order_id());
  child.venue = order.venue();
  child.symbol = order.symbol();
  child.quantity = Quantity::FromE8(order.quantity_e8());
  child.price = Price::FromE8(order.price_e8());
  child.filled = Quantity::FromE8(order.quantity_e8() - order.leaves_quantity_e8());
  child.state = ChildState::kWorking;
  return child;
}

v1::ChildOrder Encode(const Child& child) {
  v1::ChildOrder out;
  out.set_child_id(child.child_id);
  out.set_venue(child.venue);
  out.set_quantity(child.quantity.ToString());
  out.set_price(child.price.ToString());
  out.set_filled_quantity(child.filled.ToString());
  out.set_state(std::string(Name(child.state)));
  out.set_reason(child.reason);
  if (child.sent.IsSet()) {
    ToTimestamp(child.sent, out.mutable_sent_time());
  }
  return out;
}

v1::Venue Encode(const v1::VenueStatus& status) {
  v1::Venue out;
  out.set_name(status.name());
  out.set_connected(status.connected());
  out.set_mode(status.mode());
  *out.mutable_symbols() = status.symbols();
  out.set_execution_sequence(status.execution_sequence());
  out.set_open_orders(status.open_orders());
  out.set_takes_orders(status.connected() && status.takes_orders());
  out.set_reason(status.connected() || !status.reason().empty() ? status.reason() : "out of reach");
  // Fees are shares in 1e-8; a basis point is 10,000 of them.
  out.set_maker_fee_bps(Money::FromE8(status.maker_fee_e8() * 10'000).ToString());
  out.set_taker_fee_bps(Money::FromE8(status.taker_fee_e8() * 10'000).ToString());
  out.set_minimum_fee(Money::FromE8(status.minimum_fee_e8()).ToString());
  out.set_latency_to_us(status.latency_to_us());
  out.set_latency_from_us(status.latency_from_us());
  return out;
}

}  // namespace tw::exeq
