// The states of /ws: P&L, positions, parents, risk, health; and what holds for every channel:
// resuming, heartbeats, the notice before the end.
#include "services/gateway/live_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/core/ids.h"
#include "tests/services/gateway/fake_peers.h"
#include "tests/services/gateway/raw_web_socket.h"

namespace tw::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Pnl PnlOf(const std::string& account, const std::string& equity) {
  v1::Pnl pnl;
  pnl.set_account(account);
  pnl.set_equity(equity);
  v1::Position& position = *pnl.add_positions();
  position.set_account(account);
  position.set_symbol("IBM");
  position.set_quantity(equity);
  return pnl;
}

// The position in the newest message of a channel.
std::string PositionIn(const std::string& seen, const std::string& channel) {
  const size_t message = seen.rfind("{\"channel\":\"" + channel + "\"");
  const size_t at = seen.find("\"position\":\"", message) + 12;
  return seen.substr(at, seen.find('"', at) - at);
}

class LiveTopicsTest : public GatewayTest {
 protected:
  std::unique_ptr<RawWebSocket> Open() {
    return std::make_unique<RawWebSocket>(host_.http_address());
  }
};

TEST_F(LiveTopicsTest, PnlAndPositionsComeByOneStream) {
  peers_.on_pnl = [](const FakePeers::PnlStream& stream) {
    stream.Write(PnlOf("demo", "100"));
    stream.Write(PnlOf("other", "7"));
  };
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["pnl:demo","positions"]})");
  socket->Until(R"("equity":"100")");
  socket->Until(R"("quantity":"7")");
  EXPECT_THAT(socket->seen, HasSubstr(R"({"channels":["pnl:demo"],"op":"subscribed"})"));
  EXPECT_THAT(socket->seen, HasSubstr(R"({"channel":"pnl:demo","sequence":1,"snapshot":true)"));
  EXPECT_THAT(socket->seen, Not(HasSubstr(R"("equity":"7")")));
  EXPECT_THAT(socket->seen, HasSubstr(R"("quantity":"100")"));
}

// The stream has accounts that have done something; another one is asked for by its name.
TEST_F(LiveTopicsTest, AnAccountThatHasDoneNothingHasItsOpeningFigures) {
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["pnl:fresh"]})");
  EXPECT_THAT(socket->Until(R"("account":"fresh")"), HasSubstr(R"("account":"fresh")"));
}

TEST_F(LiveTopicsTest, ParentsBeginWithTheListAndGoOnWithTheStream) {
  const auto parent = [](const std::string& id, const std::string& filled, int64_t at) {
    v1::ParentOrder order;
    order.set_parent_order_id(id);
    order.set_account("demo");
    order.set_filled_quantity(filled);
    order.mutable_updated_time()->set_seconds(at);
    return order;
  };
  *peers_.parents.add_orders() = parent("P-1", "2", 20);
  peers_.on_parents = [&](const FakePeers::ParentStream& stream) {
    v1::ParentOrderUpdates batch;
    *batch.add_updates()->mutable_order() = parent("P-1", "1", 10);  // older than the list
    *batch.add_updates()->mutable_order() = parent("P-1", "3", 30);
    stream.Write(batch);
  };
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["parents:demo"]})");
  socket->Until(R"("filled_quantity":"3")");
  EXPECT_THAT(socket->seen, Not(HasSubstr(R"("filled_quantity":"1")")));
}

TEST_F(LiveTopicsTest, RiskIsAskedAgainAndAgainAndOnlyWhatChangesIsSent) {
  v1::Exposure& row = *peers_.exposure.add_exposures();
  row.set_account("demo");
  row.set_symbol("IBM");
  row.set_position("1");
  peers_.exposure.add_scopes()->set_scope("desk");
  peers_.alerts.add_alerts()->set_alert_id("a-1");
  const auto socket = Open();
  socket->Send(
      R"({"op":"subscribe","channels":["exposure","alerts","kill_switch","limits","blocks"]})");
  for (const char* wanted :
       {R"("position":"1")", R"("scope":"desk")", R"("alert_id":"a-1")", R"("generation":3)",
        R"("scope":"firm")", R"("symbol":"IBM","blocked)"}) {
    EXPECT_THAT(socket->Until(wanted), HasSubstr(wanted));
  }
  {
    const std::lock_guard lock(peers_.mutex);
    row.set_position("2");
  }
  socket->Until(R"("position":"2")");
  EXPECT_THAT(socket->seen, HasSubstr(R"({"channel":"exposure","sequence":2,"snapshot":false)"));
  EXPECT_THAT(socket->seen, Not(HasSubstr(R"("channel":"limits","sequence":2)")));
}

TEST_F(LiveTopicsTest, DecisionsOfRiskBeginWithTheNewestAndGoOnWithTheLedger) {
  const auto event = [](uint64_t sequence, const std::string& account, bool approved) {
    v1::LedgerEvent out;
    out.set_sequence(sequence);
    out.set_kind(approved ? v1::ORDER_EVENT_KIND_APPROVED : v1::ORDER_EVENT_KIND_REJECTED);
    out.set_order_id(OrderId(1, static_cast<uint32_t>(sequence)).value());
    out.set_account(account);
    out.mutable_risk()->set_approved(approved);
    out.mutable_risk()->set_message("decision " + std::to_string(sequence));
    out.mutable_risk()->add_checks()->set_name("price_collar");
    return out;
  };
  std::atomic<uint64_t> from{0};
  FakeOms::LedgerStream ledger;
  std::atomic<bool> open{false};
  peers_.oms().on_ledger = [&](const v1::StreamLedgerRequest& request,
                               const FakeOms::LedgerStream& stream) {
    EXPECT_FALSE(request.without_checks());
    from = request.from_sequence();
    v1::LedgerBatch batch;
    batch.set_head_sequence(from + 2);
    *batch.add_events() = event(from, "demo", false);
    *batch.add_events() = event(from + 1, "other", true);
    v1::LedgerEvent filled;  // no decision
    filled.set_sequence(from + 2);
    filled.set_kind(v1::ORDER_EVENT_KIND_FILLED);
    *batch.add_events() = filled;
    stream.Write(batch);
    ledger = stream;
    open = true;
  };
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["decisions:demo"]})");
  socket->Until("decision 1");
  EXPECT_EQ(from, 1u) << "the newest order's last event is 5";
  EXPECT_THAT(socket->seen,
              HasSubstr(R"("channel":"decisions:demo","sequence":1,"snapshot":true)"));
  EXPECT_THAT(socket->seen, HasSubstr(R"("price_collar")"));
  ASSERT_TRUE(testing::WaitFor([&] { return open.load(); }));
  v1::LedgerBatch news;
  news.set_head_sequence(4);
  *news.add_events() = event(4, "demo", true);
  ledger.Write(news);
  socket->Until("decision 4");
  EXPECT_THAT(socket->seen, Not(HasSubstr("decision 2"))) << "of another account";
  EXPECT_THAT(socket->seen, Not(HasSubstr("FILLED")));
  ledger.Reset();
}

TEST_F(LiveTopicsTest, HealthHasARowForEachService) {
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["health"]})");
  EXPECT_THAT(socket->Until(R"("name":"oms")"), HasSubstr(R"("name":"oms")"));
}

TEST_F(LiveTopicsTest, OneWhoWasCutOffGoesOnWhereItWas) {
  FakePeers::PnlStream pnl;
  std::atomic<bool> open{false};
  peers_.on_pnl = [&](const FakePeers::PnlStream& stream) {
    pnl = stream;
    open = true;
    stream.Write(PnlOf("demo", "100"));
  };
  auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["pnl:demo"]})");
  socket->Until(R"("equity":"100")");
  ASSERT_TRUE(open);
  const std::string position = PositionIn(socket->seen, "pnl:demo");
  socket->Disconnect();
  pnl.Write(PnlOf("demo", "101"));
  pnl.Write(PnlOf("demo", "102"));
  socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["pnl:demo"],"after":{"pnl:demo":")" + position +
               R"("}})");
  socket->Until(R"("equity":"102")");
  EXPECT_THAT(socket->seen, HasSubstr(R"({"after":")" + position +
                                      R"(","channels":["pnl:demo"],"op":"resumed"})"));
  EXPECT_THAT(socket->seen, HasSubstr(R"("sequence":1,"snapshot":false)"));
  EXPECT_THAT(socket->seen, HasSubstr(R"("equity":"101")"));
}

TEST_F(LiveTopicsTest, OrdersGoOnFromOmssLedger) {
  std::atomic<uint64_t> asked{0};
  peers_.oms().on_events = [&](const v1::StreamOrderEventsRequest& request,
                               const FakeOms::EventStream& stream) {
    asked = request.from_sequence();
    v1::OrderEventBatch batch;
    batch.set_epoch(4);
    batch.set_head_sequence(12);
    v1::OrderEvent& event = *batch.add_events();
    event.set_sequence(12);
    event.mutable_order()->set_order_id("event-12");
    stream.Write(batch);
  };
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["orders:demo"],"after":{"orders:demo":"3-10"}})");
  socket->Until("event-12");
  EXPECT_EQ(asked, 11u);
  EXPECT_THAT(socket->seen,
              HasSubstr(R"({"after":"3-10","channels":["orders:demo"],"op":"resumed"})"));
  EXPECT_THAT(socket->seen, HasSubstr(R"("sequence":1,"snapshot":false,"position":"4-12")"));
}

TEST_F(LiveTopicsTest, WhereOmsNoLongerHasItOrNeverHadItOrdersBeginAnew) {
  peers_.oms().on_events = [](const v1::StreamOrderEventsRequest& request,
                              const FakeOms::EventStream& stream) {
    if (request.from_sequence() == 3) {
      stream.Finish(absl::OutOfRangeError("the oldest is 7"));
      return;
    }
    v1::OrderEventBatch batch;
    batch.set_epoch(4);
    batch.set_head_sequence(8);
    stream.Write(batch);
  };
  for (const char* after : {"4-2", "4-99", "5-8", "nonsense"}) {
    const auto socket = Open();
    socket->Send(std::string(R"({"op":"subscribe","channels":["orders:demo"],"after":)") +
                 R"({"orders:demo":")" + after + R"("}})");
    socket->Until(R"("snapshot":true)");
    EXPECT_THAT(socket->seen, HasSubstr(R"("op":"restarted")")) << after;
    EXPECT_THAT(socket->seen, HasSubstr(R"("snapshot":true,"position":"4-8")")) << after;
  }
}

TEST_F(LiveTopicsTest, MarketDataSaysThatItBeginsAnew) {
  const auto socket = Open();
  socket->Send(R"({"op":"subscribe","channels":["tickers"],"after":{"tickers":"1-1"}})");
  EXPECT_THAT(socket->Until(R"("snapshot":true)"), HasSubstr(R"("op":"restarted")"));
}

TEST_F(LiveTopicsTest, HeartbeatsComeAsOftenAsAskedForAndMustBeAnswered) {
  const auto socket = Open();
  socket->Send(R"({"op":"heartbeat","every_ms":499})");
  EXPECT_THAT(socket->Until("INVALID_ARGUMENT"), HasSubstr("500 to 60000"));
  socket->Send(R"({"op":"heartbeat","every_ms":500})");
  EXPECT_THAT(socket->Until(R"("op":"heartbeat")"),
              HasSubstr(R"({"every_ms":500,"op":"heartbeat")"));
  // Silent from here on.
  EXPECT_THAT(socket->Until("nothing was heard"), HasSubstr("nothing was heard for three"));
}

TEST_F(LiveTopicsTest, BeforeTheServerStopsItSaysSo) {
  const auto socket = Open();
  socket->Send(R"({"op":"ping"})");
  socket->Until("pong");
  std::thread stop([&] { host_.Stop(); });
  EXPECT_THAT(socket->Until("the server is stopping"), HasSubstr(R"("op":"closing")"));
  stop.join();
}

TEST_F(LiveTopicsTest, AWrongNameIsSaidWithThoseThatThereAre) {
  const auto socket = Open();
  for (const char* bad : {"weather", "pnl:", "limits:demo", "kill_switch:demo"}) {
    socket->seen.clear();
    socket->Send(std::string(R"({"op":"subscribe","channels":[")") + bad + R"("]})");
    EXPECT_THAT(socket->Until("INVALID_ARGUMENT"), HasSubstr("exposure:ACCOUNT")) << bad;
  }
}

}  // namespace
}  // namespace tw::gateway
