#include "services/pnl/service.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/json/json.h"
#include "libs/testing/e8.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"

namespace tw::pnl {
namespace {

using tw::testing::FakePlatform;
using tw::testing::ServiceHost;
using tw::testing::WaitFor;

using tw::testing::kE8;

v1::LedgerEvent FilledEvent(const std::string& account,
                            v1::Side side,
                            int64_t quantity_e8,
                            int64_t price_e8,
                            int64_t fee_e8) {
  v1::LedgerEvent event;
  event.set_kind(v1::ORDER_EVENT_KIND_FILLED);
  event.set_time_ns(Duration::Seconds(1'800'000'000).ns);
  event.set_account(account);
  event.set_symbol("BTCUSDT");
  event.set_side(side);
  event.mutable_execution()->set_fill_id("f");
  event.mutable_execution()->set_quantity_e8(quantity_e8);
  event.mutable_execution()->set_price_e8(price_e8);
  event.mutable_execution()->set_fee_e8(fee_e8);
  return event;
}

v1::FeedEvent Quote(int64_t bid, int64_t ask) {
  v1::FeedEvent event;
  event.set_venue("PAPER");
  event.set_symbol("BTCUSDT");
  event.mutable_quote()->set_bid_e8(bid * kE8);
  event.mutable_quote()->set_ask_e8(ask * kE8);
  return event;
}

class PnlServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    platform_.Start();
    v1::LedgerEvent submitted;
    submitted.set_kind(v1::ORDER_EVENT_KIND_SUBMITTED);
    platform_.Append(submitted);
    platform_.Append(FilledEvent("demo", v1::SIDE_BUY, kE8 / 10, 45'000 * kE8, 2 * kE8));
  }

  v1::Pnl Pnl(const std::string& account) {
    v1::GetPnlRequest request;
    request.set_account(account);
    return host_.Call<v1::Pnl>("PortfolioService/GetPnl", request).value_or(v1::Pnl());
  }
  void StartAndMark(int64_t bid, int64_t ask) {
    host_.Start();
    ASSERT_TRUE(host_.WaitReady());
    ASSERT_TRUE(WaitFor([&] { return platform_.market_readers() == 1; }));
    Mark(bid, ask);
  }
  void Mark(int64_t bid, int64_t ask) {
    const std::string mid = std::to_string((bid + ask) / 2);
    platform_.Publish(Quote(bid, ask));
    ASSERT_TRUE(WaitFor([&] {
      const v1::Pnl pnl = Pnl("demo");
      return pnl.positions_size() == 1 && pnl.positions(0).mark_price() == mid &&
             !pnl.positions(0).mark_stale();
    }));
  }

  FakePlatform platform_;
  ServiceHost host_{"pnl",
                    std::make_unique<PnlService>(),
                    {"--instruments", TW_SOURCE_DIR "/deploy/config/instruments.toml",
                     "--statement-retry-ms", "10"}};
};

TEST_F(PnlServiceTest, ShowsThePositionOfAFill) {
  StartAndMark(45'990, 46'010);
  const v1::Pnl pnl = Pnl("demo");
  EXPECT_EQ(pnl.cash(), "995498");
  EXPECT_EQ(pnl.unrealized_pnl(), "100");
  EXPECT_EQ(pnl.realized_pnl(), "0");
  EXPECT_EQ(pnl.fees(), "2");
  EXPECT_EQ(pnl.equity(), "1000098");
  EXPECT_EQ(pnl.currency(), "USD");
  EXPECT_EQ(pnl.ledger_sequence(), 2u);
  ASSERT_EQ(pnl.positions_size(), 1);
  EXPECT_EQ(pnl.positions(0).quantity(), "0.1");
  EXPECT_EQ(pnl.positions(0).average_price(), "45000");
  EXPECT_EQ(pnl.positions(0).sequence(), 2u);

  const http::Response positions = host_.Get("/positions?account=demo");
  EXPECT_EQ(positions.status, 200);
  EXPECT_EQ(positions.body, "[" + json::ToJson(pnl.positions(0)) + "]");
  EXPECT_EQ(host_.Get("/positions?account=else").body, "[]");
  EXPECT_NE(host_.Get("/pnl/realtime?account=demo").body.find("\"equity\":\"1000098\""),
            std::string::npos);
  EXPECT_NE(host_.Get("/pnl/realtime").body.find("\"account\":\"default\""), std::string::npos);
  EXPECT_NE(host_.Get("/snapshot").body.find("{\"ledger_sequence\":2,"), std::string::npos);
}

TEST_F(PnlServiceTest, KeepsAHistoryWithAPointForEachFill) {
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  platform_.Append(FilledEvent("demo", v1::SIDE_SELL, kE8 / 10, 46'000 * kE8, 0));
  ASSERT_TRUE(WaitFor([&] { return Pnl("demo").realized_pnl() == "100"; }));
  v1::ListPnlHistoryRequest request;
  request.set_account("demo");
  const auto history =
      host_.Call<v1::ListPnlHistoryResponse>("PortfolioService/ListPnlHistory", request);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->points_size(), 2);
  EXPECT_EQ(history->points(0).cash(), "995498");
  EXPECT_EQ(history->points(1).cash(), "1000098");
  EXPECT_EQ(history->points(1).ledger_sequence(), 3u);

  const http::Response bad = host_.Get("/pnl/history?account=demo&limit=1001");
  EXPECT_EQ(bad.status, 400);
  EXPECT_NE(bad.body.find("\"field\":\"limit\""), std::string::npos) << bad.body;
}

TEST_F(PnlServiceTest, StreamsAnAccount) {
  StartAndMark(45'990, 46'010);
  std::mutex mutex;
  std::vector<std::string> equities;
  v1::StreamPnlRequest request;
  request.set_account("demo");
  request.set_interval_ms(100);
  std::atomic<bool> closed{false};
  auto stream = host_.channel().Open<v1::StreamPnlRequest, v1::Pnl>(
      "tradewind.v1.PortfolioService/StreamPnl", [&](const auto& s) {
        s.OnMessage([&](const v1::Pnl& pnl) {
          const std::lock_guard lock(mutex);
          equities.push_back(pnl.equity());
        });
        s.OnClosed([&](const absl::Status&) { closed = true; });
        s.Write(request);
        s.Finish();
      });
  const auto last = [&] {
    const std::lock_guard lock(mutex);
    return equities.empty() ? std::string() : equities.back();
  };
  EXPECT_TRUE(WaitFor([&] { return last() == "1000098"; }));
  Mark(46'990, 47'010);
  EXPECT_TRUE(WaitFor([&] { return last() == "1000198"; }));
  stream.Cancel();
  EXPECT_TRUE(WaitFor([&] { return closed.load(); }));
  EXPECT_TRUE(
      WaitFor([&] { return host_.Get("/stats").body.find("\"streams\":0") != std::string::npos; }));
}

TEST_F(PnlServiceTest, RefusesAStreamIntervalOutOfRange) {
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  v1::StreamPnlRequest request;
  request.set_interval_ms(99);
  std::mutex mutex;
  absl::Status status;
  std::atomic<bool> closed{false};
  host_.channel().Open<v1::StreamPnlRequest, v1::Pnl>("tradewind.v1.PortfolioService/StreamPnl",
                                                      [&](const auto& s) {
                                                        s.OnClosed([&](const absl::Status& end) {
                                                          const std::lock_guard lock(mutex);
                                                          status = end;
                                                          closed = true;
                                                        });
                                                        s.Write(request);
                                                        s.Finish();
                                                      });
  ASSERT_TRUE(WaitFor([&] { return closed.load(); }));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

TEST_F(PnlServiceTest, SaysWhatItLacksWhileItsPeersAreAway) {
  StartAndMark(45'990, 46'010);
  EXPECT_EQ(host_.Get("/ready").status, 200);
  platform_.Stop();
  ASSERT_TRUE(
      WaitFor([&] { return host_.Get("/check").body.find("stream lost") != std::string::npos; }));
  EXPECT_EQ(host_.Get("/check").status, 200);  // degraded
  EXPECT_EQ(host_.Get("/health").status, 200);
  EXPECT_TRUE(WaitFor([&] { return Pnl("demo").positions(0).mark_stale(); }));

  platform_.Start();
  platform_.Append(FilledEvent("demo", v1::SIDE_BUY, kE8 / 10, 45'000 * kE8, 0));
  EXPECT_TRUE(WaitFor([&] { return Pnl("demo").positions(0).quantity() == "0.2"; }));
  ASSERT_TRUE(WaitFor([&] { return platform_.market_readers() == 1; }));
  Mark(46'990, 47'010);
}

TEST_F(PnlServiceTest, IsNotReadyBeforeTheLedgerWasRead) {
  platform_.Stop();
  host_.Start();
  EXPECT_EQ(host_.Get("/ready").status, 503);
  EXPECT_EQ(host_.Get("/positions").status, 503);
  EXPECT_EQ(host_.Get("/snapshot").status, 503);
  EXPECT_TRUE(absl::IsUnavailable(
      host_.Call<v1::Pnl>("PortfolioService/GetPnl", v1::GetPnlRequest()).status()));
  EXPECT_EQ(host_.Get("/health").status, 200);
  platform_.Start();
  EXPECT_TRUE(host_.WaitReady());
  EXPECT_EQ(host_.Get("/positions").status, 200);
}

TEST_F(PnlServiceTest, WritesTheStatementsOfACloseOnceItCan) {
  // The fill is of 2027-01-15; what comes a day later closes that day.
  std::ofstream(host_.folder() + "/statements") << "in the way";
  v1::LedgerEvent later;
  later.set_kind(v1::ORDER_EVENT_KIND_SUBMITTED);
  later.set_time_ns(Duration::Seconds(1'800'000'000 + 86'400).ns);
  platform_.Append(later);
  host_.Start();
  ASSERT_TRUE(host_.WaitReady());
  ASSERT_TRUE(WaitFor([&] {
    return host_.Get("/check").body.find("statements cannot be written") != std::string::npos;
  }));
  EXPECT_EQ(host_.Get("/health").status, 200);
  EXPECT_EQ(Pnl("demo").positions_size(), 1) << "the figures do not wait for it";

  std::filesystem::remove(host_.folder() + "/statements");
  ASSERT_TRUE(WaitFor([&] {
    return host_.Get("/stats").body.find("\"last_statements\":\"2027-01-15 utc\"") !=
           std::string::npos;
  }));
  ASSERT_TRUE(WaitFor([&] {
    return host_.Get("/check").body.find("statements cannot be written") == std::string::npos;
  }));
  EXPECT_NE(host_.Get("/metrics").body.find("tw_pnl_statements_total 1"), std::string::npos);
  std::ifstream file(host_.folder() + "/statements/2027-01-15/utc/demo.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_NE(text.find("\"closing\":\"995498\"}"), std::string::npos) << text;
}

TEST_F(PnlServiceTest, RecordedMarketsMakeNoMarks) {
  StartAndMark(45'990, 46'010);
  v1::FeedEvent recorded = Quote(10, 12);
  recorded.set_recorded(true);
  recorded.set_venue("REPLAY:x");
  platform_.Publish(recorded);
  v1::FeedEvent other = Quote(1, 3);
  other.set_symbol("IBM");
  platform_.Publish(other);
  ASSERT_TRUE(WaitFor([&] {
    return host_.Get("/metrics").body.find("tw_pnl_stale_marks 0") != std::string::npos;
  }));
  EXPECT_EQ(Pnl("demo").positions(0).mark_price(), "46000");
}

}  // namespace
}  // namespace tw::pnl
