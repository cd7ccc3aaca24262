#include "libs/convert/enums.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>

namespace tw {
namespace {

namespace v1 = tradewind::v1;
using google::protobuf::EnumDescriptor;

// Holds a core enum and a proto enum together: every number of the wire has a name in the core, the
// same but for the prefix, and comes through both conversions unchanged. `none` is the core's name
// for a number it does not know.
template <typename Core, typename Proto>
void ExpectTheSame(const EnumDescriptor* type, const std::string& prefix, std::string_view none) {
  for (int i = 0; i < type->value_count(); ++i) {
    const int number = type->value(i)->number();
    SCOPED_TRACE(type->value(i)->name());
    const absl::StatusOr<Core> core = FromProto(static_cast<Proto>(number));
    ASSERT_TRUE(core.ok()) << core.status();
    EXPECT_EQ(static_cast<int>(*core), number);
    EXPECT_EQ(static_cast<int>(ToProto(*core)), number);
    EXPECT_EQ(prefix + std::string(Name(*core)), type->value(i)->name());
  }
  // What the core names, the wire has; what neither has is refused.
  for (int number = 0; number < 256; ++number) {
    const bool known_to_core = number == 0 || Name(static_cast<Core>(number)) != none;
    EXPECT_EQ(known_to_core, type->FindValueByNumber(number) != nullptr) << number;
    EXPECT_EQ(known_to_core, FromProto(static_cast<Proto>(number)).ok()) << number;
  }
}

TEST(EnumsTest, SideIsTheSameOnBothSides) {
  ExpectTheSame<Side, v1::Side>(v1::Side_descriptor(), "SIDE_", "UNSPECIFIED");
}

TEST(EnumsTest, OrderTypeIsTheSameOnBothSides) {
  ExpectTheSame<OrderType, v1::OrderType>(v1::OrderType_descriptor(), "ORDER_TYPE_", "UNSPECIFIED");
}

TEST(EnumsTest, StopTriggerIsTheSameOnBothSides) {
  ExpectTheSame<StopTrigger, v1::StopTrigger>(v1::StopTrigger_descriptor(), "STOP_TRIGGER_",
                                              "UNSPECIFIED");
}

TEST(EnumsTest, WhatLinksOrdersAndKeepsThemApartIsTheSameOnBothSides) {
  ExpectTheSame<SelfTradePrevention, v1::SelfTradePrevention>(
      v1::SelfTradePrevention_descriptor(), "SELF_TRADE_PREVENTION_", "UNSPECIFIED");
  ExpectTheSame<LinkKind, v1::LinkKind>(v1::LinkKind_descriptor(), "LINK_KIND_", "UNSPECIFIED");
  ExpectTheSame<LinkRole, v1::LinkRole>(v1::LinkRole_descriptor(), "LINK_ROLE_", "UNSPECIFIED");
}

TEST(EnumsTest, TimeInForceIsTheSameOnBothSides) {
  ExpectTheSame<TimeInForce, v1::TimeInForce>(v1::TimeInForce_descriptor(), "TIME_IN_FORCE_",
                                              "UNSPECIFIED");
}

TEST(EnumsTest, OrderStatusIsTheSameOnBothSides) {
  ExpectTheSame<OrderStatus, v1::OrderStatus>(v1::OrderStatus_descriptor(), "ORDER_STATUS_",
                                              "UNSPECIFIED");
}

TEST(EnumsTest, LiquidityIsTheSameOnBothSides) {
  ExpectTheSame<Liquidity, v1::Liquidity>(v1::Liquidity_descriptor(), "LIQUIDITY_", "UNSPECIFIED");
}

TEST(EnumsTest, RejectReasonIsTheSameOnBothSides) {
  ExpectTheSame<RejectReason, v1::RejectReason>(v1::RejectReason_descriptor(), "REJECT_REASON_",
                                                "NONE");
}

TEST(EnumsTest, AnUnknownNumberIsNamed) {
  EXPECT_EQ(FromProto(static_cast<v1::Side>(7)).status(),
            absl::InvalidArgumentError("side 7 is not known"));
  EXPECT_EQ(FromProto(static_cast<v1::RejectReason>(-1)).status(),
            absl::InvalidArgumentError("reject reason -1 is not known"));
}

}  // namespace
}  // namespace tw
