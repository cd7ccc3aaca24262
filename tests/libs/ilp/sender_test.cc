#include "libs/ilp/sender.h"

#include <gtest/gtest.h>

#include "libs/base/clock.h"
#include "libs/ilp/line_buffer.h"
#include "tests/libs/ilp/fake_questdb.h"

namespace tw::ilp {
namespace {

HttpEndpoint To(uint16_t port) {
  return {.port = port,
          .connect_timeout = Duration::Seconds(1),
          .request_timeout = Duration::Millis(300)};
}

TEST(SenderTest, ClassifiesEveryStatus) {
  struct Case {
    int status;
    SendOutcome outcome;
  };
  const Case cases[] = {
      {200, SendOutcome::kAcked},  {204, SendOutcome::kAcked},  {400, SendOutcome::kReject},
      {413, SendOutcome::kReject}, {422, SendOutcome::kReject}, {401, SendOutcome::kDenied},
      {403, SendOutcome::kDenied}, {404, SendOutcome::kDenied}, {302, SendOutcome::kDenied},
      {500, SendOutcome::kRetry},  {503, SendOutcome::kRetry},  {504, SendOutcome::kRetry},
      {507, SendOutcome::kRetry},  {509, SendOutcome::kRetry},  {523, SendOutcome::kRetry},
      {524, SendOutcome::kRetry},  {529, SendOutcome::kRetry},  {599, SendOutcome::kRetry}};
  int status = 0;
  FakeQuestDb server([&](const auto&, const auto&) {
    return FakeReply{.status = status, .body = status == 204 ? "" : "why"};
  });
  Sender sender(To(server.port()));
  for (const Case& c : cases) {
    status = c.status;
    const SendResult result = sender.Send("t x=1i 7\n");
    EXPECT_EQ(result.outcome, c.outcome) << c.status;
    EXPECT_EQ(result.http_status, c.status);
  }
  EXPECT_EQ(server.connections(), 1);  // kept alive
}

TEST(SenderTest, SendsTheLinesToWriteWithNanosecondPrecision) {
  std::string seen_target;
  FakeQuestDb server([&](const std::string& target, const auto&) {
    seen_target = target;
    return FakeReply{};
  });
  Sender sender(To(server.port()));
  const std::string lines = std::string("t x=1i 7\nt y==\x0e\0\xff 8\n", 20);
  EXPECT_EQ(sender.Send(lines).outcome, SendOutcome::kAcked);
  EXPECT_EQ(seen_target, "/write?precision=n");
  EXPECT_EQ(server.bodies(), std::vector<std::string>{lines});
}

// The protocol is the server's to say: v2 as it is, v1 with doubles as text and without arrays.
TEST(SenderTest, SpeaksTheNewestProtocolThatTheServerTakes) {
  struct Case {
    int status;
    const char* settings;
    int protocol;
  };
  const Case cases[] = {{200, R"({"config":{"line.proto.support.versions":[1,2,3]}})", 2},
                        {200, R"({"config":{"line.proto.support.versions":[2]}})", 2},
                        {200, R"({"config":{"line.proto.support.versions":[1]}})", 1},
                        {200, R"({"config":{}})", 1},
                        {200, "<html>", 1},
                        {404, "not here", 1}};
  const double bids[] = {1, 2};
  LineBuffer rows(Doubles::kBinary);
  ASSERT_TRUE(rows.Table("t").Double("x", 0.5).Array2d("b", bids, 2, 1).At(Timestamp{7}).ok());
  for (const Case& c : cases) {
    FakeQuestDb server(
        [&](const std::string& target, const auto&) {
          return target == "/settings" ? FakeReply{c.status, c.settings} : FakeReply{};
        },
        0, "");
    Sender sender(To(server.port()));
    EXPECT_EQ(sender.Send(rows.bytes()).outcome, SendOutcome::kAcked) << c.settings;
    EXPECT_EQ(sender.protocol(), c.protocol) << c.settings;
    EXPECT_EQ(server.bodies().back(), c.protocol == 2 ? std::string(rows.bytes()) : "t x=0.5 7\n");
  }
}

TEST(SenderTest, NoRowsAreSentBeforeTheProtocolIsKnown) {
  int status = 503;
  FakeQuestDb server(
      [&](const std::string& target, const auto&) {
        EXPECT_EQ(target, status == 204 ? "/write?precision=n" : "/settings");
        return FakeReply{status, status == 200 ? FakeQuestDb::kProtocols12 : ""};
      },
      0, "");
  Sender sender(To(server.port()));
  EXPECT_EQ(sender.Send("t x=1i 7\n").outcome, SendOutcome::kRetry);
  status = 401;
  EXPECT_EQ(sender.Send("t x=1i 7\n").outcome, SendOutcome::kDenied);
  EXPECT_EQ(sender.protocol(), 0);
}

TEST(SenderTest, CompressesForANetworkOnly) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{}; });
  std::string rows;
  for (int i = 0; i < 1'000; ++i) {
    rows += "trades,venue=PAPER,symbol=BTCUSDT source_seq=" + std::to_string(i) + "i 7\n";
  }
  EXPECT_EQ(Sender(To(server.port())).Send(rows).outcome, SendOutcome::kAcked);
  EXPECT_EQ(server.bodies().back(), rows);
  EXPECT_EQ(server.heads().back().find("Content-Encoding"), std::string::npos);

  Sender always(To(server.port()), Gzip::kAlways);
  EXPECT_EQ(always.Send(rows).outcome, SendOutcome::kAcked);
  EXPECT_NE(server.heads().back().find("Content-Encoding: gzip"), std::string::npos);
  EXPECT_LT(server.bodies().back().size(), rows.size() / 5);
  EXPECT_EQ(server.bodies().back().substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(always.Send("t x=1i 7\n").outcome, SendOutcome::kAcked);
  EXPECT_EQ(server.bodies().back(), "t x=1i 7\n");
}

TEST(SenderTest, TellsTheServersMessageAndLine) {
  FakeQuestDb server([](const auto&, const auto&) {
    return FakeReply{400, R"({"code":"invalid","message":"cast error","line":2,"errorId":"a-1"})"};
  });
  const SendResult result = Sender(To(server.port())).Send("t x=1i 7\n");
  EXPECT_EQ(result.outcome, SendOutcome::kReject);
  EXPECT_EQ(result.message, "cast error");
  EXPECT_EQ(result.line, 2);
}

TEST(SenderTest, HostileErrorBodyIsOnlyText) {
  for (const char* body : {"<html>no</html>", "{\"message\":7,\"line\":\"x\"}", "[1]", "{", ""}) {
    FakeQuestDb server([&](const auto&, const auto&) { return FakeReply{400, body}; });
    const SendResult result = Sender(To(server.port())).Send("t x=1i 7\n");
    EXPECT_EQ(result.outcome, SendOutcome::kReject);
    EXPECT_EQ(result.message, std::string("HTTP 400 ") + body);
    EXPECT_EQ(result.line, 0);
  }
}

TEST(SenderTest, SilenceIsRetryWithinTheTimeLimit) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{.delay_ms = 1'500}; });
  Sender sender(To(server.port()));
  const int64_t start = MonotonicNanos();
  const SendResult result = sender.Send("t x=1i 7\n");
  EXPECT_EQ(result.outcome, SendOutcome::kRetry);
  EXPECT_EQ(result.http_status, 0);
  const Duration took{MonotonicNanos() - start};
  EXPECT_GE(took, Duration::Millis(290));
  EXPECT_LT(took, Duration::Millis(1'400));
}

TEST(SenderTest, NobodyListeningIsRetry) {
  uint16_t port = 0;
  {
    port = FakeQuestDb([](const auto&, const auto&) { return FakeReply{}; }).port();
  }
  EXPECT_EQ(Sender(To(port)).Send("t x=1i 7\n").outcome, SendOutcome::kRetry);
}

TEST(SenderTest, AnIdleConnectionThatWasClosedIsOpenedAgain) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{.close_after = true}; });
  Sender sender(To(server.port()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sender.Send("t x=1i 7\n").outcome, SendOutcome::kAcked) << i;
  }
  EXPECT_EQ(server.connections(), 3);
}

// The connection was in use (for /settings), so the batch is tried on a fresh one, once.
TEST(SenderTest, ADroppedRequestIsRetryNotALoop) {
  FakeQuestDb server([](const auto&, const auto&) { return FakeReply{.drop = true}; });
  EXPECT_EQ(Sender(To(server.port())).Send("t x=1i 7\n").outcome, SendOutcome::kRetry);
  EXPECT_EQ(server.bodies().size(), 2u);
}

TEST(BackoffTest, DoublesFromTenMillisecondsToItsBound) {
  Backoff backoff(Duration::Millis(100));
  for (const int64_t expected : {10, 20, 40, 80, 100, 100}) {
    EXPECT_EQ(backoff.Next(0), Duration::Millis(expected));
  }
  EXPECT_EQ(backoff.Next(0.5), Duration::Millis(75));
  backoff.Reset();
  EXPECT_EQ(backoff.Next(0.999999).millis(), 5);
}

}  // namespace
}  // namespace tw::ilp
