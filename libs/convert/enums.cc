#include "libs/convert/enums.h"

#include <string>

namespace tw {
namespace {

// The numbers are equal, so a known one is a cast away.
template <typename Core, typename Proto>
absl::StatusOr<Core> Known(Proto v, bool (*is_valid)(int), const char* kind) {
  if (!is_valid(v)) {
    return absl::InvalidArgumentError(std::string(kind) + " " +
                                      std::to_string(static_cast<int>(v)) + " is not known");
  }
  return static_cast<Core>(v);
}

}  // namespace

absl::StatusOr<Side> FromProto(tradewind::v1::Side v) {
  return Known<Side>(v, tradewind::v1::Side_IsValid, "side");
}

absl::StatusOr<OrderType> FromProto(tradewind::v1::OrderType v) {
  return Known<OrderType>(v, tradewind::v1::OrderType_IsValid, "order type");
}

absl::StatusOr<StopTrigger> FromProto(tradewind::v1::StopTrigger v) {
  return Known<StopTrigger>(v, tradewind::v1::StopTrigger_IsValid, "stop trigger");
}

absl::StatusOr<SelfTradePrevention> FromProto(tradewind::v1::SelfTradePrevention v) {
  return Known<SelfTradePrevention>(v, tradewind::v1::SelfTradePrevention_IsValid,
                                    "self-trade prevention");
}

absl::StatusOr<LinkKind> FromProto(tradewind::v1::LinkKind v) {
  return Known<LinkKind>(v, tradewind::v1::LinkKind_IsValid, "link kind");
}

absl::StatusOr<LinkRole> FromProto(tradewind::v1::LinkRole v) {
  return Known<LinkRole>(v, tradewind::v1::LinkRole_IsValid, "link role");
}

absl::StatusOr<TimeInForce> FromProto(tradewind::v1::TimeInForce v) {
  return Known<TimeInForce>(v, tradewind::v1::TimeInForce_IsValid, "time in force");
}

absl::StatusOr<OrderStatus> FromProto(tradewind::v1::OrderStatus v) {
  return Known<OrderStatus>(v, tradewind::v1::OrderStatus_IsValid, "order status");
}

absl::StatusOr<Liquidity> FromProto(tradewind::v1::Liquidity v) {
  return Known<Liquidity>(v, tradewind::v1::Liquidity_IsValid, "liquidity");
}

absl::StatusOr<RejectReason> FromProto(tradewind::v1::RejectReason v) {
  return Known<RejectReason>(v, tradewind::v1::RejectReason_IsValid, "reject reason");
}

}  // namespace tw
