#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "libs/json/json.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::json {
namespace {

namespace v1 = tradewind::v1;

TEST(ToJsonTest, WritesAnOrderInOrderOfDeclaration) {
  v1::Order order;
  order.set_order_id("3-1042");
  order.set_client_order_id("a-1");
  order.set_account("demo");
  order.set_symbol("BTCUSDT");
  order.set_side(v1::SIDE_BUY);
  order.set_type(v1::ORDER_TYPE_STOP_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_GTC);
  order.set_quantity("0.1");
  order.set_price("46000");
  order.set_stop_price("0");
  order.set_status(v1::ORDER_STATUS_PARTIALLY_FILLED);
  order.set_filled_quantity("0.05");
  order.set_average_fill_price("45999.99");
  order.set_leaves_quantity("0.05");
  order.set_sequence(std::numeric_limits<uint64_t>::max());
  order.mutable_created_time()->set_seconds(1'700'000'000);
  order.mutable_created_time()->set_nanos(1);
  EXPECT_EQ(
      ToJson(order),
      R"({"order_id":"3-1042","client_order_id":"a-1","account":"demo","symbol":"BTCUSDT",)"
      R"("side":"BUY","type":"STOP_LIMIT","time_in_force":"GTC","quantity":"0.1",)"
      R"("price":"46000","stop_price":"0","status":"PARTIALLY_FILLED",)"
      R"("filled_quantity":"0.05","average_fill_price":"45999.99","leaves_quantity":"0.05",)"
      R"("reject_reason":"","reject_message":"","uncertain":false,"uncertain_reason":"",)"
      R"("duplicate":false,"created_time":"2023-11-14T22:13:20.000000001Z",)"
      R"("sequence":18446744073709551615,"venue":"","canceled_quantity":"","stop_trigger":"",)"
      R"("trailing_amount":"","trailing_percent":"","post_only":false,)"
      R"("reduce_only":false,"display_quantity":"","trigger_price":"",)"
      R"("strategy":"","parent_order_id":"","self_trade_prevention":"","link_id":"",)"
      R"("link_kind":"","link_role":"","dormant":false,"cancel_reason":""})");
}

TEST(ToJsonTest, ShapesAreStableWhenNothingIsSet) {
  EXPECT_EQ(ToJson(v1::CheckOrderResponse()),
            R"({"approved":false,"risk_level":"","reason":"","reason_code":"","warnings":[],)"
            R"("checks":[],"limits_version":0,"reference_bid":"","reference_ask":""})");
}

TEST(ToJsonTest, WritesNestedAndRepeatedMessages) {
  v1::PreviewOrderResponse preview;
  preview.set_reject_reason(v1::REJECT_REASON_MAX_POSITION);
  v1::RiskCheck* check = preview.add_checks();
  check->set_name("max_position");
  check->set_reason(v1::REJECT_REASON_MAX_POSITION);
  EXPECT_EQ(
      ToJson(preview),
      R"({"approved":false,"reject_reason":"MAX_POSITION","reject_message":"","checks":[)"
      R"({"name":"max_position","passed":false,"input":"","limit":"","used":"",)"
      R"("headroom":"","reason":"MAX_POSITION","level":""}],"limits_version":0,"ledger_sequence":0,)"
      R"("reserve_price":""})");
}

TEST(ToJsonTest, ABookHasPairs) {
  v1::OrderBook book;
  book.set_symbol("IBM");
  v1::BookLevel* bid = book.add_bids();
  bid->set_price("180");
  bid->set_size("12.5");
  EXPECT_EQ(ToJson(book),
            R"({"symbol":"IBM","bids":[["180","12.5"]],"asks":[],"sequence":0,"stale":false})");
}

TEST(ToJsonTest, OfAOneofOnlyTheMemberThatIsSet) {
  v1::MarketDataUpdate update;
  update.mutable_bar()->set_timeframe("1m");
  update.mutable_bar()->mutable_bar()->set_trades(-3);
  EXPECT_EQ(ToJson(update),
            R"({"epoch":0,"sequence":0,"previous_sequence":0,"snapshot":false,"symbol":"",)"
            R"("bar":{"timeframe":"1m","bar":{"open":"","high":"","low":"","close":"",)"
            R"("volume":"","trades":-3}},"merged":0})");
}

TEST(ToJsonTest, DoublesAreTheShortestThatReadsBackAndNeverNaN) {
  v1::Feature feature;
  feature.set_value(0.1);
  EXPECT_EQ(ToJson(feature), R"({"name":"","value":0.1,"ready":false,"age_ms":0,"stale":false})");
  for (const double v : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    feature.set_value(v);
    EXPECT_EQ(ToJson(feature),
              R"({"name":"","value":null,"ready":false,"age_ms":0,"stale":false})");
  }
}

TEST(ToJsonTest, HostileTextStaysInsideItsString) {
  v1::ErrorDetail detail;
  detail.set_code("\"},{\"\n\x01</script>");
  detail.set_message("caf\xc3\xa9");
  detail.set_field("\xff\xfe");
  EXPECT_EQ(ToJson(detail),
            "{\"code\":\"\\\"},{\\\"\\n\\u0001</script>\",\"message\":\"caf\xc3\xa9\","
            "\"field\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST(ToJsonTest, AnEnumNumberOfTheFutureIsWrittenAsItIs) {
  v1::RiskCheck check;
  check.set_reason(static_cast<v1::RejectReason>(99));
  EXPECT_NE(ToJson(check).find(R"("reason":"99")"), std::string::npos);
}

TEST(ToJsonTest, ATimeOutOfRangeSticksAtTheEndOfTheRange) {
  v1::Bar bar;
  bar.mutable_timestamp()->set_seconds(std::numeric_limits<int64_t>::max());
  EXPECT_NE(ToJson(bar).find(R"("timestamp":"2262-04-11T23:47:16.854775807Z")"), std::string::npos);
}

TEST(ToJsonArrayTest, ListsAreBareArrays) {
  v1::ListMarketTradesResponse response;
  EXPECT_EQ(ToJsonArray(response.trades()), "[]");
  std::vector<v1::GetOrderBookRequest> list(2);
  list[0].set_symbol("IBM");
  list[1].set_depth(5);
  EXPECT_EQ(ToJsonArray(list),
            R"([{"symbol":"IBM","depth":0,"venue":""},{"symbol":"","depth":5,"venue":""}])");
}

}  // namespace
}  // namespace tw::json
