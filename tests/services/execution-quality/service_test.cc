#include "services/execution-quality/service.h"

#include <gtest/gtest.h>

#include "libs/json/json.h"
#include "libs/testing/e8.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "services/execution-quality/convert.h"

namespace tw::eq {
namespace {

using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

using tw::testing::kE8;
constexpr int64_t kArrivalNs = 1'800'000'000'000'000'000;

v1::LedgerEvent Event(v1::OrderEventKind kind, v1::OrderStatus status, int64_t millis) {
  v1::LedgerEvent out;
  out.set_kind(kind);
  out.set_status(status);
  out.set_time_ns(kArrivalNs + Duration::Millis(millis).ns);
  out.set_created_ns(kArrivalNs);
  out.set_order_id(OrderId(1, 7).value());
  out.set_account("demo");
  out.set_symbol("BTCUSDT");
  out.set_side(v1::SIDE_SELL);
  out.set_quantity_e8(4 * kE8);
  return out;
}

v1::LedgerEvent Approved() {
  v1::LedgerEvent out = Event(v1::ORDER_EVENT_KIND_APPROVED, v1::ORDER_STATUS_PENDING_NEW, 0);
  out.mutable_risk()->set_approved(true);
  out.mutable_risk()->set_reference_bid_e8(99 * kE8);
  out.mutable_risk()->set_reference_ask_e8(101 * kE8);
  return out;
}

v1::LedgerEvent Filled(const std::string& id,
                       int64_t quantity,
                       int64_t price,
                       int64_t millis,
                       v1::OrderStatus status) {
  v1::LedgerEvent out = Event(v1::ORDER_EVENT_KIND_FILLED, status, millis);
  out.set_venue("PAPER");
  out.mutable_execution()->set_fill_id(id);
  out.mutable_execution()->set_quantity_e8(quantity * kE8);
  out.mutable_execution()->set_price_e8(price * kE8);
  out.mutable_execution()->set_fee_e8(kE8 / 10);
  return out;
}

class ExecutionQualityServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    platform_.Start();
    platform_.Append(Event(v1::ORDER_EVENT_KIND_SUBMITTED, v1::ORDER_STATUS_PENDING_NEW, 0));
    platform_.Append(Approved());
    platform_.Append(Filled("f1", 1, 99, 10, v1::ORDER_STATUS_PARTIALLY_FILLED));
    platform_.Append(Filled("f2", 3, 98, 250, v1::ORDER_STATUS_FILLED));
  }

  FakePlatform platform_;
  ServiceHost host_{"execution-quality", std::make_unique<ExecutionQualityService>()};
};

TEST_F(ExecutionQualityServiceTest, AnOrderAgainstItsArrival) {
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  v1::GetOrderQualityRequest request;
  request.set_order_id("1-7");
  const auto order =
      host_.Call<v1::OrderQuality>("ExecutionQualityService/GetOrderQuality", request);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->arrival_mid(), "100");
  EXPECT_EQ(order->filled_quantity(), "4");
  EXPECT_EQ(order->average_fill_price(), "98.25");
  EXPECT_EQ(order->fill_rate(), 1.0);
  EXPECT_EQ(order->slippage(), "1.75");
  EXPECT_EQ(order->slippage_bps(), 175.0);
  EXPECT_EQ(order->slippage_cost(), "7");  // 400 at the mid, 393 got
  EXPECT_EQ(order->fees(), "0.2");
  EXPECT_EQ(order->time_to_first_fill_ms(), 10.0);
  EXPECT_EQ(order->time_to_last_fill_ms(), 250.0);
  ASSERT_EQ(order->fills_size(), 2);
  EXPECT_EQ(order->fills(1).fill_id(), "f2");
  EXPECT_EQ(order->fills(1).slippage(), "2");
  EXPECT_EQ(order->fills(1).slippage_bps(), 200.0);
  EXPECT_EQ(host_.Get("/execution/1-7").body, json::ToJson(*order));

  EXPECT_EQ(host_.Get("/execution/1-8").status, 404);
  const http::Response bad = host_.Get("/execution/x");
  EXPECT_EQ(bad.status, 400);
  EXPECT_NE(bad.body.find("\"field\":\"order_id\""), std::string::npos) << bad.body;
}

TEST_F(ExecutionQualityServiceTest, VenuesByRank) {
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  const auto venues = host_.Call<v1::ListVenueQualityResponse>(
      "ExecutionQualityService/ListVenueQuality", v1::ListVenueQualityRequest());
  ASSERT_TRUE(venues.ok()) << venues.status();
  ASSERT_EQ(venues->venues_size(), 1);
  EXPECT_EQ(venues->venues(0).venue(), "PAPER");
  EXPECT_EQ(venues->venues(0).rank(), 1);
  EXPECT_EQ(venues->venues(0).orders(), 1);
  EXPECT_EQ(venues->venues(0).fills(), 2);
  EXPECT_EQ(venues->venues(0).fill_rate(), 1.0);
  EXPECT_EQ(venues->venues(0).slippage_bps(), 175.0);
  EXPECT_EQ(venues->venues(0).time_to_first_fill_ms_p50(), 10.0);
  EXPECT_EQ(host_.Get("/venues").body, "[" + json::ToJson(venues->venues(0)) + "]");
}

TEST_F(ExecutionQualityServiceTest, BenchmarksOfTheLiveMarket) {
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  ASSERT_TRUE(WaitFor([&] { return platform_.market_readers() == 1; }));
  const auto trade = [](int64_t price, int64_t quantity) {
    v1::FeedEvent out;
    out.set_venue("PAPER");
    out.set_symbol("IBM");
    out.mutable_trade()->set_price_e8(price * kE8);
    out.mutable_trade()->set_quantity_e8(quantity * kE8);
    return out;
  };
  v1::FeedEvent recorded = trade(999, 9);
  recorded.set_recorded(true);
  platform_.Publish(recorded);
  platform_.Publish(trade(100, 1));
  platform_.Publish(trade(104, 3));
  v1::FeedEvent quote;
  quote.set_symbol("IBM");
  quote.mutable_quote()->set_bid_e8(101 * kE8);
  quote.mutable_quote()->set_ask_e8(103 * kE8);
  platform_.Publish(quote);
  v1::GetBenchmarksRequest request;
  request.set_symbol("IBM");
  v1::Benchmarks benchmarks;
  ASSERT_TRUE(WaitFor([&] {
    benchmarks = host_.Call<v1::Benchmarks>("ExecutionQualityService/GetBenchmarks", request)
                     .value_or(v1::Benchmarks());
    return benchmarks.mid() == "102";
  }));
  EXPECT_EQ(benchmarks.vwap_1m(), "103");
  EXPECT_EQ(benchmarks.vwap_5m(), "103");
  EXPECT_EQ(benchmarks.twap_1m(), "102");
  EXPECT_NE(host_.Get("/benchmarks/IBM").body.find("\"vwap_1m\":\"103\""), std::string::npos);
  EXPECT_NE(host_.Get("/benchmarks/BTCUSDT").body.find("\"mid\":\"\""), std::string::npos);
  EXPECT_EQ(host_.Get("/benchmarks/NONE").status, 404);

  platform_.Stop();  // a lost feed has no mid
  EXPECT_TRUE(WaitFor(
      [&] { return host_.Get("/benchmarks/IBM").body.find("\"mid\":\"\"") != std::string::npos; }));
  EXPECT_TRUE(
      WaitFor([&] { return host_.Get("/check").body.find("stream lost") != std::string::npos; }));
}

TEST_F(ExecutionQualityServiceTest, IsNotReadyBeforeTheLedgerWasRead) {
  platform_.Stop();
  host_.Start();
  EXPECT_EQ(host_.Get("/ready").status, 503);
  EXPECT_EQ(host_.Get("/execution/1-7").status, 503);
  EXPECT_EQ(host_.Get("/venues").status, 503);
  EXPECT_EQ(host_.Get("/health").status, 200);
  platform_.Start();
  EXPECT_TRUE(host_.WaitReady());
  EXPECT_EQ(host_.Get("/execution/1-7").status, 200);
}

TEST(ConvertTest, AStopArrivesAtTheMarketThatSetItOff) {
  v1::LedgerEvent entered = Approved();
  EXPECT_TRUE(DecodeChange(entered).approved);
  entered.set_type(v1::ORDER_TYPE_STOP);
  EXPECT_FALSE(DecodeChange(entered).approved) << "it is held";
  v1::LedgerEvent set_off = entered;
  set_off.set_kind(v1::ORDER_EVENT_KIND_TRIGGERED);
  EXPECT_TRUE(DecodeChange(set_off).approved);
  EXPECT_EQ(DecodeChange(set_off).reference_bid, Price::FromUnits(99));
}

}  // namespace
}  // namespace tw::eq
