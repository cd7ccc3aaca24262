#include "libs/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "libs/http/client.h"
#include "libs/metrics/metrics.h"
#include "tests/libs/http/raw_socket.h"

namespace tw::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Duration kWithin = Duration::Seconds(5);

// A server with one of each kind of route.
class ServerTest : public ::testing::Test {
 protected:
  void Serve(Options options = {}) {
    server_ = std::make_unique<Server>(std::move(options));
    server_->Get("/hello", [](const Request&) { return Json(R"({"hello":1})"); });
    server_->Get("/echo/{id}", [](const Request& request) {
      return Json(std::string(request.Param("id")) + "|" +
                  std::string(request.Query("q").value_or("-")) + "|" + request.path);
    });
    server_->RouteSync("POST", "/body", [](const Request& request) { return Json(request.body); });
    server_->Get("/throws", [](const Request&) -> Response { throw std::runtime_error("boom"); });
    server_->Get("/splits", [](const Request&) {
      Response response;
      response.headers = {{"X-A", "1\r\nX-Evil: 1"}, {"X-B", "2"}};
      return response;
    });
    server_->Route("GET", "/drops", [](const Request&, const Responder&) {});
    server_->Route("GET", "/later", [this](const Request&, Responder responder) {
      const std::lock_guard<std::mutex> lock(mutex_);
      later_.push_back(std::move(responder));
    });
    const absl::Status started = server_->Start();
    ASSERT_TRUE(started.ok()) << started;
    address_ = "127.0.0.1:" + std::to_string(server_->port());
  }

  // Waits until `n` requests to /later have come, and takes them.
  std::vector<Responder> TakeLater(size_t n) {
    for (int i = 0; i < 5000; ++i) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (later_.size() >= n) {
          return std::exchange(later_, {});
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }

  std::string Raw(const std::string& bytes) {
    RawSocket socket(server_->port());
    EXPECT_TRUE(socket.connected());
    socket.Send(bytes);
    return socket.ReadAnswer();
  }

  std::mutex mutex_;
  std::vector<Responder> later_;  // guarded by mutex_
  std::unique_ptr<Server> server_;
  std::string address_;
};

TEST_F(ServerTest, AnswersARequest) {
  Serve();
  const auto answer = Fetch("GET", address_, "/hello", "", kWithin);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, R"({"hello":1})");
  EXPECT_EQ(answer->content_type, "application/json");
  EXPECT_EQ(answer->Header("X-Content-Type-Options"), "nosniff");
}

TEST_F(ServerTest, HandsOverParamsQueryAndBody) {
  Serve();
  EXPECT_EQ(Fetch("GET", address_, "/echo/a%2Fb?q=x+y%26&q=z", "", kWithin)->body,
            "a/b|x y&|/echo/a/b");
  const std::string body(100'000, 'x');
  EXPECT_EQ(Fetch("POST", address_, "/body", body, kWithin)->body, body);
}

struct BadCase {
  const char* name;
  std::string bytes;
  int status;
  bool closes;
};

class BadRequestTest : public ServerTest, public testing::WithParamInterface<BadCase> {};

TEST_P(BadRequestTest, IsAnsweredClearly) {
  Options options;
  options.body_max = 1000;
  Serve(options);
  RawSocket socket(server_->port());
  socket.Send(GetParam().bytes);
  const std::string answer = socket.ReadAnswer();
  EXPECT_EQ(StatusOf(answer), GetParam().status) << answer;
  EXPECT_THAT(answer, HasSubstr("\"code\":"));
  EXPECT_THAT(answer, HasSubstr("\"message\":"));
  if (GetParam().closes) {
    EXPECT_TRUE(socket.IsClosed());
  } else {
    socket.Send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(StatusOf(socket.ReadAnswer()), 200);
  }
  EXPECT_EQ(Fetch("GET", address_, "/hello", "", kWithin)->status, 200);
}

std::string Head(const std::string& line, const std::string& headers = "") {
  return line + "\r\nHost: localhost\r\n" + headers + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    BadRequestTest,
    ::testing::Values(
        BadCase{"NotHttp", "hello there\r\n\r\n", 400, true},
        BadCase{"Binary", std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), 400, true},
        BadCase{"NoVersion", "GET /hello\r\n\r\n", 400, true},
        BadCase{"Http2", Head("GET /hello HTTP/2.0"), 505, true},
        BadCase{"NoHost", "GET /hello HTTP/1.1\r\n\r\n", 400, false},
        BadCase{"TwoHosts", Head("GET /hello HTTP/1.1", "Host: localhost\r\n"), 400, false},
        BadCase{"ForeignHost", "GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, false},
        BadCase{"ForeignOrigin", Head("GET /hello HTTP/1.1", "Origin: http://evil.example\r\n"),
                403, false},
        BadCase{"NotJson", Head("POST /body HTTP/1.1", "Content-Length: 0\r\n"), 415, false},
        BadCase{"Absolute", Head("GET http://localhost/hello HTTP/1.1"), 400, true},
        BadCase{"BrokenEscape", Head("GET /echo/%zz HTTP/1.1"), 400, false},
        BadCase{"BrokenQuery", Head("GET /hello?a=%f HTTP/1.1"), 400, false},
        BadCase{"NoSuchPath", Head("GET /nowhere HTTP/1.1"), 404, false},
        BadCase{"WrongMethod", Head("DELETE /hello HTTP/1.1", "Content-Type: application/json\r\n"),
                405, false},
        BadCase{"OddMethod", Head("BREW /hello HTTP/1.1", "Content-Type: application/json\r\n"),
                405, false},
        BadCase{"BodyTooLong", Head("POST /body HTTP/1.1", "Content-Length: 1001\r\n"), 413, true},
        BadCase{"ChunksTooLong",
                Head("POST /body HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "3e9\r\n" +
                    std::string(1001, 'x') + "\r\n0\r\n\r\n",
                413, true},
        BadCase{"BadLength", Head("POST /body HTTP/1.1", "Content-Length: -1\r\n"), 400, true},
        BadCase{"TwoLengths",
                Head("POST /body HTTP/1.1", "Content-Length: 1\r\nContent-Length: 2\r\n"), 400,
                true},
        BadCase{"LengthAndChunks",
                Head("POST /body HTTP/1.1", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
                400, true},
        BadCase{"BadChunk",
                Head("POST /body HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "zz\r\n", 400,
                true},
        BadCase{"Gzip", Head("POST /body HTTP/1.1", "Transfer-Encoding: gzip\r\n"), 501, true},
        BadCase{"LongTarget", Head("GET /" + std::string(9000, 'a') + " HTTP/1.1"), 414, true},
        BadCase{"EndlessTarget", "GET /" + std::string(40'000, 'a'), 414, true},
        BadCase{"LongHeaders", Head("GET /hello HTTP/1.1", "X: " + std::string(20'000, 'a')), 431,
                true},
        BadCase{"BadHeader", Head("GET /hello HTTP/1.1", "no colon\r\n"), 400, true},
        BadCase{"Throws", Head("GET /throws HTTP/1.1"), 500, false},
        BadCase{"Drops", Head("GET /drops HTTP/1.1"), 500, false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(ServerTest, TellsTheMethodsOfAPath) {
  Serve();
  const std::string wrong = Raw(Head("GET /body HTTP/1.1"));
  EXPECT_EQ(StatusOf(wrong), 405);
  EXPECT_THAT(wrong, HasSubstr("Allow: OPTIONS, POST\r\n"));
  const std::string options = Raw(Head("OPTIONS /hello HTTP/1.1"));
  EXPECT_EQ(StatusOf(options), 204);
  EXPECT_THAT(options, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_THAT(options, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(StatusOf(Raw(Head("OPTIONS * HTTP/1.1"))), 204);
}

TEST_F(ServerTest, HeadIsGetWithoutTheBody) {
  Serve();
  RawSocket socket(server_->port());
  socket.Send(Head("HEAD /hello HTTP/1.1"));
  // ReadAnswer would wait for the 11 bytes that must not come; the next answer follows at once.
  socket.Send(Head("GET /hello HTTP/1.1", "Connection: close\r\n"));
  std::string both = socket.ReadAnswer();
  EXPECT_THAT(both, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(both, HasSubstr("\r\n\r\nHTTP/1.1 20"));
}

TEST_F(ServerTest, ABodylessPostIsAnEmptyBody) {
  Serve();
  const std::string answer = Raw(Head("POST /body HTTP/1.1", "Content-Type: application/json\r\n"));
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(ServerTest, SaysContinueWhenAsked) {
  Serve();
  RawSocket socket(server_->port());
  socket.Send(Head("POST /body HTTP/1.1",
                   "Content-Type: application/json\r\nContent-Length: 2\r\n"
                   "Expect: 100-continue\r\n"));
  EXPECT_EQ(StatusOf(socket.ReadAnswer()), 100);
  socket.Send("{}");
  EXPECT_THAT(socket.ReadAnswer(), HasSubstr("\r\n\r\n{}"));
}

TEST_F(ServerTest, ReadsChunks) {
  Serve();
  EXPECT_THAT(Raw(Head("POST /body HTTP/1.1",
                       "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
              HasSubstr("\r\n\r\nabcde"));
}

TEST_F(ServerTest, KeepsTheConnectionAndTheOrderOfAPipeline) {
  Serve();
  RawSocket socket(server_->port());
  std::string pipeline;
  for (int i = 0; i < 50; ++i) {
    pipeline += Head("GET /echo/" + std::to_string(i) + " HTTP/1.1");
  }
  socket.Send(pipeline);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(socket.ReadAnswer(), HasSubstr("\r\n\r\n" + std::to_string(i) + "|"));
  }
  EXPECT_EQ(server_->connections(), 1);
}

TEST_F(ServerTest, ClosesWhenAsked) {
  Serve();
  RawSocket socket(server_->port());
  socket.Send(Head("GET /hello HTTP/1.1", "Connection: close\r\n"));
  EXPECT_THAT(socket.ReadAnswer(), HasSubstr("Connection: close"));
  EXPECT_TRUE(socket.IsClosed());
  RawSocket old(server_->port());
  old.Send(Head("GET /hello HTTP/1.0"));
  EXPECT_EQ(StatusOf(old.ReadAnswer()), 200);
  EXPECT_TRUE(old.IsClosed());
}

TEST_F(ServerTest, AHeaderValueCannotSplitTheAnswer) {
  Serve();
  const auto answer = Fetch("GET", address_, "/splits", "", kWithin);
  EXPECT_FALSE(answer->Header("X-Evil").has_value());
  EXPECT_EQ(answer->Header("X-B"), "2");
}

TEST_F(ServerTest, IsAnsweredOnceFromAnyThread) {
  Serve();
  RawSocket socket(server_->port());
  socket.Send(Head("GET /later HTTP/1.1") + Head("GET /hello HTTP/1.1"));
  const std::vector<Responder> later = TakeLater(1);
  ASSERT_EQ(later.size(), 1U);
  std::atomic<int> accepted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, copy = later[0]] { accepted += copy.Send(Json("\"late\"")) ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(accepted, 1);
  EXPECT_THAT(socket.ReadAnswer(), HasSubstr("\r\n\r\n\"late\""));
  EXPECT_THAT(socket.ReadAnswer(), HasSubstr("hello"));
}

TEST_F(ServerTest, AnAnswerAfterTheTimeoutIsIgnored) {
  Options options;
  options.answer_timeout = Duration::Millis(50);
  Serve(options);
  RawSocket socket(server_->port());
  socket.Send(Head("GET /later HTTP/1.1"));
  EXPECT_EQ(StatusOf(socket.ReadAnswer()), 504);
  EXPECT_FALSE(TakeLater(1)[0].Send(Json("1")));
  socket.Send(Head("GET /hello HTTP/1.1"));
  EXPECT_EQ(StatusOf(socket.ReadAnswer()), 200);
}

TEST_F(ServerTest, ClosesOnSlowAndIdleClients) {
  Options options;
  options.read_timeout = Duration::Millis(100);
  options.idle_timeout = Duration::Millis(300);
  Serve(options);
  RawSocket idle(server_->port());
  RawSocket slow(server_->port());
  // A byte now and then must not buy more time.
  const std::string bytes = Head("GET /hello HTTP/1.1");
  size_t sent = 0;
  while (sent + 1 < bytes.size() && slow.Send(bytes.substr(sent, 1))) {
    ++sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LT(sent, 20U);
  EXPECT_TRUE(idle.IsClosed());
}

TEST_F(ServerTest, RefusesMoreConnectionsThanItHolds) {
  Options options;
  options.connections_max = 2;
  Serve(options);
  RawSocket one(server_->port());
  RawSocket two(server_->port());
  for (RawSocket* socket : {&one, &two}) {
    socket->Send(Head("GET /hello HTTP/1.1"));
    EXPECT_EQ(StatusOf(socket->ReadAnswer()), 200);
  }
  const std::string refused = Raw(Head("GET /hello HTTP/1.1"));
  EXPECT_EQ(StatusOf(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1"));
  one.Send(Head("GET /hello HTTP/1.1"));
  EXPECT_EQ(StatusOf(one.ReadAnswer()), 200);
}

TEST_F(ServerTest, ServesManyClientsAtOnce) {
  Options options;
  options.threads = 2;
  Serve(options);
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&, t] {
      Client client(address_);
      for (int i = 0; i < 100; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        const auto answer = client.Fetch("GET", "/echo/" + id, "", kWithin);
        right += answer.ok() && answer->body.rfind(id + "|", 0) == 0 ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_EQ(right, 800);
}

TEST_F(ServerTest, StopLetsARunningRequestFinish) {
  Serve();
  RawSocket idle(server_->port());
  RawSocket busy(server_->port());
  busy.Send(Head("GET /later HTTP/1.1"));
  const std::vector<Responder> later = TakeLater(1);
  ASSERT_EQ(later.size(), 1U);
  std::thread stopper([&] { server_->Stop(); });
  EXPECT_TRUE(idle.IsClosed());
  EXPECT_TRUE(later[0].Send(Json("\"done\"")));
  const std::string answer = busy.ReadAnswer();
  EXPECT_THAT(answer, HasSubstr("\"done\""));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_TRUE(busy.IsClosed());
  stopper.join();
  EXPECT_EQ(server_->connections(), 0);
  EXPECT_FALSE(RawSocket(server_->port()).connected());
}

TEST_F(ServerTest, StopCutsWhatDoesNotEnd) {
  Options options;
  options.drain_timeout = Duration::Millis(100);
  Serve(options);
  RawSocket busy(server_->port());
  busy.Send(Head("GET /later HTTP/1.1"));
  const std::vector<Responder> later = TakeLater(1);
  ASSERT_EQ(later.size(), 1U);
  server_->Stop();
  server_.reset();
  EXPECT_TRUE(busy.IsClosed());
  EXPECT_TRUE(later[0].Send(Json("1")));  // nobody is there, and nothing breaks
}

TEST_F(ServerTest, StopUnderLoadEndsEveryConnection) {
  Options options;
  options.threads = 2;
  Serve(options);
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([&] {
      while (!stop) {
        const auto answer = Fetch("GET", address_, "/hello", "", Duration::Seconds(2));
        answered += answer.ok() ? 1 : 0;
      }
    });
  }
  while (answered < 50) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  server_->Stop();
  stop = true;
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_EQ(server_->connections(), 0);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  Serve();
  Options taken;
  taken.port = server_->port();
  const absl::Status status = Server(taken).Start();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(address_));
  Options wrong;
  wrong.host = "not-an-address";
  EXPECT_TRUE(absl::IsInvalidArgument(Server(wrong).Start()));
}

TEST_F(ServerTest, CountsWhatItServes) {
  metrics::Registry registry;
  Options options;
  options.registry = &registry;
  Serve(options);
  Fetch("GET", address_, "/echo/1", "", kWithin).status().IgnoreError();
  Fetch("GET", address_, "/echo/2", "", kWithin).status().IgnoreError();
  Fetch("GET", address_, "/nowhere", "", kWithin).status().IgnoreError();
  server_->Stop();
  const std::string text = registry.Text();
  EXPECT_THAT(
      text, HasSubstr(R"(tw_http_requests_total{method="GET",route="/echo/{id}",status="200"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(tw_http_requests_total{method="",route="",status="404"} 1)"));
  EXPECT_THAT(text,
              HasSubstr(R"(tw_http_request_seconds_count{method="GET",route="/echo/{id}"} 2)"));
  EXPECT_THAT(text, HasSubstr("tw_http_connections 0"));
}

}  // namespace
}  // namespace tw::http
