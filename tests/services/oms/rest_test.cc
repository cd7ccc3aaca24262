// The routes over HTTP, as curl sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/http/client.h"
#include "tests/services/oms/oms_fixture.h"

namespace tw::oms {
namespace {

using testing::FakeRisk;
using ::testing::HasSubstr;
using testing::IdOf;
using testing::OmsTest;
using tw::testing::WaitFor;

constexpr const char* kOrder =
    R"({"account":"test","symbol":"BTCUSDT","side":"buy","type":"limit","quantity":0.001,)"
    R"("price":45000,"order_type":"LIMIT"})";

class RestTest : public OmsTest {
 protected:
  std::string Field(const http::Response& response, const std::string& name) {
    const std::string start = "\"" + name + "\":\"";
    const size_t at = response.body.find(start);
    if (at == std::string::npos) {
      return "";
    }
    const size_t begin = at + start.size();
    return response.body.substr(begin, response.body.find('"', begin) - begin);
  }
  http::Response Request(const std::string& method,
                         const std::string& target,
                         const std::string& body) {
    const auto response = http::Fetch(method, host_->http_address(), target, body,
                                      Duration::Seconds(5), {{"Content-Type", "application/json"}});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(http::Response());
  }
  http::Response Post(const std::string& body) { return Request("POST", "/orders", body); }
  http::Response Delete(const std::string& target) { return Request("DELETE", target, ""); }
};

TEST_F(RestTest, TheFirstOrderByCurl) {
  StartReady();
  const http::Response response = Post(kOrder);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Field(response, "order_id"), "1-1");
  EXPECT_EQ(Field(response, "status"), "PENDING_NEW");
  EXPECT_EQ(Field(response, "quantity"), "0.001");
  EXPECT_EQ(Field(response, "price"), "45000");
  EXPECT_EQ(Field(response, "time_in_force"), "DAY");
  EXPECT_EQ(Field(response, "reject_reason"), "");
}

TEST_F(RestTest, WhatIsTakenAndWhatIsSaid) {
  StartReady();
  struct Row {
    const char* body;
    int status;
    const char* name;  // of the field to look at in the answer
    const char* value;
  };
  const std::vector<Row> rows = {
      {R"({"symbol":"IBM","side":"SELL","quantity":"1.5","price":"180.10"})", 200, "account",
       "default"},
      {R"({"symbol":"IBM","side":"SIDE_SELL","quantity":1,"price":1.0e2})", 200, "price", "100"},
      {R"({"symbol":"IBM","side":"Sell","quantity":1e-8,"price":1})", 200, "quantity",
       "0.00000001"},
      {R"({"symbol":"IBM","side":"buy","quantity":90000000.12345678,"price":1})", 200, "quantity",
       "90000000.12345678"},
      {R"({"symbol":"IBM","side":"buy","order_type":"market","quantity":1})", 200, "type",
       "MARKET"},
      {R"({"symbol":"IBM","side":"buy","order_type":"market","quantity":1})", 200, "time_in_force",
       "IOC"},
      {R"({"symbol":"IBM","side":"buy","quantity":1,"price":1,"colour":"red"})", 200, "symbol",
       "IBM"},
      {R"({"symbol":"IBM","side":"buy","type":"limit","order_type":"market","quantity":1})", 400,
       "field", "order_type"},
      {R"({"symbol":"IBM","side":"hold","quantity":1,"price":1})", 400, "field", "side"},
      {R"({"symbol":"IBM","side":"buy","quantity":0.000000001,"price":1})", 400, "field",
       "quantity"},
      {R"({"symbol":"IBM","side":"buy","quantity":"many","price":1})", 400, "field", "quantity"},
      {R"({"symbol":"IBM","side":"buy","quantity":-1,"price":1})", 400, "field", "quantity"},
      {R"({"symbol":"IBM","side":"buy","quantity":1,"quantity":2,"price":1})", 400, "field",
       "quantity"},
      {R"({"symbol":"IBM","side":"buy","quantity":1,"price":1e99})", 400, "field", "price"},
      {R"({"symbol":"IBM","side":"buy","quantity":1})", 400, "field", "price"},
      {R"({"side":"buy","quantity":1,"price":1})", 400, "field", "symbol"},
      {R"({"symbol":"IBM","side":"buy","quantity":1,"price":1,"account":"a b"})", 400, "field",
       "account"},
      {R"({"symbol":)", 400, "code", "INVALID_ARGUMENT"},
      {R"([])", 400, "code", "INVALID_ARGUMENT"},
      {"", 400, "code", "INVALID_ARGUMENT"},
  };
  size_t orders = 0;
  for (const Row& row : rows) {
    const http::Response response = Post(row.body);
    EXPECT_EQ(response.status, row.status) << row.body << " " << response.body;
    EXPECT_EQ(Field(response, row.name), row.value) << row.body << " " << response.body;
    orders += row.status == 200 ? 1 : 0;
  }
  EXPECT_EQ(risk_.asked().size(), orders) << "what was refused left no trace";
}

TEST_F(RestTest, ARefusedOrderIsAnOrder) {
  StartReady();
  risk_.mode = FakeRisk::Mode::kReject;
  const http::Response response = Post(kOrder);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Field(response, "status"), "REJECTED");
  EXPECT_EQ(Field(response, "reject_reason"), "MAX_POSITION");
  EXPECT_NE(Field(response, "reject_message"), "");
}

TEST_F(RestTest, TheSameKeyTwice) {
  StartReady();
  const auto with_key = [&](const std::string& quantity) {
    return Post(R"({"symbol":"IBM","side":"buy","price":1,"client_order_id":"k","quantity":)" +
                quantity + "}");
  };
  EXPECT_THAT(with_key("0.1").body, HasSubstr(R"("duplicate":false)"));
  EXPECT_THAT(with_key("\"0.10\"").body, HasSubstr(R"("duplicate":true)"));
  const http::Response other = with_key("0.2");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(Field(other, "code"), "ALREADY_EXISTS");
}

TEST_F(RestTest, OneOrderFromItsBeginningToItsEnd) {
  StartReady();
  const std::string id = Field(Post(kOrder), "order_id");
  const uint64_t number = OrderId::Parse(id)->value();
  ASSERT_TRUE(WaitFor([&] { return exeq_.placed(number) == 1; }));
  exeq_.Accept(number);
  const auto wait_for = [&](const std::string& status) {
    return WaitFor([&] { return Field(host_->Get("/orders/" + id), "status") == status; });
  };
  ASSERT_TRUE(wait_for("NEW"));
  exeq_.Fill(number, "0.0004", "44999.5");
  ASSERT_TRUE(wait_for("PARTIALLY_FILLED"));
  EXPECT_EQ(Field(host_->Get("/orders/" + id), "average_fill_price"), "44999.5");
  const http::Response fills = host_->Get("/orders/" + id + "/fills");
  EXPECT_EQ(Field(fills, "fill_id"), "PAPER-x2");
  EXPECT_EQ(Field(fills, "fee"), "0.01");
  EXPECT_EQ(Field(fills, "liquidity"), "TAKER");
  EXPECT_EQ(host_->Get("/fills?account=test").body, fills.body);
  EXPECT_EQ(host_->Get("/fills?account=nobody").body, "[]");
  const http::Response replaced = host_->Http("PATCH", "/orders/" + id, R"({"price":"45001"})");
  EXPECT_EQ(replaced.status, 200) << replaced.body;
  EXPECT_EQ(Field(replaced, "status"), "PENDING_REPLACE");
  EXPECT_EQ(Field(host_->Http("PATCH", "/orders/" + id, "{}"), "field"), "quantity");
  const http::Response canceled = Delete("/orders/" + id);
  EXPECT_EQ(canceled.status, 200) << canceled.body;
  EXPECT_EQ(Field(canceled, "status"), "PENDING_CANCEL");
  exeq_.Cancel(number);
  ASSERT_TRUE(wait_for("CANCELED"));
}

TEST_F(RestTest, WhatIsNotThere) {
  StartReady();
  struct Row {
    const char* method;
    const char* target;
    int status;
  };
  const std::vector<Row> rows = {
      {"GET", "/orders/9-9", 404},
      {"DELETE", "/orders/9-9", 404},
      {"GET", "/orders/rubbish", 400},
      {"GET", "/orders/9-9/fills", 200},
      {"GET", "/orders?limit=0", 200},
      {"GET", "/orders?limit=1001", 400},
      {"GET", "/orders?limit=-1", 400},
      {"GET", "/orders?after=rubbish", 400},
      {"GET", "/fills?after=rubbish", 400},
      {"GET", "/orders?status=weird", 400},
      {"GET", "/nothing", 404},
      {"PUT", "/orders", 405},
  };
  for (const Row& row : rows) {
    const http::Response response = Request(row.method, row.target, "");
    EXPECT_EQ(response.status, row.status) << row.method << " " << row.target << response.body;
  }
}

TEST_F(RestTest, WithoutAContentTypeNothingIsTaken) {
  StartReady();
  const auto response = http::Fetch("POST", host_->http_address(), "/orders", kOrder,
                                    Duration::Seconds(5), {{"Content-Type", "text/plain"}});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 415);
  EXPECT_TRUE(risk_.asked().empty());
}

TEST_F(RestTest, ListsArePagedByTheCursor) {
  StartReady();
  for (int i = 1; i <= 5; ++i) {
    v1::SubmitOrderRequest request = Limit("p-" + std::to_string(i));
    request.set_account(i % 2 == 0 ? "even" : "odd");
    const v1::Order order = Submit(request);
    ASSERT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(order)) == 1; }));
    exeq_.Fill(IdOf(order), "1", "100");
    ASSERT_TRUE(WaitStatus(order, v1::ORDER_STATUS_FILLED));
  }
  Submit("open");
  struct Page {
    const char* target;
    const char* ids;   // in the order of the list
    const char* next;  // "": the end
  };
  const std::vector<Page> pages = {
      {"/orders?limit=2", "1-5 1-6 ", ""},  // the newest, newest last
      {"/orders?limit=2&after=0", "1-1 1-2 ", "1-2"},
      {"/orders?limit=2&after=1-2", "1-3 1-4 ", "1-4"},
      {"/orders?limit=2&after=1-4", "1-5 1-6 ", ""},
      {"/orders?after=1-6", "", ""},
      {"/orders?account=even", "1-2 1-4 ", ""},
      {"/orders?account=odd&limit=2&after=0", "1-1 1-3 ", "1-3"},
      {"/orders?status=filled&limit=1", "1-5 ", ""},
      {"/orders?status=pending_new", "1-6 ", ""},
      {"/orders?status=pending_new,FILLED&limit=2", "1-5 1-6 ", ""},
      {"/orders?open_only=true&after=0", "1-6 ", ""},
      {"/orders?symbol=IBM", "", ""},
      {"/fills?limit=2&after=0", "1-1 1-2 ", "6"},
      {"/fills?limit=2&after=6", "1-3 1-4 ", "12"},
      {"/fills?limit=2&after=12", "1-5 ", ""},
      {"/fills?limit=2", "1-4 1-5 ", ""},
      {"/fills?account=even&limit=1&after=0", "1-2 ", "6"},
      {"/fills?order_id=1-3", "1-3 ", ""},
  };
  const auto ids_of = [](const std::string& body) {
    std::string ids;
    const std::string start = "\"order_id\":\"";
    for (size_t at = body.find(start); at != std::string::npos; at = body.find(start, at + 1)) {
      const size_t begin = at + start.size();
      ids += body.substr(begin, body.find('"', begin) - begin) + " ";
    }
    return ids;
  };
  for (const bool restarted : {false, true}) {
    for (const Page& page : pages) {
      const http::Response response = host_->Get(page.target);
      EXPECT_EQ(ids_of(response.body), page.ids) << page.target;
      EXPECT_EQ(response.Header("X-Next").value_or(""), page.next) << page.target;
    }
    if (!restarted) {
      Restart();  // fills then come from the journal
    }
  }
}

TEST_F(RestTest, CancelAllTakesItsFilterFromTheQuery) {
  StartReady();
  Post(kOrder);
  Post(kOrder);
  EXPECT_EQ(Delete("/orders?account=nobody").body, R"({"order_ids":[]})");
  EXPECT_EQ(Delete("/orders?account=test&side=buy").body, R"({"order_ids":["1-1","1-2"]})");
}

TEST_F(RestTest, PositionsAreThoseOfPnl) {
  StartReady();
  const http::Response response = host_->Get("/positions?account=demo");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Field(response, "account"), "demo");
  EXPECT_EQ(Field(response, "quantity"), "-0.5");
  pnl_.Stop();
  EXPECT_EQ(host_->Get("/positions").status, 503);
}

}  // namespace
}  // namespace tw::oms
