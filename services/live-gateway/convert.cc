#include "services/live-gateway/convert.h"

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kChildIdMax = 128;
constexpr size_t kTextMax = 64;  // account, symbol and venue

absl::Status CheckLength(std::string_view field, const std::string& text, size_t max) {
  if (text.size() > max) {
    return FieldError(field, "longer than " + std::to_string(max) + " characters");
  }
  return absl::OkStatus();
}

// child_id, venue and symbol: alike in the three commands.
template <typename ProtoCommand>
absl::Status CheckNames(const ProtoCommand& command, const std::string& symbol) {
  TW_RETURN_IF_ERROR(CheckLength("child_id", command.child_id(), kChildIdMax));
  TW_RETURN_IF_ERROR(CheckLength("venue", command.venue(), kTextMax));
  return CheckLength("symbol", symbol, kTextMax);
}

absl::StatusOr<Incoming> DecodePlace(const v1::PlaceChild& place) {
  const v1::PlaceOrder& wire = place.order();
  TW_RETURN_IF_ERROR(CheckNames(place, wire.symbol()));
  TW_RETURN_IF_ERROR(CheckLength("account", wire.account(), kTextMax));
  PlaceOrder order;
  order.child_id = place.child_id();
  order.order_id = OrderId::FromValue(wire.order_id());
  order.account = wire.account();
  order.symbol = wire.symbol();
  order.side = FromProto(wire.side()).value_or(Side::kUnspecified);
  order.type = FromProto(wire.type()).value_or(OrderType::kUnspecified);
  order.time_in_force = FromProto(wire.time_in_force()).value_or(TimeInForce::kUnspecified);
  order.price = Price::FromE8(wire.price_e8());
  order.quantity = Quantity::FromE8(wire.quantity_e8());
  order.post_only = wire.post_only();
  order.display = Quantity::FromE8(wire.display_quantity_e8());
  return Incoming{std::move(order), place.venue(), wire.kill_generation()};
}

absl::StatusOr<Incoming> DecodeCancel(const v1::CancelChild& cancel) {
  TW_RETURN_IF_ERROR(CheckNames(cancel, cancel.symbol()));
  return Incoming{
      CancelOrder{cancel.child_id(), OrderId::FromValue(cancel.order_id()), "", cancel.symbol()},
      cancel.venue()};
}

absl::StatusOr<Incoming> DecodeReplace(const v1::ReplaceChild& replace) {
  TW_RETURN_IF_ERROR(CheckNames(replace, replace.symbol()));
  return Incoming{
      ReplaceOrder{replace.child_id(), OrderId::FromValue(replace.order_id()), "", replace.symbol(),
                   Price::FromE8(replace.price_e8()), Quantity::FromE8(replace.quantity_e8())},
      replace.venue()};
}

}  // namespace

absl::StatusOr<Incoming> Decode(const v1::VenueCommand& command) {
  switch (command.command_case()) {
    case v1::VenueCommand::kPlace: return DecodePlace(command.place());
    case v1::VenueCommand::kCancel: return DecodeCancel(command.cancel());
    case v1::VenueCommand::kReplace: return DecodeReplace(command.replace());
    case v1::VenueCommand::COMMAND_NOT_SET: break;
  }
  return FieldError("commands", "a command is empty");
}

v1::VenueReport Encode(const Report& report, const std::string& venue) {
  v1::VenueReport out;
  out.set_type(ToProto(report.type));
  out.set_time_in_force(ToProto(report.time_in_force));
  out.set_post_only(report.post_only);
  out.set_display_quantity_e8(report.display.e8());
  out.set_client_ref(report.client_ref);
  v1::Execution& e = *out.mutable_execution();
  e.set_execution_sequence(report.number);
  e.set_kind(static_cast<v1::ExecutionKind>(report.kind));
  e.set_venue(venue);
  e.set_child_id(report.child_id);
  e.set_order_id(report.order_id.value());
  e.set_account(report.account);
  e.set_symbol(report.symbol);
  e.set_side(ToProto(report.side));
  e.set_venue_exec_id(report.venue_exec_id.empty() ? ExecId(report.number) : report.venue_exec_id);
  e.set_quantity_e8(report.quantity.e8());
  e.set_price_e8(report.price.e8());
  e.set_liquidity(ToProto(report.liquidity));
  e.set_fee_e8(report.fee.e8());
  e.set_fee_currency(report.fee_currency);
  e.set_leaves_quantity_e8(report.leaves.e8());
  e.set_cumulative_quantity_e8(report.cumulative.e8());
  e.set_reason(ToProto(report.reason));
  e.set_message(report.message);
  e.set_venue_time_ns(report.time.ns);
  e.set_original_venue_exec_id(report.original_exec_id);
  e.set_original_quantity_e8(report.original_quantity.e8());
  e.set_original_price_e8(report.original_price.e8());
  e.set_original_fee_e8(report.original_fee.e8());
  return out;
}

absl::StatusOr<Report> Decode(const v1::VenueReport& wire) {
  const v1::Execution& e = wire.execution();
  Report out;
  out.number = e.execution_sequence();
  const bool adjusts =
      e.kind() == v1::EXECUTION_KIND_TRADE_BUSTED || e.kind() == v1::EXECUTION_KIND_TRADE_CORRECTED;
  if ((e.kind() < v1::EXECUTION_KIND_ACCEPTED || e.kind() > v1::EXECUTION_KIND_REPLACE_REJECTED) &&
      !adjusts) {
    return absl::InvalidArgumentError("execution " + std::to_string(out.number) +
                                      " is of an unknown kind");
  }
  out.kind = static_cast<ReportKind>(e.kind());
  out.child_id = e.child_id();
  out.order_id = OrderId::FromValue(e.order_id());
  out.account = e.account();
  out.symbol = e.symbol();
  TW_ASSIGN_OR_RETURN(out.side, FromProto(e.side()));
  TW_ASSIGN_OR_RETURN(out.type, FromProto(wire.type()));
  TW_ASSIGN_OR_RETURN(out.time_in_force, FromProto(wire.time_in_force()));
  out.price = Price::FromE8(e.price_e8());
  out.quantity = Quantity::FromE8(e.quantity_e8());
  TW_ASSIGN_OR_RETURN(out.liquidity, FromProto(e.liquidity()));
  out.fee = Money::FromE8(e.fee_e8());
  out.fee_currency = e.fee_currency();
  out.post_only = wire.post_only();
  out.display = Quantity::FromE8(wire.display_quantity_e8());
  out.leaves = Quantity::FromE8(e.leaves_quantity_e8());
  out.cumulative = Quantity::FromE8(e.cumulative_quantity_e8());
  TW_ASSIGN_OR_RETURN(out.reason, FromProto(e.reason()));
  out.message = e.message();
  out.time = Timestamp{e.venue_time_ns()};
  out.venue_exec_id = e.venue_exec_id();
  out.client_ref = wire.client_ref();
  out.original_exec_id = e.original_venue_exec_id();
  out.original_quantity = Quantity::FromE8(e.original_quantity_e8());
  out.original_price = Price::FromE8(e.original_price_e8());
  out.original_fee = Money::FromE8(e.original_fee_e8());
  return out;
}

v1::VenueOrder Encode(const OwnOrder& order, const std::string& venue) {
  v1::VenueOrder out;
  out.set_child_id(order.terms.child_id);
  out.set_order_id(order.terms.order_id.value());
  out.set_venue(venue);
  out.set_account(order.terms.account);
  out.set_symbol(order.terms.symbol);
  out.set_side(ToProto(order.terms.side));
  out.set_price_e8(order.terms.price.e8());
  out.set_leaves_quantity_e8(order.leaves().e8());
  out.set_quantity_e8(order.terms.quantity.e8());
  return out;
}

v1::PlaceChild EncodeSent(const PlaceOrder& order, const std::string& venue) {
  v1::PlaceChild out;
  out.set_child_id(order.child_id);
  out.set_venue(venue);
  v1::PlaceOrder& wire = *out.mutable_order();
  wire.set_order_id(order.order_id.value());
  wire.set_account(order.account);
  wire.set_symbol(order.symbol);
  wire.set_side(ToProto(order.side));
  wire.set_type(ToProto(order.type));
  wire.set_time_in_force(ToProto(order.time_in_force));
  wire.set_price_e8(order.price.e8());
  wire.set_quantity_e8(order.quantity.e8());
  wire.set_post_only(order.post_only);
  wire.set_display_quantity_e8(order.display.e8());
  return out;
}

}  // namespace tw::live_gateway
