// New orders as a client writes them: what is missing, what is malformed, what is taken by default.
#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts.h"
#include "libs/convert/enums.h"
#include "libs/convert/timestamps.h"
#include "libs/core/above_zero.h"
#include "services/oms/convert.h"

namespace tw::oms {
namespace {

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

absl::StatusOr<Price> PriceField(const std::string& text, const char* field) {
  if (text.empty()) {
    return Price();
  }
  const absl::StatusOr<Price> price = Price::Parse(text);
  if (!price.ok()) {
    return FieldError(field, std::string(price.status().message()) + ": '" + text + "'");
  }
  if (*price < Price()) {
    return FieldError(field, "must not be negative");
  }
  return *price;
}

absl::Status CheckTrailing(const NewOrder& order) {
  const Instructions& asked = order.asked;
  const int given =
      (asked.trailing_amount.IsZero() ? 0 : 1) + (asked.trailing_percent.IsZero() ? 0 : 1);
  if (order.type != OrderType::kTrailingStop) {
    return given == 0 ? absl::OkStatus()
                      : FieldError("trailing_amount",
                                   "goes with TRAILING_STOP only, as trailing_percent does");
  }
  if (given != 1) {
    return FieldError("trailing_amount",
                      "a trailing stop names trailing_amount or trailing_percent");
  }
  if (asked.trailing_percent >= Percent::FromUnits(100)) {
    return FieldError("trailing_percent", "must be below 100");
  }
  return absl::OkStatus();
}

// What goes with which type and time in force.
absl::Status CheckInstructions(const NewOrder& order) {
  const Instructions& asked = order.asked;
  const bool passing =
      order.time_in_force == TimeInForce::kIoc || order.time_in_force == TimeInForce::kFok;
  if (asked.post_only && (order.type != OrderType::kLimit || passing)) {
    return FieldError("post_only", "goes with LIMIT and a time in force that lets it rest");
  }
  const bool limit = order.type == OrderType::kLimit || order.type == OrderType::kStopLimit;
  if (!asked.display.IsZero() && (!limit || passing)) {
    return FieldError("display_quantity",
                      "goes with LIMIT or STOP_LIMIT and a time in force that lets it rest");
  }
  if (asked.display > order.quantity) {
    return FieldError("display_quantity", "must not be above the quantity");
  }
  if (asked.trigger != StopTrigger::kUnspecified && !IsStop(order.type)) {
    return FieldError("stop_trigger", "goes with stop orders only");
  }
  const bool gtd = order.time_in_force == TimeInForce::kGtd;
  if (gtd != asked.expire.IsSet()) {
    return FieldError("expire_time", gtd ? "is required with GTD" : "goes with GTD only");
  }
  return CheckTrailing(order);
}

absl::Status DecodeInstructions(const v1::SubmitOrderRequest& request, NewOrder& order) {
  Instructions& asked = order.asked;
  const absl::StatusOr<StopTrigger> trigger = FromProto(request.stop_trigger());
  if (!trigger.ok()) {
    return FieldError("stop_trigger", std::string(trigger.status().message()));
  }
  asked.trigger = *trigger;
  asked.post_only = request.post_only();
  asked.reduce_only = request.reduce_only();
  const absl::StatusOr<SelfTradePrevention> self_trade = FromProto(request.self_trade_prevention());
  if (!self_trade.ok()) {
    return FieldError("self_trade_prevention", std::string(self_trade.status().message()));
  }
  asked.self_trade = *self_trade;
  TW_RETURN_IF_ERROR(ReadAboveZero(request.display_quantity(), "display_quantity", asked.display));
  TW_RETURN_IF_ERROR(
      ReadAboveZero(request.trailing_amount(), "trailing_amount", asked.trailing_amount));
  TW_RETURN_IF_ERROR(
      ReadAboveZero(request.trailing_percent(), "trailing_percent", asked.trailing_percent));
  if (request.has_expire_time()) {
    asked.expire = FromTimestamp(request.expire_time());
    if (asked.expire.ns <= 0) {
      return FieldError("expire_time", "must be a time after 1970");
    }
  }
  TW_RETURN_IF_ERROR(CheckInstructions(order));
  if (IsStop(order.type) && asked.trigger == StopTrigger::kUnspecified) {
    asked.trigger = StopTrigger::kLast;
  }
  return absl::OkStatus();
}

absl::Status CheckPrices(const NewOrder& order) {
  const bool limit = order.type == OrderType::kLimit || order.type == OrderType::kStopLimit;
  if (limit && order.price.IsZero()) {
    return FieldError("price", "is required for a limit order");
  }
  if (!limit && !order.price.IsZero()) {
    return FieldError("price", "is not taken with a market order");
  }
  const bool stop = order.type == OrderType::kStop || order.type == OrderType::kStopLimit;
  if (stop && order.stop_price.IsZero()) {
    return FieldError("stop_price", "is required for a stop order");
  }
  if (!stop && order.type != OrderType::kTrailingStop && !order.stop_price.IsZero()) {
    return FieldError("stop_price", "is taken with stop orders only");
  }
  return absl::OkStatus();
}

template <typename Enum>
absl::Status EnumField(const absl::StatusOr<Enum>& value, const char* field) {
  return value.ok() ? absl::OkStatus() : FieldError(field, std::string(value.status().message()));
}

absl::Status DecodeEnums(const v1::SubmitOrderRequest& request, NewOrder& order) {
  const absl::StatusOr<Side> side = FromProto(request.side());
  TW_RETURN_IF_ERROR(EnumField(side, "side"));
  if (*side == Side::kUnspecified) {
    return FieldError("side", "is required: buy or sell");
  }
  order.side = *side;
  const absl::StatusOr<OrderType> type = FromProto(request.type());
  TW_RETURN_IF_ERROR(EnumField(type, "type"));
  order.type = *type == OrderType::kUnspecified ? OrderType::kLimit : *type;
  const absl::StatusOr<TimeInForce> tif = FromProto(request.time_in_force());
  TW_RETURN_IF_ERROR(EnumField(tif, "time_in_force"));
  order.time_in_force = *tif;
  if (*tif == TimeInForce::kUnspecified) {
    order.time_in_force = order.type == OrderType::kMarket ? TimeInForce::kIoc : TimeInForce::kDay;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewOrder> Decode(const v1::SubmitOrderRequest& request) {
  NewOrder order;
  order.account = request.account().empty() ? "default" : request.account();
  if (!IsAccountName(order.account)) {
    return FieldError("account", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  }
  if (request.symbol().empty() || request.symbol().size() > 32 || !IsPrintable(request.symbol())) {
    return FieldError("symbol", "is required: 1 to 32 printable characters");
  }
  order.symbol = request.symbol();
  if (request.client_order_id().size() > kClientOrderIdMax ||
      !IsPrintable(request.client_order_id())) {
    return FieldError("client_order_id", "must be at most 64 printable characters");
  }
  order.client_order_id = request.client_order_id();
  if (!request.strategy().empty() && !IsAccountName(request.strategy())) {
    return FieldError("strategy", "must be at most 64 of A-Z a-z 0-9 . _ -");
  }
  order.strategy = request.strategy();
  order.allow_duplicate = request.allow_duplicate();
  if (request.parent_order_id().size() > kClientOrderIdMax ||
      !IsPrintable(request.parent_order_id())) {
    return FieldError("parent_order_id", "must be at most 64 printable characters");
  }
  order.parent_order_id = request.parent_order_id();
  TW_RETURN_IF_ERROR(DecodeEnums(request, order));
  const absl::StatusOr<Quantity> quantity = Quantity::Parse(request.quantity());
  if (!quantity.ok()) {
    return FieldError("quantity",
                      std::string(quantity.status().message()) + ": '" + request.quantity() + "'");
  }
  if (*quantity <= Quantity()) {
    return FieldError("quantity", "must be above zero");
  }
  order.quantity = *quantity;
  TW_ASSIGN_OR_RETURN(order.price, PriceField(request.price(), "price"));
  TW_ASSIGN_OR_RETURN(order.stop_price, PriceField(request.stop_price(), "stop_price"));
  TW_RETURN_IF_ERROR(CheckPrices(order));
  TW_RETURN_IF_ERROR(DecodeInstructions(request, order));
  return order;
}

}  // namespace tw::oms
