// live-gateway with a FIX session, over real sockets, against an acceptor of QuickFIX's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "libs/testing/service_host.h"
#include "services/live-gateway/fix/fix_sessions.h"
#include "tests/services/live-gateway/fix/acceptor.h"
#include "tests/services/live-gateway/fix/wire.h"
#include "tests/services/live-gateway/trade_client.h"

namespace tw::live_gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kBuy = v1::SIDE_BUY;

class FixSessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "tw-fix-" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    host_.reset();
    wire_.reset();
    acceptor_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start(const std::string& more = "") {
    const uint16_t port = FreePort();
    acceptor_ = std::make_unique<Acceptor>(port, folder_ + "/acceptor",
                                           std::vector<std::string>{"EASTHOUSE"}, 1,
                                           *Price::Parse("44990"), *Price::Parse("45000"));
    ASSERT_TRUE(acceptor_->started()) << acceptor_->error();
    wire_ = std::make_unique<Wire>(port);
    std::ofstream(folder_ + "/fix.cfg")
        << "[DEFAULT]\nSenderCompID=TRADEWIND\n"
        << more << "[SESSION]\nTargetCompID=EASTHOUSE\nVenue=EAST\nSymbols=BTCUSDT\n"
        << "TakerFeeBps=2\nSocketConnectHost=127.0.0.1\nSocketConnectPort=" << wire_->port()
        << "\n";
    StartGateway();
  }
  void StartGateway() {
    auto sessions = std::make_unique<FixSessions>();
    sessions_ = sessions.get();
    host_ = std::make_unique<testing::ServiceHost>(
        "live-gateway", std::make_unique<LiveGatewayService>(std::move(sessions)),
        std::vector<std::string>{"--tick-ms", "20", "--fix-settings", folder_ + "/fix.cfg",
                                 "--fix-answer-timeout-ms", "200"});
    host_->Start();
    ASSERT_TRUE(host_->WaitReady());
    ASSERT_TRUE(WaitConnected(true));
  }
  void RestartGateway() {
    host_->KeepFolder();
    host_.reset();
    StartGateway();
  }
  v1::VenueStatus Status() {
    const auto status = host_->Call<v1::GetVenueStatusResponse>("VenueService/GetVenueStatus",
                                                                v1::GetVenueStatusRequest());
    EXPECT_TRUE(status.ok() && status->venues_size() == 1);
    return status->venues(0);
  }
  bool WaitConnected(bool connected) {
    return testing::WaitFor([&] { return Status().connected() == connected; });
  }
  static v1::VenueRequest PlaceEast(const std::string& child_id, const std::string& price) {
    v1::VenueRequest request = Place(child_id, kBuy, "1", price);
    request.mutable_commands(0)->mutable_place()->set_venue("EAST");
    return request;
  }
  // What is filled, by child; each execution id once.
  static std::map<std::string, int64_t> Filled(const TradeClient& client) {
    std::map<std::string, int64_t> filled;
    std::set<std::string> ids;
    for (const v1::Execution& execution : client.executions()) {
      if (execution.kind() == v1::EXECUTION_KIND_FILLED) {
        filled[execution.child_id()] += execution.quantity_e8();
        EXPECT_TRUE(ids.insert(execution.venue_exec_id()).second);
      }
    }
    return filled;
  }
  bool WaitFilled(const TradeClient& client, const std::string& child_id) {
    return testing::WaitFor([&] { return Filled(client)[child_id] == *ParseE8("1"); });
  }
  // Until the order has nothing left, fill by fill.
  void FillAll() {
    while (acceptor_->With([](PlayedVenue& venue) {
      return std::any_of(venue.orders().begin(), venue.orders().end(),
                         [](const auto& each) { return each.second.open(); });
    })) {
      acceptor_->Move();
    }
  }

  std::string folder_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<testing::ServiceHost> host_;
  FixSessions* sessions_ = nullptr;
};

TEST_F(FixSessionTest, LogsOnAndTrades) {
  Start();
  EXPECT_EQ(Status().name(), "EAST");
  EXPECT_EQ(Status().mode(), "live");
  EXPECT_EQ(host_->Get("/mode").body, R"({"mode":"live"})");
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceEast("1-1.1", "44000"));
  ASSERT_THAT(Lines(client.Wait(1)), ElementsAre("ACCEPTED 1-1.1"));
  client.Send(Replace("1-1.1", "2", "44100"));
  ASSERT_EQ(Lines(client.Wait(2)).back(), "REPLACED 1-1.1");
  client.Send(Cancel("1-1.1"));
  ASSERT_EQ(Lines(client.Wait(3)).back(), "CANCELED 1-1.1");
  EXPECT_EQ(client.executions().back().quantity_e8(), *ParseE8("2"));
  client.Send(PlaceEast("1-2.1", "45000"));
  ASSERT_EQ(client.Wait(5).size() >= 5, true);
  FillAll();
  ASSERT_TRUE(WaitFilled(client, "1-2.1"));
  const v1::Execution fill = client.executions().back();
  EXPECT_EQ(fill.venue(), "EAST");
  EXPECT_THAT(fill.venue_exec_id(), ::testing::StartsWith("V1-"));
  EXPECT_EQ(
      fill.fee_e8(),
      *MulDiv(Notional(Price::FromE8(fill.price_e8()), Quantity::FromE8(fill.quantity_e8()))->e8(),
              2, 10'000, Rounding::kHalfAwayFromZero));
}

TEST_F(FixSessionTest, AGapInWhatTheVenueSendsIsFilled) {
  Start();
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceEast("1-1.1", "44000"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  fix::Engine& theirs = acceptor_->engine();
  theirs.SetNextOut(0, theirs.NextOut(0) + 5);  // five that nobody has
  FillAll();
  ASSERT_TRUE(WaitFilled(client, "1-1.1"));
  EXPECT_TRUE(testing::WaitFor([&] { return sessions_->engine().NextIn(0) == theirs.NextOut(0); }));
}

TEST_F(FixSessionTest, WhatTheVenueSaidInAnOutageComesOnceAfterIt) {
  Start();
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceEast("1-1.1", "44000"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  wire_->SetDown(true);
  ASSERT_TRUE(WaitConnected(false));
  EXPECT_THAT(Status().reason(), HasSubstr("session"));
  FillAll();
  client.Send(PlaceEast("1-2.1", "44000"));  // refused at once
  ASSERT_EQ(Lines(client.Wait(2)).back(), "REJECTED 1-2.1");
  EXPECT_EQ(client.executions().back().reason(), v1::REJECT_REASON_VENUE_SESSION_DOWN);
  wire_->SetDown(false);
  ASSERT_TRUE(WaitConnected(true));
  ASSERT_TRUE(WaitFilled(client, "1-1.1"));
}

TEST_F(FixSessionTest, AGarbledMessageIsAskedForAgain) {
  Start();
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceEast("1-1.1", "44000"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  wire_->GarbleIn();
  FillAll();
  ASSERT_TRUE(testing::WaitFor([&] { return wire_->garbled(); }));
  acceptor_->Say(0, [&] {
    fix::Message status;  // what comes next shows the gap
    status.type = "8";
    status.Add(37, "NONE").Add(17, "V1-x").Add(150, "I").Add(39, "8").Add(55, "BTCUSDT");
    status.Add(54, "1").Add(151, "0").Add(14, "0").Add(6, "0").Add(584, "1");
    return std::vector<fix::Message>{status};
  }());
  ASSERT_TRUE(WaitFilled(client, "1-1.1"));
}

TEST_F(FixSessionTest, PossibleDuplicatesAreBookedOnce) {
  Start();
  acceptor_->With([](PlayedVenue& venue) {
    venue.SetMischief({0, 0, 100, 0, 100, 0});  // everything twice
    return 0;
  });
  TradeClient client(host_->channel(), 0);
  for (int i = 1; i <= 20; ++i) {
    client.Send(PlaceEast("1-" + std::to_string(i) + ".1", "45000"));
  }
  ASSERT_TRUE(testing::WaitFor([&] {
    return acceptor_->With([](PlayedVenue& venue) { return venue.orders().size(); }) == 20;
  }));
  FillAll();
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(WaitFilled(client, "1-" + std::to_string(i) + ".1"));
  }
}

TEST_F(FixSessionTest, AnOrderThatDidNotReachTheVenueIsRefusedNotSentAgain) {
  Start();
  TradeClient client(host_->channel(), 0);
  wire_->SwallowOut(true);
  client.Send(PlaceEast("1-1.1", "45000"));
  ASSERT_TRUE(testing::WaitFor([&] { return Status().open_orders() == 1; }));
  wire_->Cut();
  ASSERT_TRUE(WaitConnected(false));
  wire_->SwallowOut(false);
  ASSERT_EQ(Lines(client.Wait(1)), std::vector<std::string>{"REJECTED 1-1.1"});
  EXPECT_THAT(client.executions()[0].message(), HasSubstr("did not reach"));
  EXPECT_EQ(acceptor_->With([](PlayedVenue& venue) { return venue.orders().size(); }), 0U);
}

TEST_F(FixSessionTest, AnOrderWhoseReportsWereLostIsAskedAbout) {
  Start();
  TradeClient client(host_->channel(), 0);
  wire_->SwallowIn(true);
  client.Send(PlaceEast("1-1.1", "45000"));
  ASSERT_TRUE(testing::WaitFor([&] {
    return acceptor_->With([](PlayedVenue& venue) { return venue.orders().size(); }) == 1;
  }));
  FillAll();
  EXPECT_EQ(Status().open_orders(), 1);
  wire_->Cut();
  wire_->SwallowIn(false);
  ASSERT_TRUE(WaitFilled(client, "1-1.1"));
  EXPECT_EQ(acceptor_->With([](PlayedVenue& venue) { return venue.placed_twice(); }), 0U);
}

TEST_F(FixSessionTest, ANewProcessGoesOnWithNumbersAndOrders) {
  Start();
  {
    TradeClient client(host_->channel(), 0);
    client.Send(PlaceEast("1-1.1", "44000"));
    client.Send(PlaceEast("1-2.1", "44000"));
    ASSERT_EQ(client.Wait(2).size(), 2U);
  }
  const int next = sessions_->engine().NextOut(0);
  RestartGateway();
  EXPECT_GT(sessions_->engine().NextOut(0), next);
  EXPECT_EQ(Status().open_orders(), 2);
  TradeClient client(host_->channel(), 2);
  client.Send(PlaceEast("1-1.1", "44000"));  // known
  client.Send(Cancel("1-1.1"));
  ASSERT_EQ(Lines(client.Wait(1)), std::vector<std::string>{"CANCELED 1-1.1"});
  EXPECT_EQ(client.executions()[0].execution_sequence(), 3U);
}

// At the end of a day both sides begin anew at 1; orders live on.
TEST_F(FixSessionTest, ADayEndsForTheSessionNotForItsOrders) {
  Start();
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceEast("1-1.1", "44000"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  acceptor_->engine().SetNextOut(0, 500);
  FillAll();
  ASSERT_TRUE(WaitFilled(client, "1-1.1"));
  client.Send(PlaceEast("1-2.1", "44000"));
  ASSERT_TRUE(testing::WaitFor([&] { return Status().open_orders() == 1; }));
  ASSERT_TRUE(testing::WaitFor([&] { return client.executions().back().child_id() == "1-2.1"; }));
  wire_->SetDown(true);
  ASSERT_TRUE(WaitConnected(false));
  acceptor_->engine().Reset(0);
  sessions_->engine().Reset(0);
  wire_->SetDown(false);
  ASSERT_TRUE(WaitConnected(true));
  EXPECT_LT(sessions_->engine().NextIn(0), 100);
  EXPECT_LT(sessions_->engine().NextOut(0), 100);
  client.Send(Cancel("1-2.1"));
  EXPECT_TRUE(
      testing::WaitFor([&] { return Lines(client.executions()).back() == "CANCELED 1-2.1"; }));
}

// The same by ResetSeqNumFlag in the logon.
TEST_F(FixSessionTest, ALogonMayResetTheNumbers) {
  Start("ResetOnLogon=Y\n");
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceEast("1-1.1", "44000"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  wire_->SetDown(true);
  ASSERT_TRUE(WaitConnected(false));
  FillAll();  // told by nobody: the numbers begin anew, the status has it
  wire_->SetDown(false);
  ASSERT_TRUE(WaitConnected(true));
  ASSERT_TRUE(WaitFilled(client, "1-1.1"));
}

}  // namespace
}  // namespace tw::live_gateway
