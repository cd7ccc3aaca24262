// The words of the trade between the wire (tradewind.v1) and the core (libs/core/types.h). The
// numbers are the same on both sides; tests/libs/convert holds them together.
//
// Encoding cannot fail. Decoding can: a proto3 enum may carry a number this program does not know,
// which is InvalidArgument with the kind of word and the number found. Any thread.
#pragma once

#include "absl/status/statusor.h"
#include "libs/core/types.h"
#include "tradewind/v1/types.pb.h"

namespace tw {

constexpr tradewind::v1::Side ToProto(Side v) {
  return static_cast<tradewind::v1::Side>(v);
}
constexpr tradewind::v1::OrderType ToProto(OrderType v) {
  return static_cast<tradewind::v1::OrderType>(v);
}
constexpr tradewind::v1::StopTrigger ToProto(StopTrigger v) {
  return static_cast<tradewind::v1::StopTrigger>(v);
}
constexpr tradewind::v1::SelfTradePrevention ToProto(SelfTradePrevention v) {
  return static_cast<tradewind::v1::SelfTradePrevention>(v);
}
constexpr tradewind::v1::LinkKind ToProto(LinkKind v) {
  return static_cast<tradewind::v1::LinkKind>(v);
}
constexpr tradewind::v1::LinkRole ToProto(LinkRole v) {
  return static_cast<tradewind::v1::LinkRole>(v);
}
constexpr tradewind::v1::TimeInForce ToProto(TimeInForce v) {
  return static_cast<tradewind::v1::TimeInForce>(v);
}
constexpr tradewind::v1::OrderStatus ToProto(OrderStatus v) {
  return static_cast<tradewind::v1::OrderStatus>(v);
}
constexpr tradewind::v1::Liquidity ToProto(Liquidity v) {
  return static_cast<tradewind::v1::Liquidity>(v);
}
constexpr tradewind::v1::RejectReason ToProto(RejectReason v) {
  return static_cast<tradewind::v1::RejectReason>(v);
}

absl::StatusOr<Side> FromProto(tradewind::v1::Side v);
absl::StatusOr<OrderType> FromProto(tradewind::v1::OrderType v);
absl::StatusOr<StopTrigger> FromProto(tradewind::v1::StopTrigger v);
absl::StatusOr<SelfTradePrevention> FromProto(tradewind::v1::SelfTradePrevention v);
absl::StatusOr<LinkKind> FromProto(tradewind::v1::LinkKind v);
absl::StatusOr<LinkRole> FromProto(tradewind::v1::LinkRole v);
absl::StatusOr<TimeInForce> FromProto(tradewind::v1::TimeInForce v);
absl::StatusOr<OrderStatus> FromProto(tradewind::v1::OrderStatus v);
absl::StatusOr<Liquidity> FromProto(tradewind::v1::Liquidity v);
absl::StatusOr<RejectReason> FromProto(tradewind::v1::RejectReason v);

}  // namespace tw
