#include "services/ptrc/service.h"

#include <gtest/gtest.h>

#include <mutex>

#include "libs/testing/e8.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"

namespace tw::ptrc {
namespace {

using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

using tw::testing::kE8;

v1::Execution FilledExecution(const std::string& exec_id,
                              v1::Side side,
                              int64_t quantity,
                              int64_t price) {
  v1::Execution out;
  out.set_kind(v1::EXECUTION_KIND_FILLED);
  out.set_venue("PAPER");
  out.set_venue_exec_id(exec_id);
  out.set_order_id(OrderId(1, 7).value());
  out.set_account("demo");
  out.set_symbol("BTCUSDT");
  out.set_side(side);
  out.set_quantity_e8(quantity * kE8);
  out.set_price_e8(price * kE8);
  out.set_liquidity(v1::LIQUIDITY_TAKER);
  out.set_fee_e8(kE8);
  out.set_fee_currency("USDT");
  out.set_venue_time_ns(Duration::Seconds(1'800'000'000).ns);
  return out;
}

v1::LedgerEvent FilledEvent(const v1::Execution& execution) {
  v1::LedgerEvent out;
  out.set_kind(v1::ORDER_EVENT_KIND_FILLED);
  out.set_time_ns(Duration::Seconds(1'800'000'001).ns);
  out.set_order_id(execution.order_id());
  out.set_account(execution.account());
  out.set_symbol(execution.symbol());
  out.set_side(execution.side());
  *out.mutable_execution() = execution;
  return out;
}

// pnl as ptrc sees it: positions that the test sets.
class FakePnl {
 public:
  rpc::Service Service() {
    rpc::Service service("tradewind.v1.PortfolioService");
    service.Unary<v1::ListPositionsRequest, v1::ListPositionsResponse>(
        "ListPositions", [this](const v1::ListPositionsRequest&, auto reply) {
          const std::lock_guard lock(mutex_);
          reply.Ok(response_);
        });
    return service;
  }
  void Set(const std::string& quantity, uint64_t ledger_sequence) {
    const std::lock_guard lock(mutex_);
    response_.Clear();
    v1::Position* const position = response_.add_positions();
    position->set_account("demo");
    position->set_symbol("BTCUSDT");
    position->set_quantity(quantity);
    response_.set_ledger_sequence(ledger_sequence);
  }

 private:
  std::mutex mutex_;
  v1::ListPositionsResponse response_;
};

class PtrcServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    platform_.Serve(pnl_.Service());
    platform_.Start();
  }
  void Book(const v1::Execution& execution) {
    platform_.Append(execution);
    platform_.Append(FilledEvent(execution));
  }
  bool Shows(const std::string& target, const std::string& text) {
    return WaitFor([&] { return host_.Get(target).body.find(text) != std::string::npos; });
  }

  FakePnl pnl_;
  FakePlatform platform_;
  ServiceHost host_{
      "ptrc", std::make_unique<PtrcService>(), {"--grace-ms", "200", "--check-ms", "50"}};
};

TEST_F(PtrcServiceTest, ShowsTradesLotsAndPositionsOfItsOwn) {
  Book(FilledExecution("e1", v1::SIDE_BUY, 2, 100));
  Book(FilledExecution("e2", v1::SIDE_BUY, 1, 110));
  Book(FilledExecution("e3", v1::SIDE_SELL, 1, 120));
  pnl_.Set("2", 3);
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());

  v1::ListTradesRequest request;
  request.set_account("demo");
  request.set_limit(2);
  const auto trades = host_.Call<v1::ListTradesResponse>("PortfolioService/ListTrades", request);
  ASSERT_TRUE(trades.ok()) << trades.status();
  ASSERT_EQ(trades->trades_size(), 2);
  EXPECT_EQ(trades->trades(1).venue_exec_id(), "e3");
  EXPECT_EQ(trades->trades(1).order_id(), "1-7");
  EXPECT_EQ(trades->trades(1).side(), v1::SIDE_SELL);
  EXPECT_TRUE(trades->trades(1).matched());

  const auto lots =
      host_.Call<v1::ListLotsResponse>("PortfolioService/ListLots", v1::ListLotsRequest());
  ASSERT_TRUE(lots.ok());
  ASSERT_EQ(lots->lots_size(), 2);
  EXPECT_EQ(lots->lots(0).quantity(), "1");
  EXPECT_EQ(lots->lots(0).price(), "100");
  EXPECT_EQ(lots->lots(0).open_fill_id(), "PAPER/e1");
  EXPECT_EQ(lots->lots(1).price(), "110");

  const std::string positions = host_.Get("/positions?account=demo").body;
  EXPECT_NE(positions.find("\"quantity\":\"2\""), std::string::npos) << positions;
  EXPECT_NE(positions.find("\"realized_pnl_fifo\":\"20\""), std::string::npos) << positions;
  EXPECT_TRUE(WaitFor([&] {
    return host_.Get("/stats").body.find("\"positions_compared\":0") == std::string::npos;
  }));
  EXPECT_EQ(host_.Get("/breaks").body, "[]");
  EXPECT_EQ(host_.Get("/alerts").body, "[]");
  EXPECT_EQ(host_.Get("/trades?limit=1001").status, 400);
}

TEST_F(PtrcServiceTest, AMissingFillIsABreakUntilItComes) {
  const v1::Execution execution = FilledExecution("e1", v1::SIDE_BUY, 1, 100);
  platform_.Append(execution);
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  ASSERT_TRUE(Shows("/breaks?status=open", "\"break_id\":\"MISSING_IN_OMS:PAPER/e1\""));
  EXPECT_TRUE(Shows("/check", "open breaks"));
  EXPECT_TRUE(Shows("/trades", "\"matched\":false"));
  platform_.Append(FilledEvent(execution));
  pnl_.Set("1", 1);
  ASSERT_TRUE(Shows("/breaks?status=closed", "\"break_id\":\"MISSING_IN_OMS:PAPER/e1\""));
  EXPECT_TRUE(WaitFor([&] { return host_.Get("/breaks?status=open").body == "[]"; }));
  EXPECT_TRUE(Shows("/trades", "\"matched\":true"));
  EXPECT_EQ(host_.Get("/breaks?status=x").status, 400);
}

TEST_F(PtrcServiceTest, APositionThatPnlGotWrongIsABreak) {
  Book(FilledExecution("e1", v1::SIDE_BUY, 1, 100));
  pnl_.Set("1.5", 1);
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  ASSERT_TRUE(Shows("/breaks", "\"break_id\":\"POSITION:demo/BTCUSDT\""));
  const std::string breaks = host_.Get("/breaks").body;
  EXPECT_NE(breaks.find("\"ours\":\"1\",\"theirs\":\"1.5\""), std::string::npos) << breaks;
  pnl_.Set("1", 1);
  EXPECT_TRUE(Shows("/breaks", "\"status\":\"CLOSED\""));
}

// The ledger is the only source of a fill by an operator's word: it is booked, and is no break.
TEST_F(PtrcServiceTest, AnOperatorsFillIsBookedFromTheLedger) {
  v1::Execution fill = FilledExecution("1-7.1", v1::SIDE_BUY, 2, 100);
  fill.set_venue("OPERATOR");
  platform_.Append(FilledEvent(fill));
  pnl_.Set("2", 1);
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  ASSERT_TRUE(Shows("/trades", "\"matched\":true"));
  EXPECT_TRUE(Shows("/positions", "\"quantity\":\"2\""));

  v1::Execution taken_back = fill;
  taken_back.set_venue_exec_id("1-7.2");
  taken_back.set_quantity_e8(-2 * kE8);
  platform_.Append(FilledEvent(taken_back));
  Book(FilledExecution("e1", v1::SIDE_BUY, 2, 99));
  pnl_.Set("2", 3);
  EXPECT_TRUE(Shows("/trades", "\"quantity\":\"-2\""));
  EXPECT_TRUE(Shows("/lots", "\"price\":\"99\"")) << "whichever stream is ahead";
  EXPECT_TRUE(Shows("/positions", "\"quantity\":\"2\""));
  const auto compared = [&] { return host_.Get("/stats").body.find("\"unmatched\":0"); };
  EXPECT_TRUE(WaitFor([&] { return compared() != std::string::npos; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(400));  // twice the grace period
  EXPECT_EQ(host_.Get("/breaks").body, "[]");
}

TEST_F(PtrcServiceTest, BothSidesOfOneMatchAreAnAlert) {
  Book(FilledExecution("e1", v1::SIDE_BUY, 1, 100));
  v1::Execution maker = FilledExecution("e2", v1::SIDE_SELL, 1, 100);
  maker.set_liquidity(v1::LIQUIDITY_MAKER);
  Book(maker);
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  const std::string alerts = host_.Get("/alerts").body;
  EXPECT_NE(alerts.find("\"kind\":\"SELF_TRADE\""), std::string::npos) << alerts;
  EXPECT_EQ(host_.Get("/alerts?account=else").body, "[]");
}

TEST_F(PtrcServiceTest, WritesReports) {
  Book(FilledExecution("e1", v1::SIDE_BUY, 1, 100));
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  const http::Response created = host_.Http("POST", "/reports", R"({"kind":"trades"})");
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_EQ(created.body.find("{\"report_id\":\"trades-1\""), 0u) << created.body;
  const http::Response report = host_.Get("/reports/trades-1");
  EXPECT_EQ(report.status, 200);
  EXPECT_EQ(report.content_type, "text/csv; charset=utf-8");
  EXPECT_NE(report.body.find("PAPER,e1,1-7,demo,BTCUSDT,BUY,1,100,TAKER,1,USDT"), std::string::npos)
      << report.body;
  const http::Response positions =
      host_.Http("POST", "/reports", R"({"kind":"positions","account":"demo"})");
  EXPECT_EQ(positions.body.find("{\"report_id\":\"positions-2\""), 0u) << positions.body;
  const http::Response bad = host_.Http("POST", "/reports", R"({"kind":"x"})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_NE(bad.body.find("\"field\":\"kind\""), std::string::npos) << bad.body;
  EXPECT_EQ(host_.Http("POST", "/reports", "{}").status, 400);
  EXPECT_EQ(host_.Get("/reports/none-1").status, 404);
}

TEST_F(PtrcServiceTest, WhatComesWhileAPeerIsAwayIsJudgedAfterItIsBack) {
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  platform_.Stop();
  ASSERT_TRUE(Shows("/check", "stream lost"));
  EXPECT_EQ(host_.Get("/health").status, 200);
  platform_.Start();
  Book(FilledExecution("e1", v1::SIDE_BUY, 1, 100));
  pnl_.Set("1", 1);
  EXPECT_TRUE(Shows("/trades", "\"matched\":true"));
  EXPECT_TRUE(Shows("/stats", "\"matched\":1"));
  EXPECT_EQ(host_.Get("/breaks").body, "[]");
}

TEST_F(PtrcServiceTest, IsNotReadyBeforeBothStreamsWereRead) {
  platform_.Stop();
  host_.Start();
  EXPECT_EQ(host_.Get("/ready").status, 503);
  EXPECT_EQ(host_.Get("/trades").status, 503);
  EXPECT_EQ(host_.Http("POST", "/reports", R"({"kind":"trades"})").status, 503);
  platform_.Start();
  EXPECT_TRUE(host_.WaitReady());
}

}  // namespace
}  // namespace tw::ptrc
