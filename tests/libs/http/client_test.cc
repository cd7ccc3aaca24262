#include "libs/http/client.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "libs/base/clock.h"
#include "libs/http/server.h"

namespace tw::http {
namespace {

constexpr Duration kSoon = Duration::Seconds(5);

std::string AddressOf(const Server& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

TEST(ClientTest, KeepsItsConnection) {
  Server server({});
  std::set<std::string> peers;
  server.Get("/", [&](const Request& request) {
    peers.insert(request.peer);
    return Json("1");
  });
  ASSERT_TRUE(server.Start().ok());
  Client client(AddressOf(server));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.Fetch("GET", "/", "", kSoon).ok());
  }
  server.Stop();
  EXPECT_EQ(peers.size(), 1U);
}

TEST(ClientTest, OpensALostConnectionAgain) {
  Options options;
  options.idle_timeout = Duration::Millis(30);
  Server server(options);
  server.Get("/", [](const Request&) { return Json("1"); });
  ASSERT_TRUE(server.Start().ok());
  Client client(AddressOf(server));
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Fetch("GET", "/", "", kSoon);
    ASSERT_TRUE(answer.ok()) << answer.status();
    while (server.connections() > 0) {
      struct timespec span = {0, 1'000'000};
      nanosleep(&span, nullptr);
    }
  }
}

TEST(ClientTest, AnyAnswerIsAnAnswer) {
  Server server({});
  ASSERT_TRUE(server.Start().ok());
  const auto answer = Fetch("GET", AddressOf(server), "/nowhere", "", kSoon);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 404);
}

TEST(ClientTest, HeadHasNoBody) {
  Server server({});
  server.Get("/", [](const Request&) { return Json("12345"); });
  ASSERT_TRUE(server.Start().ok());
  Client client(AddressOf(server));
  const auto head = client.Fetch("HEAD", "/", "", kSoon);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(head->Header("Content-Length"), "5");
  EXPECT_EQ(client.Fetch("GET", "/", "", kSoon)->body, "12345");
}

TEST(ClientTest, GivesUpAtItsDeadline) {
  Server server({});
  std::mutex mutex;
  std::vector<Responder> kept;  // guarded by mutex
  server.Route("GET", "/", [&](const Request&, Responder responder) {
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(responder));
  });
  ASSERT_TRUE(server.Start().ok());
  const int64_t start = MonotonicNanos();
  const auto answer = Fetch("GET", AddressOf(server), "/", "", Duration::Millis(100));
  const int64_t took_ms = (MonotonicNanos() - start) / 1'000'000;
  EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
  EXPECT_GE(took_ms, 90);
  EXPECT_LT(took_ms, 3000);
  const std::lock_guard lock(mutex);
  for (const Responder& responder : kept) {
    responder.Send(Json("1"));
  }
}

TEST(ClientTest, NobodyThereIsUnavailable) {
  uint16_t port = 0;
  {
    Server server({});
    ASSERT_TRUE(server.Start().ok());
    port = server.port();
  }
  const auto answer = Fetch("GET", "127.0.0.1:" + std::to_string(port), "/", "", kSoon);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
}

TEST(ClientTest, RefusesAnAddressWithoutAPort) {
  for (const char* address : {"", "localhost", ":80", "localhost:"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Fetch("GET", address, "/", "", kSoon).status())) << address;
  }
}

TEST(ClientTest, BoundsTheAnswer) {
  Server server({});
  server.Get("/", [](const Request&) { return Json(std::string(2000, 'x')); });
  ASSERT_TRUE(server.Start().ok());
  ClientOptions options;
  options.body_max = 1000;
  Client client(AddressOf(server), options);
  EXPECT_TRUE(absl::IsResourceExhausted(client.Fetch("GET", "/", "", kSoon).status()));
}

TEST(ClientTest, SeesTheRefusalOfABodyThatIsTooLong) {
  Server server({});
  server.RouteSync("POST", "/", [](const Request&) { return Json("1"); });
  ASSERT_TRUE(server.Start().ok());
  const auto answer = Fetch("POST", AddressOf(server), "/", std::string((1 << 20) + 1, 'x'), kSoon);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 413);
}

}  // namespace
}  // namespace tw::http
