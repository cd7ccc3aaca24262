// audit: against a scripted oms, ptrc, pnl and risk.
#include <chrono>
#include <mutex>
#include <thread>

#include "libs/testing/e8.h"
#include "services/cli/venue_trades.h"
#include "tests/services/cli/fake_services.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/post_trade.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::cli {
namespace {

using tw::testing::kE8;

// A buy of 10 of which 4 have filled at 100.
std::vector<v1::LedgerEvent> Ledger() {
  v1::LedgerEvent accepted;
  accepted.set_order_id(OrderId(1, 1).value());
  accepted.set_kind(v1::ORDER_EVENT_KIND_ACCEPTED);
  accepted.set_account("demo");
  accepted.set_symbol("BTCUSDT");
  accepted.set_side(v1::SIDE_BUY);
  accepted.set_status(v1::ORDER_STATUS_NEW);
  accepted.set_quantity_e8(10 * kE8);
  accepted.set_leaves_quantity_e8(10 * kE8);
  accepted.set_reserve_price_e8(100 * kE8);
  v1::LedgerEvent filled = accepted;
  filled.set_kind(v1::ORDER_EVENT_KIND_FILLED);
  filled.set_status(v1::ORDER_STATUS_PARTIALLY_FILLED);
  filled.set_filled_quantity_e8(4 * kE8);
  filled.set_leaves_quantity_e8(6 * kE8);
  v1::Execution& execution = *filled.mutable_execution();
  execution.set_venue("PAPER");
  execution.set_venue_exec_id("e-1");
  execution.set_fill_id("PAPER-e-1");
  execution.set_quantity_e8(4 * kE8);
  execution.set_price_e8(100 * kE8);
  return {accepted, filled};
}

// What each view says; a test spoils one of them.
struct Views {
  std::vector<std::string> trades = {"e-1"};
  std::string position = "4";
  std::string risk_position = "4";
  std::string open_buy = "6";
  std::string reserved = "600";
};

class AuditTest : public ::testing::Test {
 protected:
  void Serve(const std::vector<v1::LedgerEvent>& ledger = Ledger()) {
    fake_.ServeLedger(ledger);
    fake_.Unary<v1::ListTradesRequest, v1::ListTradesResponse>(
        "PortfolioService/ListTrades", [this](const auto&) {
          v1::ListTradesResponse response;
          for (const std::string& id : views_.trades) {
            v1::Trade& trade = *response.add_trades();
            trade.set_venue("PAPER");
            trade.set_venue_exec_id(id);
          }
          return response;
        });
    fake_.Unary<v1::ListPositionsRequest, v1::ListPositionsResponse>(
        "PortfolioService/ListPositions", [this](const auto&) {
          v1::ListPositionsResponse response;
          v1::Position& position = *response.add_positions();
          position.set_account("demo");
          position.set_symbol("BTCUSDT");
          const std::lock_guard lock(mutex_);
          position.set_quantity(views_.position);
          return response;
        });
    fake_.Unary<v1::GetExposureRequest, v1::GetExposureResponse>(
        "RiskService/GetExposure", [this](const auto&) {
          v1::GetExposureResponse response;
          v1::Exposure& exposure = *response.add_exposures();
          exposure.set_account("demo");
          exposure.set_symbol("BTCUSDT");
          exposure.set_position(views_.risk_position);
          exposure.set_open_buy(views_.open_buy);
          exposure.set_open_sell("0");
          exposure.set_reserved_notional(views_.reserved);
          return response;
        });
    fake_.Start({"oms", "ptrc", "pnl", "risk"});
  }
  static Outcome Audit() { return Tradewind({"audit", "--no-questdb", "--settle", "0s"}); }

  std::mutex mutex_;
  Views views_;
  FakeServices fake_;
};

TEST_F(AuditTest, SoundBooksAreClean) {
  Serve();
  const Outcome audit = Audit();
  EXPECT_EQ(audit.exit, kOk) << audit.out << audit.err;
  EXPECT_NE(audit.out.find("the books agree, ledger sequence 2\n"), std::string::npos) << audit.out;
  EXPECT_NE(audit.out.find("left out: --no-questdb"), std::string::npos);
}

TEST_F(AuditTest, AFillThatPtrcMisses) {
  views_.trades = {};
  Serve();
  const Outcome audit = Audit();
  EXPECT_EQ(audit.exit, kFailed);
  EXPECT_NE(audit.out.find("PAPER-e-1 is missing"), std::string::npos) << audit.out;
}

TEST_F(AuditTest, APositionThatDiffers) {
  views_.position = "5";
  Serve();
  const Outcome audit = Audit();
  EXPECT_EQ(audit.exit, kFailed);
  EXPECT_NE(audit.out.find("demo BTCUSDT: 5, not 4"), std::string::npos) << audit.out;
}

TEST_F(AuditTest, WhatAnAccountBroughtInIsHeldToo) {
  v1::LedgerEvent opening;
  opening.set_kind(v1::ORDER_EVENT_KIND_OPENING_IMPORTED);
  opening.set_account("demo");
  opening.mutable_opening()->set_adds(true);
  v1::OpeningLot& lot = *opening.mutable_opening()->add_lots();
  lot.set_symbol("BTCUSDT");
  lot.set_quantity_e8(3 * kE8);
  lot.set_price_e8(90 * kE8);
  std::vector<v1::LedgerEvent> ledger = Ledger();
  ledger.push_back(opening);
  views_.position = views_.risk_position = "7";
  Serve(ledger);
  const Outcome audit = Audit();
  EXPECT_EQ(audit.exit, kOk) << audit.out << audit.err;
  EXPECT_NE(audit.out.find("the books agree, ledger sequence 3\n"), std::string::npos) << audit.out;
}

TEST_F(AuditTest, AReservationThatDiffers) {
  views_.reserved = "600.00000001";
  Serve();
  const Outcome audit = Audit();
  EXPECT_EQ(audit.exit, kFailed);
  EXPECT_NE(audit.out.find("reserved 600.00000001; not buy 6, sell 0, reserved 600"),
            std::string::npos)
      << audit.out;
}

TEST_F(AuditTest, WaitsForAViewToCatchUp) {
  views_.position = "0";
  Serve();
  std::thread later([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const std::lock_guard lock(mutex_);
    views_.position = "4";
  });
  const Outcome audit = Tradewind({"audit", "--no-questdb", "--settle", "10s", "--json"});
  later.join();
  EXPECT_EQ(audit.exit, kOk) << audit.out;
  EXPECT_EQ(audit.out.substr(0, 14), R"({"clean":true,)");
}

TEST_F(AuditTest, QuestDbAwayIsUnreachableUnlessLeftOut) {
  Serve();
  ::setenv("TRADEWIND_PORT_OFFSET", "14999", 1);  // nobody listens there
  const Outcome audit = Tradewind({"audit", "--settle", "0s"});
  ::unsetenv("TRADEWIND_PORT_OFFSET");
  EXPECT_EQ(audit.exit, kUnreachable) << audit.out;
  EXPECT_NE(audit.err.find("questdb at 127.0.0.1:23811"), std::string::npos) << audit.err;
}

TEST(VenueTradesTest, IdsComeFromTheReportWhenTheListIsFull) {
  FakeServices fake;
  fake.Unary<v1::ListTradesRequest, v1::ListTradesResponse>(
      "PortfolioService/ListTrades", [](const auto& request) {
        v1::ListTradesResponse response;
        for (int i = 0; i < request.limit(); ++i) {
          response.add_trades();
        }
        return response;
      });
  fake.Unary<v1::CreateReportRequest, v1::Report>(
      "PostTradeService/CreateReport", [](const v1::CreateReportRequest& request) {
        EXPECT_EQ(request.kind(), v1::REPORT_KIND_TRADES);
        v1::Report report;
        report.set_content(
            "time,venue,venue_exec_id,fee\r\n"
            "t,PAPER,e-1,0\r\nt,OTHER,e-2,\r\n");
        report.set_older(7);
        return report;
      });
  fake.Start({"ptrc"});
  std::ostringstream out;
  const Context context(out, out);
  const auto trades = VenueTradeIds(context);
  ASSERT_TRUE(trades.ok()) << trades.status();
  EXPECT_EQ(trades->ids, (std::vector<std::string>{"PAPER-e-1", "OTHER-e-2"}));
  EXPECT_EQ(trades->older, 7u);
}

TEST(VenueTradesTest, AReportThatIsNotOneIsDataLoss) {
  EXPECT_EQ(TradeIdsInReport("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(TradeIdsInReport("a,b\r\n").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(TradeIdsInReport("time,venue,venue_exec_id,fee\r\nt,PAPER\r\n").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tw::cli
