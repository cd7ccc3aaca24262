#include "services/gateway/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/libs/http/raw_socket.h"
#include "tests/services/gateway/fake_peers.h"
#include "tests/services/gateway/raw_web_socket.h"

namespace tw::gateway {
namespace {

using ::testing::HasSubstr;
using tw::testing::WaitFor;

std::string Frame(const std::string& text) {
  return RawWebSocket::Frame(text);
}

class LiveTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    socket_ = Open();
  }

  std::unique_ptr<http::RawSocket> Open() {
    const std::string address = host_.http_address();
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    auto socket = std::make_unique<http::RawSocket>(static_cast<uint16_t>(port));
    socket->Send(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_THAT(socket->ReadAnswer(5000), HasSubstr("101"));
    return socket;
  }
  static bool ReadUntil(http::RawSocket& socket, const std::string& wanted, std::string& seen) {
    for (int i = 0; i < 400 && seen.find(wanted) == std::string::npos; ++i) {
      seen += socket.ReadAnswer(50);
    }
    return seen.find(wanted) != std::string::npos;
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
    for (const uint64_t sequence : {4U, 5U, 6U}) {  // the snapshot's order stands for event 5
      v1::OrderEvent& event = *batch.add_events();
      event.set_sequence(sequence);
      event.mutable_order()->set_order_id("event-" + std::to_string(sequence));
    }
    stream.Write(batch);
  };
  Send(R"({"op":"subscribe","channels":["orders:demo"]})");
  Until("event-6");
  EXPECT_THAT(
      seen_,
      HasSubstr(R"("sequence":1,"snapshot":true,"position":"0-5","data":[{"order_id":"1-1")"));
  EXPECT_THAT(
      seen_,
      HasSubstr(R"("sequence":2,"snapshot":false,"position":"0-6","data":{"order_id":"event-6")"));
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

TEST_F(LiveTest, ChannelsOfEveryKind) {
  Send(
      R"({"op":"subscribe","channels":["ticker:BTCUSDT","book:IBM:2","trades:IBM","bars:IBM:1m"]})");
  Until(R"("channel":"ticker:BTCUSDT","sequence":2)");
  Until(R"("channel":"book:IBM:2","sequence":2)");
  Until(R"("channel":"trades:IBM")");
  Until(R"("channel":"bars:IBM:1m","sequence":2)");
  EXPECT_THAT(seen_, HasSubstr(R"("data":{"timeframe":"1m","bar":{)"));
  EXPECT_THAT(seen_, HasSubstr(R"("bids":[["45000","0.5"],["45000","0.5"]],"asks")"));
  for (const char* bad : {"ticker", "tickers:IBM", "book:IBM:0", "book:IBM:101", "book:IBM:2:3",
                          "bars:IBM", "bars:IBM:1x", "trades:IBM:1m"}) {
    seen_.clear();
    Send(std::string(R"({"op":"subscribe","channels":[")") + bad + R"("]})");
    EXPECT_THAT(Until("INVALID_ARGUMENT"), HasSubstr("INVALID_ARGUMENT")) << bad;
  }
}

TEST_F(LiveTest, AllClientsShareOneStreamOfHotCache) {
  std::vector<std::unique_ptr<http::RawSocket>> sockets;
  for (int i = 0; i < 10; ++i) {
    sockets.push_back(Open());
    sockets.back()->Send(
        Frame(R"({"op":"subscribe","channels":["tickers","book:IBM","trades:IBM"]})"));
    std::string seen;
    ASSERT_TRUE(
        ReadUntil(*sockets.back(), R"("channel":"book:IBM","sequence":1,"snapshot":true)", seen));
  }
  EXPECT_EQ(peers_.market_streams, 1);
}

// The snapshot that a late client begins with is the gateway's own: the newest, not hot-cache's
// first.
TEST_F(LiveTest, ALateClientBeginsWithTheNewest) {
  peers_.on_market = [](const FakePeers::MarketStream& stream) {
    v1::MarketDataUpdate update;
    update.set_symbol("IBM");
    update.mutable_ticker()->set_bid("777");
    stream.Write(update);
  };
  Send(R"({"op":"subscribe","channels":["ticker:IBM"]})");
  Until("777");
  const auto late = Open();
  late->Send(Frame(R"({"op":"subscribe","channels":["ticker:IBM"]})"));
  std::string seen;
  EXPECT_TRUE(ReadUntil(
      *late, R"("sequence":1,"snapshot":true,"data":{"symbol":"","last_price":"","bid":"777")",
      seen));
}

// The number of the last whole book in what was read; 0: there is none.
int NewestBook(const std::string& seen) {
  const std::string begin = "\"sequence\":";
  const size_t end = seen.rfind(",\"stale\"");
  const size_t at = end == std::string::npos ? end : seen.rfind(begin, end);
  return at == std::string::npos ? 0 : std::atoi(seen.c_str() + at + begin.size());
}

TEST_F(LiveTest, AClientThatNeverReadsSlowsNobody) {
  FakePeers::MarketStream market;
  std::atomic<bool> open{false};
  peers_.on_market = [&](const FakePeers::MarketStream& stream) {
    market = stream;
    open = true;
  };
  const auto stuck = Open();
  stuck->Send(Frame(R"({"op":"subscribe","channels":["book:IBM","trades:IBM"]})"));
  ASSERT_TRUE(WaitFor([&] { return open.load(); }));
  constexpr int kFast = 4;
  constexpr int kUpdates = 12'000;
  constexpr int kOneByOne = 100;
  std::array<std::atomic<int>, kFast> reached{};
  std::vector<std::thread> readers;
  std::atomic<int> ready{0};
  std::atomic<bool> over{false};
  for (size_t i = 0; i < kFast; ++i) {
    readers.emplace_back([&, i] {
      const auto socket = Open();
      socket->Send(Frame(R"({"op":"subscribe","channels":["book:IBM"]})"));
      std::string seen;
      ReadUntil(*socket, "snapshot", seen);
      ++ready;
      while (!over) {
        seen += socket->ReadAnswer(2);
        reached[i] = std::max(reached[i].load(), NewestBook(seen));
        seen.erase(0, seen.size() - std::min<size_t>(seen.size(), 4'096));
      }
    });
  }
  ASSERT_TRUE(WaitFor([&] { return ready == kFast; }));
  v1::MarketDataUpdate update;
  update.set_symbol("IBM");
  for (int i = 0; i < 30; ++i) {
    update.mutable_book()->add_bids()->set_price("45000");
  }
  // More than the stuck one can be sent, as fast as they go.
  bool all = true;
  for (int i = 1; i <= kUpdates && all; ++i) {
    update.mutable_book()->set_sequence(static_cast<uint64_t>(i));
    while (!market.Write(update)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    // The last ones only when all others have the one before: each of them comes, beside the stuck.
    if (i >= kUpdates - kOneByOne) {
      all = WaitFor([&] {
        return std::all_of(reached.begin(), reached.end(), [i](int at) { return at >= i; });
      });
    }
  }
  over = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_TRUE(all) << "not all readers got a book that was sent alone";
  const std::string newest = "\"sequence\":" + std::to_string(kUpdates) + ",\"stale\"";
  // The stuck one is still connected, and finds the newest book at the end of what it was sent.
  EXPECT_THAT(host_.Get("/stats").body, ::testing::Not(HasSubstr("\"market_merged\":0,")));
  std::string seen;
  ASSERT_TRUE(ReadUntil(*stuck, newest, seen));
  EXPECT_THAT(seen, HasSubstr("\"merged\":"));
}

TEST_F(LiveTest, WhileHotCacheIsAwayTickersAreStale) {
  Send(R"({"op":"subscribe","channels":["ticker:BTCUSDT"]})");
  Until(R"("sequence":2)");
  peers_.StopOthers();
  EXPECT_THAT(Until(R"("stale":true)"), HasSubstr(R"("sequence":3,"snapshot":false)"));
}

class GatewayStreamTest : public GatewayTest {
 protected:
  struct Seen {
    std::mutex mutex;
    std::vector<v1::MarketDataUpdate> updates;
    absl::Status status;
    bool closed = false;
  };
  rpc::Stream<v1::StreamMarketDataRequest, v1::MarketDataUpdate> Open(
      const v1::StreamMarketDataRequest& request, const std::shared_ptr<Seen>& seen) {
    return host_.channel().Open<v1::StreamMarketDataRequest, v1::MarketDataUpdate>(
        "tradewind.v1.MarketDataService/StreamMarketData", [&](const auto& s) {
          s.OnMessage([seen](const v1::MarketDataUpdate& update) {
            const std::lock_guard lock(seen->mutex);
            if (update.update_case() != v1::MarketDataUpdate::UPDATE_NOT_SET) {
              seen->updates.push_back(update);
            }
          });
          s.OnClosed([seen](const absl::Status& status) {
            const std::lock_guard lock(seen->mutex);
            seen->status = status;
            seen->closed = true;
          });
          s.Write(request);
          s.Finish();
        });
  }
  static bool Closed(const std::shared_ptr<Seen>& seen) {
    const std::lock_guard lock(seen->mutex);
    return seen->closed;
  }
};

TEST_F(GatewayStreamTest, NumbersItsOwnMessagesAndCutsBooks) {
  v1::StreamMarketDataRequest request;
  request.set_books(true);
  request.set_trades(true);
  request.set_depth(7);
  const auto seen = std::make_shared<Seen>();
  const auto stream = Open(request, seen);
  ASSERT_TRUE(WaitFor([&] {
    const std::lock_guard lock(seen->mutex);
    return seen->updates.size() >= 3;
  }));
  {
    const std::lock_guard lock(seen->mutex);
    EXPECT_TRUE(seen->updates[0].snapshot());
    EXPECT_EQ(seen->updates[0].book().bids_size(), 7);
    EXPECT_FALSE(seen->updates[1].snapshot());
    EXPECT_EQ(seen->updates[2].trade().price(), "181");
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(seen->updates[i].sequence(), i + 1);
      EXPECT_EQ(seen->updates[i].previous_sequence(), i);
      EXPECT_NE(seen->updates[i].epoch(), 0U);
    }
  }
  stream.Cancel();
  EXPECT_TRUE(WaitFor([&] { return Closed(seen); }));
}

TEST_F(GatewayStreamTest, WhatHotCacheMergedIsCountedOn) {
  peers_.on_market = [](const FakePeers::MarketStream& stream) {
    v1::MarketDataUpdate update;
    update.set_symbol("IBM");
    update.mutable_trade()->set_price("999");
    update.set_merged(4);
    stream.Write(update);
  };
  v1::StreamMarketDataRequest request;
  request.set_trades(true);
  const auto seen = std::make_shared<Seen>();
  const auto stream = Open(request, seen);
  ASSERT_TRUE(WaitFor([&] {
    const std::lock_guard lock(seen->mutex);
    return seen->updates.size() >= 2;
  }));
  {
    const std::lock_guard lock(seen->mutex);
    EXPECT_EQ(seen->updates[1].merged(), 4U);
    EXPECT_EQ(seen->updates[1].previous_sequence(), 1U);
    EXPECT_EQ(seen->updates[1].sequence(), 6U);
  }
  stream.Cancel();
  EXPECT_TRUE(WaitFor([&] { return Closed(seen); }));
}

TEST_F(GatewayStreamTest, WithoutHotCacheItSaysSo) {
  peers_.StopOthers();
  v1::StreamMarketDataRequest request;
  request.set_tickers(true);
  const auto seen = std::make_shared<Seen>();
  Open(request, seen);
  ASSERT_TRUE(WaitFor([&] { return Closed(seen); }));
  EXPECT_TRUE(absl::IsUnavailable(seen->status)) << seen->status;
  EXPECT_THAT(std::string(seen->status.message()), HasSubstr("hot-cache"));
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
