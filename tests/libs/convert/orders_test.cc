#include "libs/convert/orders.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tw {
namespace {

namespace v1 = tradewind::v1;
using google::protobuf::util::MessageDifferencer;

template <typename M>
M Parse(const std::string& text) {
  M out;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &out));
  return out;
}

template <typename M>
void ExpectEqual(const M& found, const std::string& wanted) {
  EXPECT_TRUE(MessageDifferencer::Equals(found, Parse<M>(wanted))) << found.DebugString();
}

constexpr char kFilled[] = R"(
  sequence: 12 time_ns: 2000000001 kind: ORDER_EVENT_KIND_FILLED
  order_id: 12884902930 client_order_id: "a-1" account: "demo" symbol: "BTCUSDT"
  side: SIDE_BUY type: ORDER_TYPE_LIMIT time_in_force: TIME_IN_FORCE_GTC
  quantity_e8: 30000000 price_e8: 4600000000000
  status: ORDER_STATUS_PARTIALLY_FILLED
  filled_quantity_e8: 20000000 leaves_quantity_e8: 10000000
  filled_notional_e8: 900100000000 venue: "PAPER" created_ns: 1000000000
  execution {
    execution_sequence: 5 kind: EXECUTION_KIND_FILLED venue: "PAPER" child_id: "3-1042.1"
    venue_exec_id: "x-9" quantity_e8: 15000000 price_e8: 4500500000000
    liquidity: LIQUIDITY_TAKER fee_e8: -125 fee_currency: "USDT" venue_time_ns: 1999999999
    fill_id: "3-1042/2"
  })";

constexpr char kFilledOrder[] = R"(
  order_id: "3-1042" client_order_id: "a-1" account: "demo" symbol: "BTCUSDT"
  side: SIDE_BUY type: ORDER_TYPE_LIMIT time_in_force: TIME_IN_FORCE_GTC
  quantity: "0.3" price: "46000" stop_price: "0" status: ORDER_STATUS_PARTIALLY_FILLED
  filled_quantity: "0.2" average_fill_price: "45005" leaves_quantity: "0.1"
  canceled_quantity: "0" created_time { seconds: 1 } updated_time { seconds: 2 nanos: 1 }
  sequence: 12 venue: "PAPER")";

constexpr char kFill[] = R"(
  fill_id: "3-1042/2" order_id: "3-1042" client_order_id: "a-1" account: "demo"
  symbol: "BTCUSDT" side: SIDE_BUY quantity: "0.15" price: "45005" liquidity: LIQUIDITY_TAKER
  fee: "-0.00000125" fee_currency: "USDT" venue: "PAPER" venue_exec_id: "x-9"
  time { seconds: 1 nanos: 999999999 } sequence: 12)";

TEST(OrdersTest, AnOrderShowsItsStateAfterTheEvent) {
  ExpectEqual(PublicOrder(Parse<v1::LedgerEvent>(kFilled)), kFilledOrder);
}

TEST(OrdersTest, AFillIsTheVenuesExecution) {
  ExpectEqual(PublicFill(Parse<v1::LedgerEvent>(kFilled)), kFill);
}

TEST(OrdersTest, AFillWithoutAVenueTimeHasTheLedgers) {
  v1::LedgerEvent event = Parse<v1::LedgerEvent>(kFilled);
  event.mutable_execution()->clear_venue_time_ns();
  EXPECT_EQ(PublicFill(event).time().seconds(), 2);
}

TEST(OrdersTest, AnEventCarriesItsOrderAndOnFilledItsFill) {
  v1::LedgerEvent event = Parse<v1::LedgerEvent>(kFilled);
  ExpectEqual(PublicEvent(event), std::string("sequence: 12 time { seconds: 2 nanos: 1 } "
                                              "kind: ORDER_EVENT_KIND_FILLED order {") +
                                      kFilledOrder + "} fill {" + kFill + "}");
  event.set_kind(v1::ORDER_EVENT_KIND_CANCEL_REQUESTED);
  EXPECT_FALSE(PublicEvent(event).has_fill());
}

TEST(OrdersTest, OnlyAFillHasAFill) {
  v1::LedgerEvent event;
  event.set_kind(v1::ORDER_EVENT_KIND_CANCELED);
  EXPECT_DEATH(static_cast<void>(PublicFill(event)), "invariant broken");
}

TEST(OrdersTest, AnOrderSaysWhatItAskedFor) {
  ExpectEqual(PublicOrder(Parse<v1::LedgerEvent>(R"(
    order_id: 4294967297 expires_ns: 5000000000 triggered_ns: 6000000000
    trigger_price_e8: 9500000000
    instructions { post_only: true reduce_only: true display_quantity_e8: 10000000
                   stop_trigger: STOP_TRIGGER_MARK trailing_amount_e8: 500000000 }
  )")),
              R"(
      order_id: "1-1" quantity: "0" price: "0" stop_price: "0" filled_quantity: "0"
      average_fill_price: "0" leaves_quantity: "0" canceled_quantity: "0"
      stop_trigger: STOP_TRIGGER_MARK trailing_amount: "5" post_only: true
      reduce_only: true display_quantity: "0.1" trigger_price: "95"
      expire_time { seconds: 5 } triggered_time { seconds: 6 }
  )");
}

TEST(OrdersTest, ARefusedUncertainOrderSaysWhy) {
  ExpectEqual(PublicOrder(Parse<v1::LedgerEvent>(R"(
      order_id: 4294967297 status: ORDER_STATUS_REJECTED reject_reason: REJECT_REASON_MAX_POSITION
      reject_message: "too much" uncertain: true uncertain_reason: "no answer"
      uncertain_since_ns: 3000000000 canceled_quantity_e8: 1)")),
              R"(
      order_id: "1-1" quantity: "0" price: "0" stop_price: "0" status: ORDER_STATUS_REJECTED
      filled_quantity: "0" average_fill_price: "0" leaves_quantity: "0"
      canceled_quantity: "0.00000001"
      reject_reason: REJECT_REASON_MAX_POSITION reject_message: "too much"
      uncertain: true uncertain_reason: "no answer" uncertain_since { seconds: 3 })");
}

TEST(OrdersTest, AnAverageRoundsHalfAwayFromZeroAndStaysInRange) {
  v1::LedgerEvent event;
  event.set_filled_quantity_e8(300'000'000);
  event.set_filled_notional_e8(1'000'000'000);
  EXPECT_EQ(PublicOrder(event).average_fill_price(), "3.33333333");
  event.set_filled_notional_e8(2'000'000'000);
  EXPECT_EQ(PublicOrder(event).average_fill_price(), "6.66666667");
  event.set_filled_quantity_e8(1);
  event.set_filled_notional_e8(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(PublicOrder(event).average_fill_price(), "92233720368.54775807");
}

TEST(OrdersTest, ARiskAnswerShowsEveryCheck) {
  ExpectEqual(PublicPreview(Parse<v1::RiskDecision>(R"(
      approved: false reason: REJECT_REASON_MAX_ORDER_QUANTITY message: "100 is over 10"
      limits_version: 4
      checks { name: "price_collar" passed: true input_e8: 1 limit_e8: 2 headroom_e8: 1 }
      checks { name: "max_order_quantity" input_e8: 10000000000 limit_e8: 1000000000
               used_e8: 50000000 headroom_e8: 950000000
               reason: REJECT_REASON_MAX_ORDER_QUANTITY })")),
              R"(
      reject_reason: REJECT_REASON_MAX_ORDER_QUANTITY reject_message: "100 is over 10"
      limits_version: 4
      checks { name: "price_collar" passed: true input: "0.00000001" limit: "0.00000002"
               used: "0" headroom: "0.00000001" }
      checks { name: "max_order_quantity" input: "100" limit: "10" used: "0.5" headroom: "9.5"
               reason: REJECT_REASON_MAX_ORDER_QUANTITY })");
}

}  // namespace
}  // namespace tw
