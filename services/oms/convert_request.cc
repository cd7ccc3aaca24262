// New orders as a client writes them: what is missing, what is malformed, what is taken by default.
#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/config/accounts.h"
#include "libs/convert/enums.h"
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
  return order;
}

}  // namespace tw::oms
