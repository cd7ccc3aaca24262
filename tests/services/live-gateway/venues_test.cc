// Several paper venues in one live-gateway, over loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "libs/testing/service_host.h"
#include "services/live-gateway/live_gateway_service.h"
#include "tests/services/live-gateway/trade_client.h"

namespace tw::live_gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class VenuesTest : public ::testing::Test {
 protected:
  void TearDown() override {
    host_.reset();
    old_.clear();
  }
  void Start(const std::string& venues, std::vector<std::string> more = {}) {
    if (host_ != nullptr) {
      host_->Stop();
      old_.push_back(std::move(host_));
    }
    std::vector<std::string> flags = {"--tick-ms", "20", "--venues", venues};
    flags.insert(flags.end(), more.begin(), more.end());
    host_ = std::make_unique<testing::ServiceHost>("live-gateway",
                                                   std::make_unique<LiveGatewayService>(), flags);
    host_->Start();
    ASSERT_TRUE(host_->WaitReady());
  }
  v1::VenueStatus Status(int index) {
    const auto status = host_->Call<v1::GetVenueStatusResponse>("VenueService/GetVenueStatus",
                                                                v1::GetVenueStatusRequest());
    EXPECT_TRUE(status.ok() && status->venues_size() > index);
    return status->venues(index);
  }
  static v1::VenueRequest PlaceAt(const std::string& venue,
                                  const std::string& child_id,
                                  const std::string& price = "44000") {
    v1::VenueRequest request = Place(child_id, kBuy, "0.1", price);
    request.mutable_commands(0)->mutable_place()->set_venue(venue);
    return request;
  }

  std::unique_ptr<testing::ServiceHost> host_;
  std::vector<std::unique_ptr<testing::ServiceHost>> old_;
};

TEST_F(VenuesTest, EachHasItsOwnTermsAndOneRunOfNumbersHoldsForAll) {
  Start("PAPER,ALPHA taker_bps=2 offset_bps=-10 to_us=200 from_us=300");
  EXPECT_EQ(Status(1).name(), "ALPHA");
  EXPECT_EQ(Status(1).taker_fee_e8(), 20'000);
  EXPECT_EQ(Status(1).latency_from_us(), 300);
  EXPECT_TRUE(Status(1).takes_orders());
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceAt("PAPER", "1-1.1"));
  client.Send(PlaceAt("ALPHA", "1-2.1"));
  ASSERT_EQ(client.Wait(2).size(), 2U);
  client.Send(PlaceAt("ALPHA", "1-3.1", "46000"));
  client.Send(PlaceAt("", "1-4.1"));
  client.Send(PlaceAt("NONE", "1-5.1"));
  const std::vector<v1::Execution> reports = client.Wait(6);
  ASSERT_GE(reports.size(), 6U);
  std::set<std::string> ids;
  uint64_t number = 0;
  for (const v1::Execution& report : reports) {
    EXPECT_EQ(report.execution_sequence(), ++number);
    EXPECT_TRUE(ids.insert(report.venue_exec_id()).second);
    if (report.child_id() == "1-4.1") {
      EXPECT_EQ(report.venue(), "PAPER");  // the first that trades it
    }
    if (report.child_id() == "1-2.1" || report.child_id() == "1-3.1") {
      EXPECT_EQ(report.venue(), "ALPHA");
    }
    if (report.child_id() == "1-5.1") {
      EXPECT_THAT(report.message(), HasSubstr("no venue NONE"));
    }
  }
}

TEST_F(VenuesTest, AnOrderOfOneVenueIsKnownAtAll) {
  Start("PAPER,ALPHA");
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceAt("ALPHA", "1-1.1"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  client.Send(PlaceAt("PAPER", "1-1.1"));  // nothing new happens
  v1::VenueRequest cancel = Cancel("1-1.1");
  cancel.mutable_commands(0)->mutable_cancel()->set_venue("PAPER");
  client.Send(cancel);  // finds it where it is
  const std::vector<v1::Execution> reports = client.Wait(2);
  EXPECT_THAT(Lines(reports), ElementsAre("ACCEPTED 1-1.1", "CANCELED 1-1.1"));
  EXPECT_EQ(reports.back().venue(), "ALPHA");
}

TEST_F(VenuesTest, OpenOrdersRestAgainWhereTheyWereAndNumbersGoOn) {
  Start("PAPER,ALPHA");
  {
    TradeClient client(host_->channel(), 0);
    client.Send(PlaceAt("ALPHA", "1-1.1"));
    client.Send(PlaceAt("PAPER", "1-2.1"));
    ASSERT_EQ(client.Wait(2).size(), 2U);
  }
  Start("PAPER,ALPHA");
  EXPECT_EQ(Status(0).open_orders(), 1);
  EXPECT_EQ(Status(1).open_orders(), 1);
  TradeClient client(host_->channel(), 2);
  client.Send(Cancel("1-1.1"));
  client.Send(Cancel("1-2.1"));
  ASSERT_EQ(client.Wait(2).size(), 2U);
  EXPECT_EQ(client.executions()[0].execution_sequence(), 3U);
}

TEST_F(VenuesTest, OneCanBePanickedByItself) {
  Start("PAPER,ALPHA");
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceAt("PAPER", "1-1.1"));
  client.Send(PlaceAt("ALPHA", "1-2.1"));
  ASSERT_EQ(client.Wait(2).size(), 2U);
  const auto answer = host_->Http("POST", "/panic", R"({"reason":"test","venue":"ALPHA"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  client.Send(PlaceAt("ALPHA", "1-3.1"));
  client.Send(PlaceAt("PAPER", "1-4.1"));
  const std::vector<v1::Execution> reports = client.Wait(5);
  EXPECT_THAT(Lines(reports), ElementsAre("ACCEPTED 1-1.1", "ACCEPTED 1-2.1", "CANCELED 1-2.1",
                                          "REJECTED 1-3.1", "ACCEPTED 1-4.1"));
  EXPECT_EQ(reports[3].reason(), v1::REJECT_REASON_VENUE_HALTED);
  EXPECT_TRUE(Status(1).panicked());
  EXPECT_FALSE(Status(1).takes_orders());
  EXPECT_EQ(host_->Http("POST", "/panic", R"({"venue":"NONE"})").status, 404);
  Start("PAPER,ALPHA");
  EXPECT_TRUE(Status(1).panicked());
  EXPECT_FALSE(Status(0).panicked());
}

TEST_F(VenuesTest, AnOutageHoldsReportsBackAndRefusesOrders) {
  Start("PAPER,ALPHA");
  TradeClient client(host_->channel(), 0);
  client.Send(PlaceAt("ALPHA", "1-1.1"));
  ASSERT_EQ(client.Wait(1).size(), 1U);
  EXPECT_EQ(host_->Http("POST", "/exchanges/ALPHA/outage", "{}").status, 200);
  EXPECT_FALSE(Status(1).connected());
  client.Send(Cancel("1-1.1"));
  client.Send(PlaceAt("ALPHA", "1-2.1"));
  ASSERT_THAT(Lines(client.Wait(2)), ElementsAre("ACCEPTED 1-1.1", "REJECTED 1-2.1"));
  EXPECT_EQ(client.executions()[1].reason(), v1::REJECT_REASON_VENUE_SESSION_DOWN);
  EXPECT_EQ(host_->Http("DELETE", "/exchanges/ALPHA/outage").status, 200);
  EXPECT_EQ(Lines(client.Wait(3)).back(), "CANCELED 1-1.1");
  EXPECT_EQ(host_->Http("POST", "/exchanges/NONE/outage", "{}").status, 404);
}

TEST_F(VenuesTest, AVenueThatRefusesAllIsLeftInPeace) {
  Start("PAPER,ALPHA reject_percent=100", {"--breaker-refusals", "3"});
  TradeClient client(host_->channel(), 0);
  for (int i = 1; i <= 4; ++i) {
    client.Send(PlaceAt("ALPHA", "1-" + std::to_string(i) + ".1"));
  }
  const std::vector<v1::Execution> reports = client.Wait(4);
  ASSERT_EQ(reports.size(), 4U);
  EXPECT_EQ(reports[2].reason(), v1::REJECT_REASON_VENUE_REJECTED);
  EXPECT_EQ(reports[3].reason(), v1::REJECT_REASON_VENUE_HALTED);
  EXPECT_TRUE(testing::WaitFor([this] { return Status(1).breaker_open(); }));
  EXPECT_TRUE(Status(0).takes_orders());
}

TEST_F(VenuesTest, OrdersAreCanceledWhenNobodyTradesForTooLong) {
  Start("PAPER,ALPHA", {"--cancel-on-disconnect-ms", "100"});
  {
    TradeClient client(host_->channel(), 0);
    client.Send(PlaceAt("PAPER", "1-1.1"));
    client.Send(PlaceAt("ALPHA", "1-2.1"));
    ASSERT_EQ(client.Wait(2).size(), 2U);
  }
  ASSERT_TRUE(testing::WaitFor(
      [this] { return Status(0).open_orders() == 0 && Status(1).open_orders() == 0; }));
  TradeClient client(host_->channel(), 2);
  ASSERT_EQ(client.Wait(2).size(), 2U);
  EXPECT_EQ(client.executions()[0].kind(), v1::EXECUTION_KIND_CANCELED);
}

}  // namespace
}  // namespace tw::live_gateway
