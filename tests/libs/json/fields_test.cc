// Which text fields of requests are decimals is told by their names; this list makes it a decision
// for each field: a new text field of a request fails here until it is listed.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libs/json/names.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/parent.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::json {
namespace {

namespace v1 = tradewind::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

void CollectText(const Descriptor* type,
                 std::set<std::string>* decimals,
                 std::set<std::string>* texts) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      (IsDecimal(*field) ? decimals : texts)->insert(field->name());
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE &&
               !IsTimestamp(*field->message_type())) {
      CollectText(field->message_type(), decimals, texts);
    }
  }
}

TEST(FieldsTest, EveryTextFieldOfARequestIsADecimalOrKnownNotToBe) {
  std::set<std::string> decimals;
  std::set<std::string> texts;
  for (const FileDescriptor* file :
       {v1::IngestRequest::descriptor()->file(), v1::ListTickersRequest::descriptor()->file(),
        v1::SubmitOrderRequest::descriptor()->file(),
        v1::SubmitParentOrderRequest::descriptor()->file(),
        v1::ListLotsRequest::descriptor()->file(), v1::CheckOrderRequest::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const std::string& name = file->message_type(i)->name();
      if (name.size() > 7 && name.substr(name.size() - 7) == "Request") {
        CollectText(file->message_type(i), &decimals, &texts);
      }
    }
  }
  EXPECT_THAT(
      decimals,
      ::testing::ElementsAre(
          "amount", "collar_percent", "display_quantity", "duplicate_window_ms", "limit_price",
          "locate_quantity", "max_concentration_percent", "max_daily_loss", "max_drawdown",
          "max_executions", "max_exposure", "max_message_rate", "max_net_exposure",
          "max_open_orders", "max_open_value", "max_order_notional", "max_order_quantity",
          "max_position", "max_position_loss", "max_position_notional", "message_burst",
          "own_collar_percent", "participation", "participation_cap", "price", "quantity",
          "slice_max", "stop_price", "trailing_amount", "trailing_percent", "urgency"));
  EXPECT_THAT(texts,
              ::testing::ElementsAre(
                  "account", "after", "alert_id", "body", "by", "cancel_on_disconnect", "category",
                  "changed_by", "client_order_id", "client_parent_id", "consumer", "currency",
                  "desk", "import_id", "link_id", "name", "names", "only_accounts", "order_id",
                  "parent_order_id", "query", "reason", "scope", "set", "source", "strategy",
                  "symbol", "symbols", "timeframe", "timeframes", "title", "traceparent", "venue"))
      << "a decimal belongs into kDecimals of libs/json/names.cc, any other text into this list";
}

// Every enum of the package follows the rule that short names rest on: PREFIX_NAME, and a zero.
TEST(FieldsTest, EveryEnumValueHasAShortNameThatLeadsBack) {
  for (const FileDescriptor* file :
       {v1::Side_descriptor()->file(), v1::OrderEventKind_descriptor()->file(),
        v1::RiskLevel_descriptor()->file(), v1::ParentAlgo_descriptor()->file(),
        v1::ExecutionKind_descriptor()->file()}) {
    ASSERT_GT(file->enum_type_count(), 0) << file->name();
    for (int i = 0; i < file->enum_type_count(); ++i) {
      const auto* type = file->enum_type(i);
      for (int k = 0; k < type->value_count(); ++k) {
        const auto* value = type->value(k);
        const std::string short_name(ShortName(*value));
        EXPECT_EQ(FindValue(*type, short_name), value) << value->full_name();
        EXPECT_EQ(FindValue(*type, value->name()), value);
        EXPECT_EQ(short_name.empty(), value->number() == 0);
        if (!short_name.empty()) {
          EXPECT_EQ(value->name().substr(value->name().size() - short_name.size()), short_name);
          EXPECT_EQ(value->name()[value->name().size() - short_name.size() - 1], '_')
              << value->name();
        }
      }
    }
  }
  EXPECT_EQ(ShortName(*v1::OrderStatus_descriptor()->FindValueByNumber(3)), "PARTIALLY_FILLED");
  EXPECT_EQ(ShortName(*v1::OrderEventKind_descriptor()->FindValueByNumber(6)), "FILLED");
  EXPECT_EQ(FindValue(*v1::RejectReason_descriptor(), "none")->number(), 0);
  EXPECT_EQ(FindValue(*v1::Side_descriptor(), "unspecified")->number(), 0);
}

}  // namespace
}  // namespace tw::json
