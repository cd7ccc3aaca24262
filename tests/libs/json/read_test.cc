#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "libs/base/field_error.h"
#include "libs/json/json.h"
#include "tradewind/v1/analytics.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::json {
namespace {

namespace v1 = tradewind::v1;
using google::protobuf::util::MessageDifferencer;

const ReadOptions kOrderOptions{.aliases = {{"order_type", "type"}}};

template <typename M>
M Parse(const std::string& text) {
  M out;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &out)) << text;
  return out;
}

struct Taken {
  std::string json;
  std::string wanted;  // text format
};

template <typename M>
void ExpectTaken(std::initializer_list<Taken> cases) {
  for (const Taken& c : cases) {
    M found;
    const absl::Status status = FromJson(c.json, &found, {});
    ASSERT_TRUE(status.ok()) << c.json << ": " << status;
    EXPECT_TRUE(MessageDifferencer::Equals(found, Parse<M>(c.wanted))) << c.json << "\n"
                                                                       << found.DebugString();
  }
}

struct Refused {
  std::string json;
  std::string field;
  std::string message;
};

// Also holds that a refusal leaves the message as it was.
template <typename M>
void ExpectRefused(const std::vector<Refused>& cases, const M& before, const ReadOptions& options) {
  for (const Refused& c : cases) {
    M out = before;
    const absl::Status status = FromJson(c.json, &out, options);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.json;
    EXPECT_EQ(FieldOf(status), c.field) << c.json;
    EXPECT_EQ(std::string(status.message()), c.message) << c.json;
    EXPECT_TRUE(MessageDifferencer::Equals(out, before)) << c.json;
  }
}

TEST(FromJsonTest, ReadsAnOrderAsClientsWriteIt) {
  v1::SubmitOrderRequest order;
  ASSERT_TRUE(FromJson(R"({"account":"test","symbol":"BTCUSDT","side":"buy","type":"limit",
                           "quantity":0.001,"price":45000,"order_type":"LIMIT"})",
                       &order, kOrderOptions)
                  .ok());
  EXPECT_TRUE(MessageDifferencer::Equals(
      order, Parse<v1::SubmitOrderRequest>(
                 R"(account: "test" symbol: "BTCUSDT" side: SIDE_BUY type: ORDER_TYPE_LIMIT
                    quantity: "0.001" price: "45000")")))
      << order.DebugString();
}

TEST(FromJsonTest, TakesWhatIsAllowed) {
  ExpectTaken<v1::SubmitOrderRequest>({
      {"{}", ""},
      {" { } ", ""},
      // Decimals keep every digit, also those that a double would lose.
      {R"({"price":12345678901.12345678})", R"(price: "12345678901.12345678")"},
      {R"({"price":92233720368.54775807})", R"(price: "92233720368.54775807")"},
      {R"({"price":0.1000})", R"(price: "0.1")"},
      {R"({"price":1e-8})", R"(price: "0.00000001")"},
      {R"({"price":"4.5E4"})", R"(price: "45000")"},
      {R"({"price":-0})", R"(price: "0")"},
      {R"({"price":-2})", R"(price: "-2")"},
      {R"({"price":18446744073})", R"(price: "18446744073")"},
      {R"({"price":""})", ""},
      // Enums: short or full, any case.
      {R"({"side":"buy"})", "side: SIDE_BUY"},
      {R"({"side":"Sell"})", "side: SIDE_SELL"},
      {R"({"side":"SIDE_SELL"})", "side: SIDE_SELL"},
      {R"({"side":"side_buy"})", "side: SIDE_BUY"},
      {R"({"side":""})", ""},
      {R"({"type":"trailing_stop"})", "type: ORDER_TYPE_TRAILING_STOP"},
      {R"({"time_in_force":"gtc"})", "time_in_force: TIME_IN_FORCE_GTC"},
      // Nothing is as good as absent; unknown names are nobody's business.
      {R"({"price":null,"side":null,"account":null})", ""},
      {R"({"note":{"deep":[1,{"er":null}]},"symbol":"IBM"})", R"(symbol: "IBM")"},
      {R"({"client_order_id":"caf\u00e9 \ud83d\ude00"})",
       "client_order_id: \"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
  });
  ExpectTaken<v1::AltRecord>({
      {R"({"time":"2026-01-31T09:30:00Z"})", "time { seconds: 1769851800 }"},
      {R"({"time":"2026-01-31T10:30:00.000000001+01:00"})",
       "time { seconds: 1769851800 nanos: 1 }"},
      {R"({"symbols":["IBM","SOLUSDT"],"value":-1.5e3})",
       R"(symbols: "IBM" symbols: "SOLUSDT" value: -1500)"},
      {R"({"value":3,"symbols":[]})", "value: 3"},
      {R"({"value":0})", "value: 0"},
      {R"({"value":null})", ""},
  });
  ExpectTaken<v1::Limits>({
      {R"({"version":18446744073709551615,"max_exposure":1000000})",
       R"(version: 18446744073709551615 max_exposure: "1000000")"},
      {R"({"version":"7"})", "version: 7"},
  });
  ExpectTaken<v1::ListOrdersRequest>({
      {R"({"status":["new","ORDER_STATUS_FILLED"],"limit":"5","open_only":true})",
       "status: ORDER_STATUS_NEW status: ORDER_STATUS_FILLED limit: 5 open_only: true"},
      {R"({"limit":-2147483648})", "limit: -2147483648"},
  });
  ExpectTaken<v1::OrderBook>({
      {R"({"bids":[["1","2"],["0.5","3"]]})",
       R"(bids { price: "1" size: "2" } bids { price: "0.5" size: "3" })"},
  });
  ExpectTaken<v1::TradeCommand>({
      {R"({"request_id":4,"cancel":{"order_id":"1-2"}})",
       R"(request_id: 4 cancel { order_id: "1-2" })"},
  });
}

TEST(FromJsonTest, ReplacesWhatTheMessageHeld) {
  v1::SubmitOrderRequest order;
  order.set_account("old");
  ASSERT_TRUE(FromJson(R"({"symbol":"IBM"})", &order).ok());
  EXPECT_EQ(order.account(), "");
  EXPECT_EQ(order.symbol(), "IBM");
}

TEST(FromJsonTest, RefusesAnOrderAndNamesTheField) {
  v1::SubmitOrderRequest before;
  before.set_account("kept");
  const std::string sides = "side: expected one of BUY, SELL";
  const std::string decimal = "expected a decimal, as a string or a number";
  ExpectRefused(
      {
          {R"({"price":0.000000001})", "price", "price: more than eight decimals"},
          {R"({"price":"1.123456789"})", "price", "price: more than eight decimals"},
          {R"({"price":1e-9})", "price", "price: more than eight decimals"},
          {R"({"price":1e41})", "price", "price: exponent out of range"},
          {R"({"price":1e400})", "price", "price: number out of range"},
          {R"({"price":1e12})", "price", "price: number out of range"},
          {R"({"price":92233720368.54775808})", "price", "price: number out of range"},
          {R"({"price":99999999999999999999999999})", "price", "price: number out of range"},
          {R"({"price":NaN})", "price", "price: not valid JSON near byte 10"},
          {R"({"price":-Infinity})", "price", "price: not valid JSON near byte 11"},
          {R"({"price":"NaN"})", "price", "price: not a number"},
          {R"({"price":"inf"})", "price", "price: not a number"},
          {R"({"price":" 1"})", "price", "price: not a number"},
          {R"({"price":"0x10"})", "price", "price: not a number"},
          {R"({"quantity":true})", "quantity", "quantity: " + decimal},
          {R"({"quantity":{}})", "quantity", "quantity: " + decimal},
          {R"({"stop_price":[1]})", "stop_price", "stop_price: " + decimal},
          {R"({"quantity":1,"quantity":1})", "quantity", "quantity: given twice"},
          {R"({"x":1,"y":2,"x":3})", "x", "x: given twice"},
          {R"({"x":{"y":[{"z":1,"z":1}]}})", "x.y[0].z", "x.y[0].z: given twice"},
          {R"({"side":"bye"})", "side", sides},
          {R"({"side":1})", "side", sides},
          {R"({"side":["BUY"]})", "side", sides},
          {R"({"side":"SIDE_"})", "side", sides},
          {R"({"side":"ORDER_TYPE_LIMIT"})", "side", sides},
          {R"({"account":5})", "account", "account: expected a string"},
          {R"({"account":["a"]})", "account", "account: expected a string"},
          {R"({"client_order_id":false})", "client_order_id", "client_order_id: expected a string"},
      },
      before, kOrderOptions);
}

TEST(FromJsonTest, RefusesWhatIsNoJsonObject) {
  v1::SubmitOrderRequest before;
  before.set_account("kept");
  ExpectRefused(
      {
          {"", "", "not valid JSON near byte 1"},
          {"hello", "", "not valid JSON near byte 1"},
          {"[]", "", "expected a JSON object"},
          {"null", "", "expected a JSON object"},
          {"7", "", "expected a JSON object"},
          {R"({"symbol":"IBM"} x)", "", "not valid JSON near byte 18"},
          {R"({"symbol":"IBM")", "", "not valid JSON near byte 16"},
          {R"({"symbol":"IBM",})", "", "not valid JSON near byte 17"},
          {R"({"symbol":})", "symbol", "symbol: not valid JSON near byte 11"},
          {R"({"symbol":'IBM'})", "symbol", "symbol: not valid JSON near byte 11"},
          {R"({'symbol':"IBM"})", "", "not valid JSON near byte 2"},
          {R"({"symbol" "IBM"})", "symbol", "symbol: not valid JSON near byte 15"},
          {R"({/* note */"symbol":"IBM"})", "", "not valid JSON near byte 2"},
          {"{\"symbol\":\"\xff\"}", "symbol", "symbol: not valid JSON near byte 12"},
          {R"({"symbol":"\ud800"})", "symbol", "symbol: not valid JSON near byte 18"},
          {"{\"symbol\":\"a\nb\"}", "symbol", "symbol: not valid JSON near byte 13"},
          {R"({"price":01})", "", "not valid JSON near byte 11"},
          {R"({"price":.5})", "price", "price: not valid JSON near byte 10"},
      },
      before, kOrderOptions);
}

TEST(FromJsonTest, RefusesOtherTypesAndNamesTheField) {
  const std::string int32 = "expected a whole number from -2147483648 to 2147483647";
  ExpectRefused(
      {
          {R"({"limit":1.5})", "limit", "limit: " + int32},
          {R"({"limit":1e2})", "limit", "limit: " + int32},
          {R"({"limit":2147483648})", "limit", "limit: " + int32},
          {R"({"limit":"5x"})", "limit", "limit: " + int32},
          {R"({"limit":" 5"})", "limit", "limit: " + int32},
          {R"({"limit":""})", "limit", "limit: " + int32},
          {R"({"limit":true})", "limit", "limit: " + int32},
          {R"({"open_only":1})", "open_only", "open_only: expected true or false"},
          {R"({"open_only":"yes"})", "open_only", "open_only: expected true or false"},
          {R"({"status":"NEW"})", "status", "status: expected an array"},
          {R"({"status":{}})", "status", "status: expected an array"},
      },
      v1::ListOrdersRequest(), {});
  ExpectRefused(
      {
          {R"({"version":-1})", "version",
           "version: expected a whole number from 0 to 18446744073709551615"},
          {R"({"version":18446744073709551616})", "version",
           "version: expected a whole number from 0 to 18446744073709551615"},
          {R"({"changed_time":"yesterday"})", "changed_time",
           "changed_time: not an RFC 3339 time such as 2026-01-31T09:30:00Z"},
          {R"({"changed_time":"2026-02-30T00:00:00Z"})", "changed_time",
           "changed_time: not an RFC 3339 time such as 2026-01-31T09:30:00Z"},
          {R"({"changed_time":1700000000})", "changed_time",
           "changed_time: expected an RFC 3339 time such as 2026-01-31T09:30:00Z"},
      },
      v1::Limits(), {});
  ExpectRefused(
      {
          {R"({"records":[{},{"value":"nan"}]})", "records[1].value",
           "records[1].value: expected a number"},
          {R"({"records":[{"value":1e39999}]})", "records[0].value",
           "records[0].value: number out of range"},
          {R"({"records":[{"value":[]}]})", "records[0].value",
           "records[0].value: expected a number"},
          {R"({"records":[null]})", "records[0]", "records[0]: expected an object"},
          {R"({"records":["x"]})", "records[0]", "records[0]: expected an object"},
          {R"({"records":[{"symbols":["a",2]}]})", "records[0].symbols[1]",
           "records[0].symbols[1]: expected a string"},
          {R"({"records":[{},{"title":"a","title":"b"}]})", "records[1].title",
           "records[1].title: given twice"},
      },
      v1::IngestRequest(), {});
  ExpectRefused(
      {
          {R"({"bids":[["1"]]})", "bids[0]", "bids[0]: expected an array of 2"},
          {R"({"bids":[{"price":"1","size":"2"}]})", "bids[0]", "bids[0]: expected an array of 2"},
          {R"({"asks":[["1","1"],["x","1"]]})", "asks[1][0]", "asks[1][0]: not a number"},
      },
      v1::OrderBook(), {});
  ExpectRefused({{R"({"cancel":{},"submit":{}})", "submit",
                  "submit: only one of the kinds of command can be given"},
                 {R"({"submit":{"price":"x"}})", "submit.price", "submit.price: not a number"},
                 {R"({"submit":5})", "submit", "submit: expected an object"}},
                v1::TradeCommand(), {});
}

TEST(FromJsonTest, AliasesStandForTheirFieldUnlessTheyDisagree) {
  struct Case {
    const char* json;
    v1::OrderType type;
  };
  const Case cases[] = {
      {R"({"order_type":"market"})", v1::ORDER_TYPE_MARKET},
      {R"({"order_type":"LIMIT","type":"limit"})", v1::ORDER_TYPE_LIMIT},
      {R"({"type":"ORDER_TYPE_STOP","order_type":"stop"})", v1::ORDER_TYPE_STOP},
      {R"({"type":"limit","order_type":null})", v1::ORDER_TYPE_LIMIT},
      {R"({"type":null,"order_type":"limit"})", v1::ORDER_TYPE_LIMIT},
      {R"({"type":"limit"})", v1::ORDER_TYPE_LIMIT},
  };
  for (const Case& c : cases) {
    v1::SubmitOrderRequest order;
    ASSERT_TRUE(FromJson(c.json, &order, kOrderOptions).ok()) << c.json;
    EXPECT_EQ(order.type(), c.type) << c.json;
  }
  ExpectRefused({{R"({"type":"limit","order_type":"market"})", "order_type",
                  "order_type: disagrees with type"},
                 {R"({"order_type":5})", "order_type",
                  "order_type: expected one of MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING_STOP"},
                 {R"({"order_type":"limit","type":"x"})", "type",
                  "type: expected one of MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING_STOP"}},
                v1::SubmitOrderRequest(), kOrderOptions);
  v1::SubmitOrderRequest order;
  ASSERT_TRUE(FromJson(R"({"price":1.10,"limit_price":"1.1"})", &order,
                       {.aliases = {{"limit_price", "price"}}})
                  .ok());
  EXPECT_EQ(order.price(), "1.1") << "agreement is by value";
}

std::string Nested(int depth) {
  std::string out = R"({"x":)";
  for (int i = 1; i < depth; ++i) {
    out += '[';
  }
  out += '1';
  out.append(static_cast<size_t>(depth - 1), ']');
  return out + '}';
}

TEST(FromJsonTest, BoundsHold) {
  v1::SubmitOrderRequest order;
  EXPECT_TRUE(FromJson(Nested(16), &order).ok());
  EXPECT_EQ(FromJson(Nested(17), &order), absl::InvalidArgumentError("nested deeper than 16"));
  EXPECT_EQ(FromJson(std::string(1 << 20, '['), &order),
            absl::InvalidArgumentError("nested deeper than 16"));

  const std::string three = R"({"x":[1,2]})";  // four values: object, array, 1, 2
  EXPECT_TRUE(FromJson(three, &order, {.values_max = 4}).ok());
  EXPECT_EQ(FromJson(three, &order, {.values_max = 3}),
            absl::InvalidArgumentError("more than 3 values"));
  EXPECT_TRUE(FromJson(three, &order, {.text_max = three.size()}).ok());
  EXPECT_EQ(FromJson(three, &order, {.text_max = three.size() - 1}),
            absl::InvalidArgumentError("longer than 10 bytes"));
}

TEST(FromParamsTest, ReadsAQuery) {
  v1::ListOrdersRequest request;
  request.set_symbol("OLD");
  ASSERT_TRUE(FromParams({{"account", "demo"},
                          {"status", "new,partially_filled"},
                          {"status", "FILLED"},
                          {"limit", "20"},
                          {"open_only", "true"},
                          {"after", ""},
                          {"color", "red"},
                          {"color", "blue"}},
                         &request)
                  .ok());
  EXPECT_TRUE(MessageDifferencer::Equals(
      request, Parse<v1::ListOrdersRequest>(
                   R"(account: "demo" status: ORDER_STATUS_NEW status: ORDER_STATUS_PARTIALLY_FILLED
                      status: ORDER_STATUS_FILLED limit: 20 open_only: true)")))
      << request.DebugString();
}

TEST(FromParamsTest, TakesAliases) {
  v1::ListOrdersRequest request;
  const ReadOptions options{.aliases = {{"state", "status"}, {"n", "limit"}}};
  ASSERT_TRUE(FromParams({{"state", "new,filled"}, {"n", "3"}}, &request, options).ok());
  EXPECT_EQ(request.status_size(), 2);
  EXPECT_EQ(request.limit(), 3);
  EXPECT_EQ(FieldOf(FromParams({{"n", "3"}, {"limit", "4"}}, &request, options)), "n");
}

TEST(FromParamsTest, RefusesAndNamesTheField) {
  struct Case {
    std::vector<std::pair<std::string, std::string>> params;
    const char* field;
    const char* message;
  };
  const Case cases[] = {
      {{{"limit", "many"}},
       "limit",
       "limit: expected a whole number from -2147483648 to 2147483647"},
      {{{"limit", "1"}, {"limit", "1"}}, "limit", "limit: given twice"},
      {{{"open_only", "1"}}, "open_only", "open_only: expected true or false"},
      {{{"account", "\xff"}}, "account", "account: not valid UTF-8"},
      {{{"status", "new,old"}},
       "status[1]",
       "status[1]: expected one of PENDING_NEW, NEW, PARTIALLY_FILLED, FILLED, PENDING_CANCEL, "
       "CANCELED, PENDING_REPLACE, REJECTED, EXPIRED"},
  };
  for (const Case& c : cases) {
    v1::ListOrdersRequest request;
    const absl::Status status = FromParams(c.params, &request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.field;
    EXPECT_EQ(FieldOf(status), c.field);
    EXPECT_EQ(std::string(status.message()), c.message);
  }
}

}  // namespace
}  // namespace tw::json
