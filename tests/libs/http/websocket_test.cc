#include "libs/http/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/http/server.h"
#include "tests/libs/http/raw_socket.h"

namespace tw::http {
namespace {

using ::testing::HasSubstr;

constexpr char kUpgrade[] =
    "GET /ws/7 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// A client's frame with the all-zero mask, which leaves the payload as it is.
std::string Frame(int opcode, const std::string& payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>((payload.size() >> shift) & 0xff);
    }
  }
  return frame + std::string(4, '\0') + payload;
}

class WebSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.WebSocketRoute(
        "/ws/{id}", [this](const Request& request, const std::shared_ptr<WebSocket>& socket) {
          const std::lock_guard<std::mutex> lock(mutex_);
          opened_.push_back(socket);
          socket->Send("id " + std::string(request.Param("id")));
          socket->OnMessage([weak = std::weak_ptr(socket)](std::string_view text) {
            if (const auto self = weak.lock()) {
              self->Send("echo " + std::string(text));
            }
          });
          socket->OnClose([this] { closed_.set_value(); });
        });
    ASSERT_TRUE(server_.Start().ok());
  }

  // Every byte until `wanted` has come.
  static std::string ReadUntil(RawSocket& socket, const std::string& wanted) {
    std::string all;
    for (int i = 0; i < 100 && all.find(wanted) == std::string::npos; ++i) {
      all += socket.ReadAnswer(50);
    }
    return all;
  }

  bool IsClosedSoon() {
    return closed_.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<WebSocket>> opened_;  // guarded by mutex_
  std::promise<void> closed_;
  Server server_{Options{}};
};

TEST_F(WebSocketTest, TalksBothWays) {
  RawSocket socket(server_.port());
  socket.Send(std::string(kUpgrade) + "\r\n");
  const std::string greeting = ReadUntil(socket, "id 7");
  EXPECT_EQ(StatusOf(greeting), 101);
  EXPECT_THAT(greeting, HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));  // RFC 6455, section 1.3
  socket.Send(Frame(1, "hello"));
  EXPECT_THAT(ReadUntil(socket, "hello"), HasSubstr("echo hello"));
  socket.Send(Frame(9, "beat"));  // ping
  EXPECT_THAT(ReadUntil(socket, "beat"), HasSubstr(std::string("\x8a\x04") + "beat"));
  socket.Send(Frame(8, ""));  // close
  EXPECT_TRUE(socket.IsClosed());
  socket.Disconnect();
  EXPECT_TRUE(IsClosedSoon());
  EXPECT_FALSE(opened_[0]->Send("too late"));
}

TEST_F(WebSocketTest, AVanishedPeerIsNoticed) {
  {
    RawSocket socket(server_.port());
    socket.Send(std::string(kUpgrade) + "\r\n");
    ReadUntil(socket, "id 7");
  }
  EXPECT_TRUE(IsClosedSoon());
}

TEST_F(WebSocketTest, TooLongAMessageEndsIt) {
  RawSocket socket(server_.port());
  socket.Send(std::string(kUpgrade) + "\r\n");
  ReadUntil(socket, "id 7");
  socket.Send(Frame(1, std::string(kWebSocketMessageMax + 1, 'x')));
  EXPECT_TRUE(IsClosedSoon());
}

TEST_F(WebSocketTest, ASlowReaderIsDisconnected) {
  RawSocket socket(server_.port());
  socket.Send(std::string(kUpgrade) + "\r\n");
  ReadUntil(socket, "id 7");
  const std::string block(64 << 10, 'x');
  int sent = 0;
  while (sent < 10'000 && opened_[0]->Send(block)) {
    ++sent;
  }
  EXPECT_LT(sent, 10'000);
  EXPECT_GE(static_cast<size_t>(sent) * block.size(), kWebSocketQueueBytesMax - block.size());
  EXPECT_TRUE(IsClosedSoon());
}

TEST_F(WebSocketTest, SendsFromManyThreadsArriveWhole) {
  RawSocket socket(server_.port());
  socket.Send(std::string(kUpgrade) + "\r\n");
  ReadUntil(socket, "id 7");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        opened_[0]->Send("message");
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  opened_[0]->Close(1000, "done");
  const std::string all = ReadUntil(socket, "done");
  const std::string frame = std::string("\x81\x07") + "message";
  size_t count = 0;
  for (size_t at = all.find(frame); at != std::string::npos; at = all.find(frame, at + 1)) {
    ++count;
  }
  EXPECT_EQ(count, 400U);
  EXPECT_THAT(all, HasSubstr("done"));
}

TEST_F(WebSocketTest, StopSaysGoodbye) {
  RawSocket socket(server_.port());
  socket.Send(std::string(kUpgrade) + "\r\n");
  ReadUntil(socket, "id 7");
  std::thread stopper([this] { server_.Stop(); });
  EXPECT_THAT(ReadUntil(socket, "stopping"), HasSubstr("the server is stopping"));
  socket.Send(Frame(8, ""));
  EXPECT_TRUE(socket.IsClosed());
  socket.Disconnect();
  EXPECT_TRUE(IsClosedSoon());
  stopper.join();
}

TEST_F(WebSocketTest, IsGuardedAndNeedsAnUpgrade) {
  RawSocket foreign(server_.port());
  foreign.Send(std::string(kUpgrade) + "Origin: https://evil.example\r\n\r\n");
  EXPECT_EQ(StatusOf(foreign.ReadAnswer()), 403);
  RawSocket plain(server_.port());
  plain.Send("GET /ws/7 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(StatusOf(plain.ReadAnswer()), 426);
}

}  // namespace
}  // namespace tw::http
