// live-gateway as a whole over loopback: orders in, executions back, restarts, kill switch, panic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "libs/testing/service_host.h"
#include "services/live-gateway/live_gateway_service.h"
#include "tests/services/live-gateway/trade_client.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::live_gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LiveGatewayTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }
  void TearDown() override {
    host_.reset();
    old_.clear();
  }

  void Start() {
    host_ = std::make_unique<testing::ServiceHost>("live-gateway",
                                                   std::make_unique<LiveGatewayService>(),
                                                   std::vector<std::string>{"--tick-ms", "20"});
    host_->Start();
    ASSERT_TRUE(host_->WaitReady());
  }
  // A new process on the old one's folder, which goes with the last host.
  void Restart() {
    host_->Stop();
    old_.push_back(std::move(host_));
    Start();
  }
  v1::KillSwitch Kill(bool engaged, uint64_t generation) {
    v1::KillSwitch kill;
    kill.set_engaged(engaged);
    kill.set_generation(generation);
    const auto applied = host_->Call<v1::KillSwitch>("KillSwitchService/ApplyKillSwitch", kill);
    EXPECT_TRUE(applied.ok()) << applied.status();
    return applied.value_or(v1::KillSwitch());
  }
  v1::VenueStatus Status() {
    const auto status = host_->Call<v1::GetVenueStatusResponse>("VenueService/GetVenueStatus",
                                                                v1::GetVenueStatusRequest());
    EXPECT_TRUE(status.ok() && status->venues_size() == 1);
    return status->venues(0);
  }

  std::unique_ptr<testing::ServiceHost> host_;
  std::vector<std::unique_ptr<testing::ServiceHost>> old_;
};

TEST_F(LiveGatewayTest, TradesAnOrderAndNumbersItsReports) {
  TradeClient client(host_->channel(), 0);
  EXPECT_EQ(client.WaitCaughtUp(), 0U);
  client.Send(Place("1-7.1", kBuy, "0.1", "46000"));
  const std::vector<v1::Execution> reports = client.Wait(2);
  ASSERT_THAT(Lines(reports), ElementsAre("ACCEPTED 1-7.1", "FILLED 1-7.1"));
  EXPECT_EQ(reports[0].execution_sequence(), 1U);
  const v1::Execution& fill = reports[1];
  EXPECT_EQ(fill.execution_sequence(), 2U);
  EXPECT_EQ(fill.venue(), "PAPER");
  EXPECT_EQ(fill.venue_exec_id(), "P-2");
  EXPECT_EQ(fill.order_id(), OrderId(1, 7).value());
  EXPECT_EQ(fill.account(), "demo");
  EXPECT_EQ(fill.quantity_e8(), *ParseE8("0.1"));
  EXPECT_EQ(fill.cumulative_quantity_e8(), *ParseE8("0.1"));
  EXPECT_EQ(fill.leaves_quantity_e8(), 0);
  EXPECT_EQ(fill.liquidity(), v1::LIQUIDITY_TAKER);
  EXPECT_GT(fill.price_e8(), *ParseE8("43650"));
  EXPECT_LT(fill.price_e8(), *ParseE8("46350"));
  // Five basis points of what was paid.
  const Money paid =
      *Notional(Price::FromE8(fill.price_e8()), Quantity::FromE8(fill.quantity_e8()));
  EXPECT_EQ(fill.fee_e8(), *MulDiv(paid.e8(), 5, 10'000, Rounding::kHalfAwayFromZero));
}

TEST_F(LiveGatewayTest, PlacedTwiceIsOneOrder) {
  TradeClient client(host_->channel(), 0);
  for (int i = 0; i < 3; ++i) {
    client.Send(Place("1-7.1", kBuy, "0.1", "44000"));
  }
  client.Send(Cancel("1-7.1"));
  EXPECT_THAT(Lines(client.Wait(2)), ElementsAre("ACCEPTED 1-7.1", "CANCELED 1-7.1"));
  client.Send(Place("1-7.1", kBuy, "0.1", "44000"));
  client.Send(Cancel("9-9.1"));
  const std::vector<v1::Execution> reports = client.Wait(3);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(Lines(reports).back(), "CANCEL_REJECTED 9-9.1");
  EXPECT_EQ(Status().open_orders(), 0);
}

// A cancel goes ahead of orders that wait, but not of its own.
TEST_F(LiveGatewayTest, ACancelInTheSameMessageFindsItsOrder) {
  TradeClient client(host_->channel(), 0);
  v1::VenueRequest request;
  for (int i = 0; i < 50; ++i) {
    AddPlace(request, "1-" + std::to_string(i) + ".1", kBuy, "0.01", "44000");
    AddCancel(request, "1-" + std::to_string(i) + ".1");
  }
  client.Send(request);
  const std::vector<v1::Execution> reports = client.Wait(100);
  ASSERT_EQ(reports.size(), 100U);
  for (const v1::Execution& report : reports) {
    EXPECT_THAT(report.kind(),
                ::testing::AnyOf(v1::EXECUTION_KIND_ACCEPTED, v1::EXECUTION_KIND_CANCELED));
  }
  EXPECT_EQ(Status().open_orders(), 0);
}

TEST_F(LiveGatewayTest, ReplacesAnOrder) {
  TradeClient client(host_->channel(), 0);
  client.Send(Place("1-7.1", kBuy, "0.1", "44000"));
  client.Send(Replace("1-7.1", "0.2", "44100"));
  const std::vector<v1::Execution> reports = client.Wait(2);
  ASSERT_THAT(Lines(reports), ElementsAre("ACCEPTED 1-7.1", "REPLACED 1-7.1"));
  EXPECT_EQ(reports[1].quantity_e8(), *ParseE8("0.2"));
  EXPECT_EQ(reports[1].price_e8(), *ParseE8("44100"));
  const auto orders = host_->Call<v1::ListVenueOrdersResponse>("VenueService/ListVenueOrders",
                                                               v1::ListVenueOrdersRequest());
  ASSERT_TRUE(orders.ok() && orders->orders_size() == 1);
  EXPECT_EQ(orders->orders(0).leaves_quantity_e8(), *ParseE8("0.2"));
  EXPECT_EQ(orders->orders(0).price_e8(), *ParseE8("44100"));
}

TEST_F(LiveGatewayTest, ResumeSendsExactlyWhatIsMissingToEachStream) {
  TradeClient first(host_->channel(), 0);
  first.Send(Place("1-1.1", kBuy, "0.1", "44000"));
  first.Send(Place("1-2.1", kBuy, "0.1", "46000"));
  first.Send(Cancel("1-1.1"));
  ASSERT_EQ(first.Wait(4).size(), 4U);
  for (uint64_t after = 0; after <= 4; ++after) {
    TradeClient late(host_->channel(), static_cast<int64_t>(after));
    EXPECT_EQ(late.WaitCaughtUp(), 4 - after);
    uint64_t next = after + 1;
    for (const v1::Execution& report : late.executions()) {
      EXPECT_EQ(report.execution_sequence(), next++);
    }
  }
  // What comes later reaches all that are open.
  TradeClient second(host_->channel(), 3);
  second.WaitCaughtUp();
  first.Send(Place("1-3.1", kBuy, "0.1", "44000"));
  EXPECT_EQ(first.Wait(5).back().child_id(), "1-3.1");
  EXPECT_THAT(Lines(second.Wait(2)), ElementsAre(Lines(first.executions())[3], "ACCEPTED 1-3.1"));
}

TEST_F(LiveGatewayTest, RefusesStreamsThatDoNotKnowWhereTheyAre) {
  TradeClient silent(host_->channel(), -1);
  silent.Send(Place("1-1.1", kBuy, "0.1", "44000"));
  EXPECT_EQ(silent.WaitClosed().code(), absl::StatusCode::kInvalidArgument);
  TradeClient ahead(host_->channel(), 1);
  EXPECT_EQ(ahead.WaitClosed().code(), absl::StatusCode::kFailedPrecondition);
  TradeClient twice(host_->channel(), 0);
  twice.Send(TradeClient::ResumeAfter(0));
  EXPECT_EQ(twice.WaitClosed().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Status().execution_sequence(), 0U);
}

TEST_F(LiveGatewayTest, RefusesMalformedCommandsWithoutAnEffect) {
  TradeClient empty(host_->channel(), 0);
  v1::VenueRequest request;
  request.add_commands();
  empty.Send(request);
  EXPECT_EQ(empty.WaitClosed().code(), absl::StatusCode::kInvalidArgument);
  TradeClient endless(host_->channel(), 0);
  endless.Send(Place(std::string(10'000, 'x'), kBuy, "0.1", "44000"));
  EXPECT_THAT(std::string(endless.WaitClosed().message()), HasSubstr("child_id"));
  EXPECT_EQ(Status().execution_sequence(), 0U);
}

TEST_F(LiveGatewayTest, ARestartKeepsRestingOrdersAndNeverRepeatsAnId) {
  {
    TradeClient client(host_->channel(), 0);
    client.Send(Place("1-1.1", kBuy, "0.1", "44000"));
    client.Send(Place("1-2.1", kSell, "0.1", "46000"));
    client.Send(Place("1-3.1", kBuy, "0.1", "46000"));
    ASSERT_EQ(client.Wait(4).size(), 4U);
  }
  const uint64_t head = Status().execution_sequence();
  Restart();
  EXPECT_EQ(Status().open_orders(), 2);
  EXPECT_EQ(Status().execution_sequence(), head);

  TradeClient client(host_->channel(), 0);
  EXPECT_EQ(client.WaitCaughtUp(), head);
  client.Send(Place("1-1.1", kBuy, "0.1", "44000"));  // known: no second order
  client.Send(Cancel("1-1.1"));
  client.Send(Replace("1-2.1", "0.1", "44900"));  // now it trades
  std::vector<v1::Execution> reports = client.Wait(head + 3);
  ASSERT_EQ(reports.size(), head + 3);
  reports.erase(reports.begin(), reports.begin() + static_cast<std::ptrdiff_t>(head));
  EXPECT_THAT(Lines(reports), ElementsAre("CANCELED 1-1.1", "REPLACED 1-2.1", "FILLED 1-2.1"));
  std::set<std::string> ids;
  uint64_t next = 1;
  for (const v1::Execution& report : client.executions()) {
    EXPECT_EQ(report.execution_sequence(), next++);
    EXPECT_TRUE(ids.insert(report.venue_exec_id()).second) << report.venue_exec_id();
  }
}

TEST_F(LiveGatewayTest, RefusesWhatWasApprovedBeforeTheKillSwitchMoved) {
  TradeClient client(host_->channel(), 0);
  client.Send(Place("1-1.1", kBuy, "0.1", "44000", 4));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  EXPECT_EQ(Kill(true, 5).generation(), 5U);
  client.Send(Place("1-2.1", kBuy, "0.1", "44000", 5));
  client.Send(Replace("1-1.1", "0.2", "44000"));
  ASSERT_EQ(client.Wait(3).size(), 3U);
  client.Send(Cancel("1-1.1"));  // a cancel may overtake what is under way
  ASSERT_EQ(client.Wait(4).size(), 4U);
  EXPECT_FALSE(Kill(false, 6).engaged());
  client.Send(Place("1-3.1", kBuy, "0.1", "44000", 5));
  client.Send(Place("1-4.1", kBuy, "0.1", "44000", 6));
  const std::vector<v1::Execution> reports = client.Wait(6);
  ASSERT_THAT(Lines(reports),
              ElementsAre("ACCEPTED 1-1.1", "REJECTED 1-2.1", "REPLACE_REJECTED 1-1.1",
                          "CANCELED 1-1.1", "REJECTED 1-3.1", "ACCEPTED 1-4.1"));
  EXPECT_EQ(reports[1].reason(), v1::REJECT_REASON_KILL_SWITCH);
  EXPECT_EQ(reports[2].reason(), v1::REJECT_REASON_KILL_SWITCH);
  EXPECT_EQ(reports[4].reason(), v1::REJECT_REASON_STALE_KILL_GENERATION);
}

TEST_F(LiveGatewayTest, TheKillSwitchOutlivesARestartAndIgnoresOldNews) {
  Kill(true, 9);
  const v1::KillSwitch kept = Kill(false, 8);
  EXPECT_TRUE(kept.engaged());
  EXPECT_EQ(kept.generation(), 9U);
  Restart();
  TradeClient client(host_->channel(), 0);
  client.Send(Place("1-1.1", kBuy, "0.1", "44000", 9));
  const std::vector<v1::Execution> reports = client.Wait(1);
  ASSERT_THAT(Lines(reports), ElementsAre("REJECTED 1-1.1"));
  EXPECT_EQ(reports[0].reason(), v1::REJECT_REASON_KILL_SWITCH);
}

TEST_F(LiveGatewayTest, PanicCancelsAllAndRefusesUntilReleased) {
  TradeClient client(host_->channel(), 0);
  client.Send(Place("1-1.1", kBuy, "0.1", "44000"));
  client.Send(Place("1-2.1", kSell, "0.1", "46000"));
  ASSERT_EQ(client.Wait(2).size(), 2U);
  const http::Response pressed = host_->Http("POST", "/panic", R"({"reason":"drill"})");
  EXPECT_EQ(pressed.status, 200);
  EXPECT_EQ(pressed.body, R"({"panicked":true,"canceled_orders":2})");
  EXPECT_EQ(client.Wait(4).size(), 4U);
  EXPECT_THAT(host_->Get("/check").body, HasSubstr("panicked"));
  Restart();
  EXPECT_TRUE(Status().panicked());
  TradeClient again(host_->channel(), 4);
  again.Send(Place("1-3.1", kBuy, "0.1", "44000"));
  const std::vector<v1::Execution> reports = again.Wait(1);
  ASSERT_THAT(Lines(reports), ElementsAre("REJECTED 1-3.1"));
  EXPECT_THAT(reports[0].message(), HasSubstr("drill"));
  EXPECT_EQ(host_->Http("DELETE", "/panic").body, R"({"panicked":false,"canceled_orders":0})");
  again.Send(Place("1-4.1", kBuy, "0.1", "44000"));
  EXPECT_EQ(Lines(again.Wait(2)).back(), "ACCEPTED 1-4.1");
}

TEST_F(LiveGatewayTest, TheDropCopyHasEveryExecution) {
  TradeClient client(host_->channel(), 0);
  client.Send(Place("1-1.1", kBuy, "0.1", "46000"));
  client.Send(Place("1-2.1", kBuy, "0.1", "44000"));
  ASSERT_EQ(client.Wait(3).size(), 3U);
  std::mutex mutex;
  std::vector<v1::Execution> copied;
  bool closed = false;
  v1::StreamExecutionsRequest request;
  request.set_from_sequence(2);
  const auto stream = host_->channel().Open<v1::StreamExecutionsRequest, v1::ExecutionBatch>(
      "tradewind.v1.VenueService/StreamExecutions", [&](const auto& s) {
        s.OnMessage([&](const v1::ExecutionBatch& batch) {
          const std::lock_guard lock(mutex);
          copied.insert(copied.end(), batch.executions().begin(), batch.executions().end());
        });
        s.OnClosed([&](const absl::Status&) {
          const std::lock_guard lock(mutex);
          closed = true;
        });
        s.Write(request);
        s.Finish();
      });
  client.Send(Cancel("1-2.1"));
  EXPECT_TRUE(testing::WaitFor([&] {
    const std::lock_guard lock(mutex);
    return copied.size() == 3;
  }));
  stream.Cancel();
  EXPECT_TRUE(testing::WaitFor([&] {
    const std::lock_guard lock(mutex);
    return closed;
  }));
  for (size_t i = 0; i < copied.size(); ++i) {
    EXPECT_EQ(copied[i].SerializeAsString(), client.executions()[i + 1].SerializeAsString());
  }
}

TEST_F(LiveGatewayTest, TellsItsModeAndVenues) {
  EXPECT_EQ(host_->Get("/mode").body, R"({"mode":"paper"})");
  EXPECT_THAT(host_->Get("/exchanges/status").body,
              HasSubstr(R"("name":"PAPER","connected":true,"mode":"paper","symbols":["BTCUSDT")"));
  EXPECT_EQ(host_->Http("POST", "/panic", "{").status, 400);
  EXPECT_FALSE(Status().panicked());
}

}  // namespace
}  // namespace tw::live_gateway
