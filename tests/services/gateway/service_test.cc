#include "services/gateway/gateway_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "tests/services/gateway/fake_peers.h"

namespace tw::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using tw::testing::WaitFor;

class ServiceTest : public GatewayTest {
 protected:
  absl::StatusOr<v1::Order> Submit(const std::string& symbol, const std::string& key) {
    v1::SubmitOrderRequest request;
    request.set_symbol(symbol);
    request.set_client_order_id(key);
    return host_.Call<v1::Order>("OrderService/SubmitOrder", request);
  }
  absl::StatusOr<v1::Order> Get(const std::string& id, Duration timeout = Duration::Seconds(5)) {
    v1::GetOrderRequest request;
    request.set_order_id(id);
    return host_.channel().CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder", request,
                                               timeout);
  }
};

TEST_F(ServiceTest, EachCallReachesItsOwner) {
  EXPECT_EQ(Submit("BTCUSDT", "a-1")->client_order_id(), "a-1");
  EXPECT_EQ(Get("3-7")->order_id(), "3-7");
  v1::CheckOrderRequest check;
  check.set_symbol("IBM");
  check.set_quantity("5");
  EXPECT_EQ(host_.Call<v1::CheckOrderResponse>("RiskService/CheckOrder", check)->reason(), "IBM 5");
  const auto tickers = host_.Call<v1::ListTickersResponse>("MarketDataService/ListTickers",
                                                           v1::ListTickersRequest());
  ASSERT_TRUE(tickers.ok()) << tickers.status();
  EXPECT_EQ(tickers->tickers(0).symbol(), "BTCUSDT");
  v1::GetPnlRequest pnl;
  pnl.set_account("demo");
  EXPECT_EQ(host_.Call<v1::Pnl>("PortfolioService/GetPnl", pnl)->account(), "demo");
  v1::ListLotsRequest lots;
  lots.set_symbol("IBM");
  EXPECT_EQ(host_.Call<v1::ListLotsResponse>("PortfolioService/ListLots", lots)->lots(0).symbol(),
            "IBM");
}

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST_F(ServiceTest, ATraceContextGoesOnWhicheverWayItComes) {
  v1::SubmitOrderRequest submit;
  submit.set_symbol("BTCUSDT");
  submit.set_traceparent("00-00000000000000000000000000000001-0000000000000002-01");
  EXPECT_EQ(host_.Call<v1::Order>("OrderService/SubmitOrder", submit)->venue(),
            submit.traceparent())
      << "in the message";
  const auto rest =
      http::Fetch("POST", host_.http_address(), "/api/v1/orders", R"({"symbol":"BTCUSDT"})",
                  Duration::Seconds(5), {{"Traceparent", kTraceparent}});
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_EQ(json::parse(rest->body)["venue"], kTraceparent) << "as a header";
  std::promise<std::string> seen;
  const auto call = host_.channel().Open<v1::SubmitOrderRequest, v1::Order>(
      "tradewind.v1.OrderService/SubmitOrder",
      [&](const auto& stream) {
        stream.OnMessage([&](const v1::Order& order) { seen.set_value(order.venue()); });
        stream.OnClosed([](const absl::Status&) {});
        v1::SubmitOrderRequest request;
        request.set_symbol("BTCUSDT");
        stream.Write(request);
        stream.Finish();
      },
      {{"traceparent", kTraceparent}});
  EXPECT_EQ(seen.get_future().get(), kTraceparent) << "as metadata";
}

TEST_F(ServiceTest, OrdersOfABurstBringNoTraceExceptAFew) {
  int traced = 0;
  for (int i = 0; i < 100; ++i) {
    traced += Submit("BTCUSDT", "t-" + std::to_string(i))->venue().empty() ? 0 : 1;
  }
  EXPECT_GE(traced, 10);
  EXPECT_LT(traced, 60);
}

TEST_F(ServiceTest, ErrorsKeepCodeAndField) {
  EXPECT_EQ(Get("0-0").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FieldOf(Submit("BAD", "k").status()), "quantity");
}

TEST_F(ServiceTest, TheOwnerLearnsHowLongTheCallerWaits) {
  EXPECT_LE(Get("3-7", Duration::Millis(900))->sequence(), 1'000U);
  const uint64_t capped = Get("3-7", Duration::Seconds(60))->sequence();
  EXPECT_GT(capped, 2'000U);
  EXPECT_LE(capped, 5'200U);  // gRPC rounds deadlines up
}

TEST_F(ServiceTest, AnOwnerThatDoesNotAnswerIsNamedWhenTimeIsOver) {
  const auto response =
      http::Fetch("GET", host_.http_address(), "/api/v1/orders/slow", "", Duration::Seconds(10));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 504);
  EXPECT_THAT(response->body, HasSubstr("no answer from oms in time"));
}

TEST_F(ServiceTest, AnOwnerThatIsAwayIsNamed) {
  peers_.StopOthers();
  const auto tickers = host_.Call<v1::ListTickersResponse>("MarketDataService/ListTickers",
                                                           v1::ListTickersRequest());
  EXPECT_EQ(tickers.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(tickers.status().message()), HasSubstr("hot-cache is out of reach"));
  const auto response = host_.Get("/tickers");
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.Header("Retry-After").has_value());
  EXPECT_TRUE(Submit("BTCUSDT", "still").ok());
}

TEST_F(ServiceTest, OrdersByRest) {
  const auto sent = host_.Http(
      "POST", "/api/v1/orders",
      R"({"account":"test","symbol":"BTCUSDT","side":"buy","order_type":"LIMIT","quantity":0.10,
          "price":"45000","client_order_id":"r-1"})");
  ASSERT_EQ(sent.status, 200) << sent.body;
  const json order = json::parse(sent.body);
  EXPECT_EQ(order["client_order_id"], "r-1");
  EXPECT_EQ(order["status"], "PENDING_NEW");
  EXPECT_EQ(order["type"], "LIMIT");
  EXPECT_EQ(order["quantity"], "0.1");
  EXPECT_EQ(json::parse(host_.Http("DELETE", "/api/v1/orders/3-9").body)["status"],
            "PENDING_CANCEL");
  const auto replaced = host_.Http("PATCH", "/api/v1/orders/3-9", R"({"price":7})");
  EXPECT_EQ(json::parse(replaced.body)["price"], "7");
  EXPECT_EQ(json::parse(host_.Get("/api/v1/orders/3-7").body)["order_id"], "3-7");
}

TEST_F(ServiceTest, ListsAreArraysWithTheCursorInAHeader) {
  const auto page = host_.Get("/api/v1/orders?limit=1&account=demo");
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.Header("X-Next"), "1-1");
  const json list = json::parse(page.body);
  ASSERT_TRUE(list.is_array());
  EXPECT_EQ(list[0]["account"], "demo");
  EXPECT_FALSE(host_.Get("/api/v1/orders").Header("X-Next").has_value());
}

TEST_F(ServiceTest, RestErrorsHaveCodeMessageAndField) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"symbol":"BTCUSDT","quantity":"x"})", "quantity"},
      {R"({"symbol":"BTCUSDT","type":"limit","order_type":"market"})", "order_type"},
      {R"({"symbol":"BTCUSDT","side":"up"})", "side"},
      {R"({"symbol":"BAD","quantity":1})", "quantity"},  // found by oms
  };
  for (const auto& [body, field] : cases) {
    const auto response = host_.Http("POST", "/api/v1/orders", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(json::parse(response.body)["code"], "INVALID_ARGUMENT") << body;
    EXPECT_EQ(json::parse(response.body)["field"], field) << response.body;
  }
  EXPECT_EQ(host_.Http("POST", "/api/v1/orders").status, 400);
  EXPECT_EQ(host_.Http("POST", "/api/v1/orders", "{").status, 400);
  EXPECT_EQ(host_.Get("/api/v1/orders/0-0").status, 404);
}

TEST_F(ServiceTest, RiskByRest) {
  const auto check = host_.Http("POST", "/api/v1/risk/check",
                                R"({"symbol":"BTCUSDT","quantity":0.1,"type":"limit"})");
  EXPECT_EQ(json::parse(check.body)["reason"], "BTCUSDT 0.1");
  const auto limits = host_.Http("PUT", "/api/v1/risk/limits",
                                 R"({"scope":"firm","max_exposure":5,"reason":"test"})");
  EXPECT_EQ(json::parse(limits.body)["max_exposure"], "5");
  const auto block = host_.Http("POST", "/api/v1/risk/symbol/IBM/block", R"({"reason":"news"})");
  EXPECT_EQ(json::parse(block.body)["symbol"], "IBM");
  EXPECT_EQ(json::parse(block.body)["reason"], "news");
}

TEST_F(ServiceTest, MarketDataWithAndWithoutPrefix) {
  for (const std::string prefix : {"", "/api/v1"}) {
    const json tickers = json::parse(host_.Get(prefix + "/tickers").body);
    ASSERT_TRUE(tickers.is_array());
    EXPECT_EQ(tickers[0]["last_price"], "45000.1");
    for (const std::string path : {"/ticker/", "/tickers/"}) {
      EXPECT_EQ(json::parse(host_.Get(prefix + path + "IBM").body)["symbol"], "IBM");
      EXPECT_EQ(host_.Get(prefix + path + "NOPE").status, 404);
    }
    const json book = json::parse(host_.Get(prefix + "/orderbook/BTCUSDT?depth=2").body);
    EXPECT_EQ(book["bids"], json::parse(R"([["45000","0.5"],["45000","0.5"]])"));
    EXPECT_EQ(host_.Get(prefix + "/orderbook/NOPE").status, 404);
    EXPECT_EQ(host_.Get(prefix + "/trades/NOPE").status, 404);
    EXPECT_EQ(json::parse(host_.Get(prefix + "/symbols/search?q=bt").body)[0]["symbol"],
              "query=bt");
    const auto candles = host_.Get(prefix + "/candles/BTCUSDT?timeframe=5m&limit=7");
    ASSERT_EQ(candles.status, 200) << candles.body;
    EXPECT_EQ(json::parse(candles.body)[0]["open"], "5m");
    EXPECT_EQ(host_.Get(prefix + "/candles/NOPE").status, 404);
    const auto odd = host_.Get(prefix + "/candles/BTCUSDT?timeframe=7m");
    EXPECT_EQ(odd.status, 400);
    EXPECT_EQ(json::parse(odd.body)["field"], "timeframe");
  }
}

// Nobody listens where this gateway looks for QuestDB: what needs it says so, the rest goes on.
TEST_F(ServiceTest, TheHistoryNeedsQuestDbAndTheLiveDataDoNot) {
  const std::string span = "?from=2026-03-01T10:00:00Z";
  const std::vector<std::string> targets = {
      "/trades/BTCUSDT" + span, "/trades/BTCUSDT?venue=REPLAY:x", "/candles/BTCUSDT" + span,
      "/orderbook/BTCUSDT?at=2026-03-01T10:00:00Z"};
  for (const std::string& target : targets) {
    const auto away = host_.Get(target);
    EXPECT_EQ(away.status, 503) << target << away.body;
    EXPECT_EQ(json::parse(away.body)["code"], "UNAVAILABLE");
    EXPECT_NE(away.body.find("the history is in QuestDB"), std::string::npos) << away.body;
  }
  for (const char* const target : {"/candles/BTCUSDT", "/orderbook/BTCUSDT"}) {
    EXPECT_EQ(host_.Get(target).status, 200) << target;
  }
  const auto odd = host_.Get("/trades/BTCUSDT?from=yesterday");
  EXPECT_EQ(odd.status, 400);
  EXPECT_EQ(json::parse(odd.body)["field"], "from");
  EXPECT_EQ(host_.Get("/candles/BTCUSDT" + span + "&timeframe=7m").status, 400);
}

TEST_F(ServiceTest, StatusShowsAllFourteen) {
  ASSERT_TRUE(WaitFor([&] { return json::parse(host_.Get("/status").body)["healthy"] == 14; }));
  const auto response = host_.Get("/status");
  EXPECT_EQ(response.status, 200);
  const json body = json::parse(response.body);
  EXPECT_EQ(body["total"], 14);
  EXPECT_EQ(body["services"].size(), 14U);
}

// What an attribute of the page's index names: src="/assets/index-1f.js".
std::vector<std::string> Named(const std::string& page, const std::string& attribute) {
  std::vector<std::string> found;
  const std::string start = attribute + "=\"";
  for (size_t at = page.find(start); at != std::string::npos; at = page.find(start, at + 1)) {
    const size_t from = at + start.size();
    found.push_back(page.substr(from, page.find('"', from) - from));
  }
  return found;
}

TEST_F(ServiceTest, ThePageLoadsNothingFromElsewhere) {
  const auto page = host_.Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(page.Header("Cache-Control"), "no-store");
  EXPECT_THAT(page.body, HasSubstr("<title>Tradewind</title>"));
  ASSERT_TRUE(page.Header("Content-Security-Policy").has_value());
  EXPECT_THAT(std::string(*page.Header("Content-Security-Policy")),
              HasSubstr("default-src 'none'"));
  EXPECT_EQ(page.Header("X-Content-Type-Options"), "nosniff");
  std::vector<std::string> files = Named(page.body, "src");
  ASSERT_FALSE(files.empty());
  const std::vector<std::string> links = Named(page.body, "href");
  files.insert(files.end(), links.begin(), links.end());
  for (const std::string& path : files) {
    ASSERT_EQ(path.find('/'), 0U) << path;
    const auto file = host_.Get(path);
    EXPECT_EQ(file.status, 200) << path;
    EXPECT_FALSE(file.body.empty()) << path;
    const bool hashed = path.starts_with("/assets/");
    EXPECT_EQ(file.Header("Cache-Control"),
              hashed ? "public, max-age=31536000, immutable" : "no-cache")
        << path;
    const auto packed = http::Fetch("GET", host_.http_address(), path, "", Duration::Seconds(5),
                                    {{"Accept-Encoding", "gzip"}});
    ASSERT_TRUE(packed.ok()) << packed.status();
    EXPECT_LE(packed->body.size(), file.body.size());
    if (hashed) {
      EXPECT_EQ(packed->Header("Content-Encoding"), "gzip") << path;
    }
  }
  EXPECT_EQ(page.body.find("http:"), std::string::npos);
  EXPECT_EQ(page.body.find("https:"), std::string::npos);
  EXPECT_EQ(page.body.find(" on"), std::string::npos);  // no inline handler
  EXPECT_EQ(page.body.find("style="), std::string::npos);
  EXPECT_EQ(host_.Get("/nothing.js").status, 404);
}

TEST_F(ServiceTest, ExecutionQualityIsAskedForItsFigures) {
  EXPECT_EQ(json::parse(host_.Get("/api/v1/execution/orders/3-7").body)["order_id"], "3-7");
  EXPECT_EQ(json::parse(host_.Get("/api/v1/execution/venues").body)[0]["venue"], "PAPER");
  EXPECT_EQ(json::parse(host_.Get("/api/v1/execution/benchmarks/IBM").body)["symbol"], "IBM");
}

TEST_F(ServiceTest, VenuesAreListedAndAnOrderSaysWhereItWent) {
  EXPECT_EQ(json::parse(host_.Get("/api/v1/venues").body)[0]["name"], "PAPER");
  const json route = json::parse(host_.Get("/api/v1/orders/3-7/route").body);
  EXPECT_EQ(route["order_id"], "3-7");
  EXPECT_EQ(route["children"][1]["venue"], "ALPHA");
  EXPECT_EQ(host_.Get("/api/v1/orders/3-404/route").status, 404);
}

TEST_F(ServiceTest, FeaturesAreReadWithTheirHistory) {
  EXPECT_EQ(json::parse(host_.Get("/api/v1/features").body)["features"][0]["name"], "sma_20");
  EXPECT_EQ(
      json::parse(host_.Get("/api/v1/features/IBM?timeframe=5m&names=sma_20").body)["timeframe"],
      "5m");
  const json points =
      json::parse(host_.Get("/api/v1/features/IBM/history?names=sma_20,ema_12&limit=7").body);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1]["name"], "ema_12");
}

TEST_F(ServiceTest, TheHealthInDetailHasEveryService) {
  const json body = json::parse(host_.Get("/api/v1/health").body);
  ASSERT_EQ(body["services"].size(), 14U);
  EXPECT_TRUE(body["services"][0].contains("check"));
}

TEST_F(ServiceTest, ATraceIsThatOfAllServicesInTheOrderOfTime) {
  peers_.on_trace = [] {
    return R"([{"time":"2026-01-01T00:00:00.000000002Z","event":"b"},
               {"time":"2026-01-01T00:00:00.000000001Z","event":"a"}])";
  };
  const json stages = json::parse(host_.Get("/api/v1/orders/3-7/trace").body);
  ASSERT_EQ(stages.size(), 2U) << "all tell the same, as services of one process do";
  EXPECT_EQ(stages[0]["event"], "a");
  EXPECT_EQ(stages[1]["event"], "b");
  EXPECT_EQ(host_.Get("/api/v1/orders/none/trace").status, 400);
}

v1::LedgerEvent LedgerEvent(uint64_t sequence, uint64_t order, v1::OrderEventKind kind) {
  v1::LedgerEvent event;
  event.set_sequence(sequence);
  event.set_order_id(order);
  event.set_kind(kind);
  return event;
}

TEST_F(ServiceTest, TheLifeOfAnOrderIsReadBackToItsFirstEvent) {
  constexpr uint64_t kOrder = (3ULL << 32) | 7;
  peers_.oms().order_sequence = 90'000;
  std::vector<uint64_t> asked;
  peers_.oms().on_ledger = [&](const v1::StreamLedgerRequest& request, const auto& stream) {
    asked.push_back(request.from_sequence());
    v1::LedgerBatch batch;
    if (request.from_sequence() == 1) {
      v1::LedgerEvent& first = *batch.add_events();
      first = LedgerEvent(5, kOrder, v1::ORDER_EVENT_KIND_SUBMITTED);
      v1::LedgerEvent& approved = *batch.add_events();
      approved = LedgerEvent(6, kOrder, v1::ORDER_EVENT_KIND_APPROVED);
      approved.mutable_risk()->add_checks()->set_name("max_position");
    }
    *batch.add_events() = LedgerEvent(89'999, 4, v1::ORDER_EVENT_KIND_FILLED);
    *batch.add_events() = LedgerEvent(90'000, kOrder, v1::ORDER_EVENT_KIND_ACCEPTED);
    *batch.add_events() = LedgerEvent(90'001, kOrder, v1::ORDER_EVENT_KIND_FILLED);
    stream.Write(batch);
  };
  const json life = json::parse(host_.Get("/api/v1/orders/3-7/life").body);
  EXPECT_THAT(asked, ::testing::ElementsAre(88'976, 73'616, 1));
  ASSERT_EQ(life.size(), 3U) << life;
  EXPECT_EQ(life[0]["kind"], "SUBMITTED");
  EXPECT_EQ(life[1]["decision"]["checks"][0]["name"], "max_position");
  EXPECT_EQ(life[2]["sequence"], 90'000);
  EXPECT_EQ(life[2]["order"]["order_id"], "3-7");
  EXPECT_EQ(host_.Get("/api/v1/orders/none/life").status, 400);
}

TEST_F(ServiceTest, TheChecksNameEachPeer) {
  ASSERT_TRUE(WaitFor([&] { return json::parse(host_.Get("/check").body)["status"] == "ok"; }))
      << host_.Get("/check").body;
  const std::string body = host_.Get("/check").body;
  for (const std::string_view peer : kPeerNames) {
    EXPECT_THAT(body, HasSubstr("\"" + std::string(peer) + "\""));
  }
  peers_.oms().Stop();
  ASSERT_TRUE(WaitFor([&] {
    return host_.Get("/check").body.find("no order stream to oms") != std::string::npos;
  }));
  EXPECT_EQ(host_.Get("/check").status, 200);
  EXPECT_EQ(host_.Get("/health").status, 200);
}

TEST_F(ServiceTest, CountsWhatItDoes) {
  ASSERT_TRUE(Submit("BTCUSDT", "k").ok());
  ASSERT_TRUE(Get("3-7").ok());
  const std::string text = host_.Get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("tw_gateway_link_commands_total 1"));
  EXPECT_THAT(text, HasSubstr("tw_gateway_forward_seconds_count{peer=\"oms\"} 1"));
}

}  // namespace
}  // namespace tw::gateway
