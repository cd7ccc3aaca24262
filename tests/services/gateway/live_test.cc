#include "services/gateway/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/libs/http/raw_socket.h"
#include "tests/services/gateway/fake_peers.h"

namespace tw::gateway {
namespace {

using ::testing::HasSubstr;
using tw::testing::WaitFor;

// A text frame of a client, with the all-zero mask, which leaves the payload as it is.
std::string Frame(const std::string& text) {
  std::string frame = "\x81";
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xff);
  }
  return frame + std::string(4, '\0') + text;
}

class LiveTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    const std::string address = host_.http_address();
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    socket_ = std::make_unique<http::RawSocket>(static_cast<uint16_t>(port));
    socket_->Send(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    seen_ = socket_->ReadAnswer(5000);
    ASSERT_THAT(seen_, HasSubstr("101"));
  }

  void Send(const std::string& text) { socket_->Send(Frame(text)); }
  // Everything that has come until `wanted` is among it, or ten seconds have passed.
  const std::string& Until(const std::string& wanted) {
    for (int i = 0; i < 200 && seen_.find(wanted) == std::string::npos; ++i) {
      seen_ += socket_->ReadAnswer(50);
    }
    return seen_;
  }

  std::unique_ptr<http::RawSocket> socket_;
  std::string seen_;
};

TEST_F(LiveTest, ASnapshotThenNumberedUpdates) {
  Send(R"({"op":"subscribe","channels":["tickers","book:IBM"]})");
  Until(R"("channel":"tickers","sequence":2)");
  Until(R"("channel":"book:IBM","sequence":2)");
  EXPECT_THAT(seen_, HasSubstr(R"({"channels":["tickers"],"op":"subscribed"})"));
  EXPECT_THAT(seen_,
              HasSubstr(R"("channel":"tickers","sequence":1,"snapshot":true,"data":{"symb)"));
  EXPECT_THAT(seen_, HasSubstr(R"("channel":"tickers","sequence":2,"snapshot":false)"));
  EXPECT_THAT(seen_, HasSubstr(R"("channel":"book:IBM","sequence":1,"snapshot":true)"));
}

TEST_F(LiveTest, OrdersBeginWithASnapshotAndOnlyNewsFollow) {
  peers_.oms().on_events = [](const v1::StreamOrderEventsRequest&,
                              const FakeOms::EventStream& stream) {
    v1::OrderEventBatch batch;
    for (const uint64_t sequence : {4, 5, 6}) {  // the snapshot's order stands for event 5
      v1::OrderEvent& event = *batch.add_events();
      event.set_sequence(sequence);
      event.mutable_order()->set_order_id("event-" + std::to_string(sequence));
    }
    stream.Write(batch);
  };
  Send(R"({"op":"subscribe","channels":["orders:demo"]})");
  Until("event-6");
  EXPECT_THAT(seen_, HasSubstr(R"("sequence":1,"snapshot":true,"data":[{"order_id":"1-1")"));
  EXPECT_THAT(seen_, HasSubstr(R"("sequence":2,"snapshot":false,"data":{"order_id":"event-6")"));
  EXPECT_EQ(seen_.find("event-5"), std::string::npos);
}

TEST_F(LiveTest, WhatIsWrongIsSaidAndTheConnectionStays) {
  Send("{");
  Send(R"({"op":"dance"})");
  Send(R"({"op":"subscribe"})");
  Send(R"({"op":"subscribe","channels":[7]})");
  Send(R"({"op":"subscribe","channels":["book:NOPE"]})");
  Send(R"({"op":"subscribe","channels":["weather"]})");
  Send(R"({"op":"ping"})");
  Until("pong");
  EXPECT_THAT(seen_, HasSubstr("op: must be subscribe"));
  EXPECT_THAT(seen_, HasSubstr("channels: must be an array"));
  EXPECT_THAT(seen_, HasSubstr("channels: must be texts"));
  EXPECT_THAT(seen_, HasSubstr("no symbol 'NOPE'"));
  EXPECT_THAT(seen_, HasSubstr("no channel 'weather'"));
}

TEST_F(LiveTest, UnsubscribeEndsAChannel) {
  Send(R"({"op":"subscribe","channels":["tickers"]})");
  Until(R"("sequence":2)");
  Send(R"({"op":"unsubscribe","channels":["tickers"]})");
  EXPECT_THAT(Until("unsubscribed"), HasSubstr("unsubscribed"));
}

TEST_F(LiveTest, AConnectionThatIsGoneIsForgotten) {
  Send(R"({"op":"subscribe","channels":["tickers"]})");
  Until(R"("sequence":2)");
  EXPECT_THAT(host_.Get("/stats").body, HasSubstr(R"("websockets":1)"));
  socket_->Disconnect();
  EXPECT_TRUE(WaitFor(
      [&] { return host_.Get("/stats").body.find(R"("websockets":0)") != std::string::npos; }));
}

}  // namespace
}  // namespace tw::gateway
