#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/base/field_error.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::rpc {
namespace {

constexpr Duration kTimeout = Duration::Seconds(5);

// A value that one thread sets and another waits for.
template <typename T>
class Box {
 public:
  void Set(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    set_.notify_all();
  }
  T Wait() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(set_.wait_for(lock, std::chrono::seconds(10), [&] { return value_.has_value(); }));
    return value_.value_or(T());
  }

 private:
  std::mutex mutex_;
  std::condition_variable set_;
  std::optional<T> value_;
};

// How the channel reaches the server: all of this holds for every way.
class RpcTest : public ::testing::TestWithParam<const char*> {
 protected:
  // GetOrder echoes the id; "missing" is NotFound; "bad" is a field error; "drop" is never
  // answered; "time" answers the milliseconds left. StreamLedger writes `from_sequence` batches;
  // Gate echoes each order with a decision and pauses at kPauseEpoch.
  void SetUp() override {
    Service orders("tradewind.v1.OrderService");
    orders.Unary<v1::GetOrderRequest, v1::Order>(
        "GetOrder", [](const v1::GetOrderRequest& request, const Reply<v1::Order>& reply) {
          if (request.order_id() == "missing") {
            reply.Fail(absl::NotFoundError("no order missing"));
          } else if (request.order_id() == "bad") {
            reply.Fail(FieldError("order_id", "is bad"));
          } else if (request.order_id() == "time") {
            v1::Order order;
            order.set_sequence(static_cast<uint64_t>(reply.context().TimeLeft().millis()));
            reply.Ok(order);
          } else if (request.order_id() != "drop") {
            v1::Order order;
            order.set_order_id(request.order_id());
            reply.Ok(order);
          }
        });
    Service ledger("tradewind.v1.OrderLedgerService");
    ledger.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "StreamLedger", [this](const v1::StreamLedgerRequest& request,
                               Stream<v1::LedgerBatch, v1::StreamLedgerRequest> stream) {
          stream.OnClosed([this](const absl::Status&) { ledger_closed_.Set(true); });
          for (uint64_t i = 1; i <= request.from_sequence(); ++i) {
            v1::LedgerBatch batch;
            batch.set_head_sequence(i);
            if (!stream.Write(batch)) {
              refused_ = true;
              break;
            }
          }
          if (request.consumer() == "finish") {
            stream.Finish(absl::OutOfRangeError("oldest is 7"));
          }
        });
    Service gate("tradewind.v1.RiskGateService");
    gate.Bidi<v1::GateRequest, v1::GateResponse>(
        "Gate", [this](Stream<v1::GateResponse, v1::GateRequest> stream) {
          stream.OnMessage([this, stream](const v1::GateRequest& request) {
            if (request.epoch() == kPauseEpoch) {
              stream.PauseReads();
              paused_.Set(stream);
              return;
            }
            v1::GateResponse response;
            for (const v1::GateOrder& order : request.orders()) {
              response.add_decisions()->set_order_id(order.order_id());
            }
            EXPECT_TRUE(stream.Write(response));
          });
        });
    ServerOptions options;
    options.stream_queue_max = 64;
    options.max_message_bytes = 4096;
    const std::string way = GetParam();
    if (way == "unix") {
      options.socket = ::testing::TempDir() + "tw-rpc-" + std::to_string(::getpid());
    }
    server_ = std::make_unique<Server>(options);
    if (way == "near") {  // before the server is there
      channel_ = server_->NearChannelOr(Channel::Create("127.0.0.1:1"));
    }
    server_->Add(orders);
    server_->Add(ledger);
    server_->Add(gate);
    ASSERT_TRUE(server_->Start().ok());
    if (way != "near") {
      channel_ = Channel::Create(way == "unix" ? "unix:" + options.socket
                                               : "127.0.0.1:" + std::to_string(server_->port()));
    }
  }

  absl::StatusOr<v1::Order> Get(const std::string& id, Duration timeout = kTimeout) {
    v1::GetOrderRequest request;
    request.set_order_id(id);
    return channel_->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder", request, timeout);
  }

  static constexpr uint64_t kPauseEpoch = 77;

  Box<Stream<v1::GateResponse, v1::GateRequest>> paused_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<Channel> channel_;
  Box<bool> ledger_closed_;
  std::atomic<bool> refused_{false};
};

TEST_P(RpcTest, AnswersAUnaryCall) {
  const auto order = Get("1-1");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->order_id(), "1-1");
}

TEST_P(RpcTest, CarriesStatusAndField) {
  EXPECT_EQ(Get("missing").status().code(), absl::StatusCode::kNotFound);
  const absl::Status bad = Get("bad").status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(bad.message()), "order_id: is bad");
  EXPECT_EQ(FieldOf(bad), "order_id");
}

TEST_P(RpcTest, ADroppedRequestIsAnInternalErrorNotSilence) {
  EXPECT_EQ(Get("drop").status().code(), absl::StatusCode::kInternal);
}

TEST_P(RpcTest, AMethodWithoutAHandlerIsUnimplemented) {
  const auto answer = channel_->CallSync<v1::Order>("tradewind.v1.OrderService/CancelOrder",
                                                    v1::CancelOrderRequest(), kTimeout);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnimplemented);
}

TEST_P(RpcTest, TheServerKnowsHowLongTheCallerWaits) {
  const auto answer = Get("time", Duration::Seconds(60));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_GT(answer->sequence(), 30'000U);
  EXPECT_LE(answer->sequence(), 61'000U);
}

TEST_P(RpcTest, RefusesAnOversizedRequest) {
  EXPECT_EQ(Get(std::string(8192, 'x')).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_P(RpcTest, MalformedBytesAreInvalidArgument) {
  // In a GateRequest field 2 holds messages; as a CheckOrderRequest the same bytes are a symbol
  // that is no UTF-8.
  v1::GateRequest wrong;
  wrong.add_orders()->set_order_id(0xffffffffffffffffU);
  const auto answer =
      channel_->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder", wrong, kTimeout);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(RpcTest, StreamsInOrderAndEndsWithTheStatus) {
  Box<absl::Status> closed;
  std::vector<uint64_t> heads;
  channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& stream) {
        stream.OnMessage(
            [&](const v1::LedgerBatch& batch) { heads.push_back(batch.head_sequence()); });
        stream.OnClosed([&](const absl::Status& status) { closed.Set(status); });
        v1::StreamLedgerRequest request;
        request.set_from_sequence(50);
        request.set_consumer("finish");
        EXPECT_TRUE(stream.Write(request));
        stream.Finish();
      });
  EXPECT_EQ(closed.Wait().code(), absl::StatusCode::kOutOfRange);
  ASSERT_EQ(heads.size(), 50U);
  for (size_t i = 0; i < heads.size(); ++i) {
    EXPECT_EQ(heads[i], i + 1);
  }
}

TEST_P(RpcTest, TheQueueOfAStreamIsBounded) {
  Box<absl::Status> closed;
  auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
        s.OnClosed([&](const absl::Status& status) { closed.Set(status); });
        v1::StreamLedgerRequest request;
        request.set_from_sequence(100'000'000);
        EXPECT_TRUE(s.Write(request));
      });
  for (int i = 0; i < 500 && !refused_; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(refused_);
  stream.Cancel();
  EXPECT_EQ(closed.Wait().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(ledger_closed_.Wait());
}

TEST_P(RpcTest, BidiAnswersEachMessageAndClosesAfterHalfClose) {
  Box<absl::Status> closed;
  std::atomic<uint64_t> sum{0};
  auto stream = channel_->Open<v1::GateRequest, v1::GateResponse>(
      "tradewind.v1.RiskGateService/Gate", [&](const auto& s) {
        s.OnMessage([&](const v1::GateResponse& response) {
          for (const auto& decision : response.decisions()) {
            sum += decision.order_id();
          }
        });
        s.OnClosed([&](const absl::Status& status) { closed.Set(status); });
      });
  for (uint64_t i = 1; i <= 20; ++i) {
    v1::GateRequest request;
    request.add_orders()->set_order_id(i);
    EXPECT_TRUE(stream.Write(request));
  }
  stream.Finish();
  EXPECT_TRUE(closed.Wait().ok());
  EXPECT_EQ(sum.load(), 210U);
}

TEST_P(RpcTest, APausedClientMakesTheServerWait) {
  Box<absl::Status> closed;
  std::atomic<int> messages{0};
  auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
        s.OnMessage([&messages, s](const v1::LedgerBatch&) {
          if (++messages == 1) {
            s.PauseReads();
          }
        });
        s.OnClosed([&](const absl::Status& status) { closed.Set(status); });
        v1::StreamLedgerRequest request;
        request.set_from_sequence(40);
        request.set_consumer("finish");
        EXPECT_TRUE(s.Write(request));
        s.Finish();
      });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(messages.load(), 1);
  stream.ResumeReads();
  EXPECT_EQ(closed.Wait().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(messages.load(), 40);
}

TEST_P(RpcTest, CancelEndsAPausedStream) {
  Box<absl::Status> closed;
  Box<bool> paused;
  auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
        s.OnMessage([&paused, s](const v1::LedgerBatch&) {
          s.PauseReads();
          paused.Set(true);
        });
        s.OnClosed([&](const absl::Status& status) { closed.Set(status); });
        v1::StreamLedgerRequest request;
        request.set_from_sequence(10);
        EXPECT_TRUE(s.Write(request));
      });
  EXPECT_TRUE(paused.Wait());
  stream.Cancel();
  EXPECT_EQ(closed.Wait().code(), absl::StatusCode::kCancelled);
}

TEST_P(RpcTest, APausedServerReadsOnAfterResume) {
  Box<absl::Status> closed;
  std::atomic<int> answers{0};
  auto stream = channel_->Open<v1::GateRequest, v1::GateResponse>(
      "tradewind.v1.RiskGateService/Gate", [&](const auto& s) {
        s.OnMessage([&](const v1::GateResponse&) { ++answers; });
        s.OnClosed([&](const absl::Status& status) { closed.Set(status); });
      });
  v1::GateRequest pause;
  pause.set_epoch(kPauseEpoch);
  EXPECT_TRUE(stream.Write(pause));
  EXPECT_TRUE(stream.Write(v1::GateRequest()));
  auto paused = paused_.Wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(answers.load(), 0);
  paused.ResumeReads();
  stream.Finish();
  EXPECT_TRUE(closed.Wait().ok());
  EXPECT_EQ(answers.load(), 1);
}

// A server that ends the stream at once races with the client's half-close and with its own cancel.
TEST_P(RpcTest, StreamsThatEndAtOnceLeaveNothingBehind) {
  for (int round = 0; round < 2000; ++round) {
    Box<absl::Status> closed;
    auto stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& s) {
          s.OnClosed([&](const absl::Status& status) { closed.Set(status); });
          v1::StreamLedgerRequest request;
          request.set_consumer("finish");
          EXPECT_TRUE(s.Write(request));
          if (round % 2 == 0) {
            s.Finish();
          }
        });
    if (round % 2 == 1) {
      stream.Finish();
    }
    if (round % 3 == 0) {
      stream.Cancel();
    }
    EXPECT_FALSE(closed.Wait().ok());
  }
}

TEST_P(RpcTest, TheEndOfTheServerClosesTheStream) {
  Box<absl::Status> closed;
  auto stream = channel_->Open<v1::GateRequest, v1::GateResponse>(
      "tradewind.v1.RiskGateService/Gate",
      [&](const auto& s) { s.OnClosed([&](const absl::Status& status) { closed.Set(status); }); });
  ASSERT_TRUE(Get("1-1").ok());
  server_->Stop(Duration::Millis(50));
  EXPECT_FALSE(closed.Wait().ok());
  EXPECT_FALSE(stream.Write(v1::GateRequest()));
  EXPECT_EQ(Get("1-1", Duration::Millis(300)).status().code(), absl::StatusCode::kUnavailable);
}

TEST_P(RpcTest, AnUnreachablePeerIsUnavailable) {
  auto nobody = Channel::Create("127.0.0.1:1");
  const auto answer = nobody->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder",
                                                  v1::GetOrderRequest(), Duration::Seconds(2));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
}

// The last channel of a process takes nothing away from calls that are just ending.
TEST_P(RpcTest, ChannelsComeAndGo) {
  for (int i = 0; i < 300; ++i) {
    auto channel = Channel::Create("127.0.0.1:1");
    const auto order = channel->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder",
                                                    v1::GetOrderRequest(), Duration::Seconds(5));
    ASSERT_EQ(order.status().code(), absl::StatusCode::kUnavailable);
  }
}

TEST_P(RpcTest, TwoServersCannotShareAPort) {
  ServerOptions options;
  options.port = server_->port();
  Server second(options);
  EXPECT_EQ(second.Start().code(), absl::StatusCode::kUnavailable);
}

INSTANTIATE_TEST_SUITE_P(Way, RpcTest, ::testing::Values("tcp", "unix", "near"));

// A neighbour may hold the channel before the server starts and after it has stopped.
TEST(NearChannelTest, FallsBackWhileTheServerDoesNotServe) {
  Service orders("tradewind.v1.OrderService");
  orders.Unary<v1::GetOrderRequest, v1::Order>(
      "GetOrder", [](const v1::GetOrderRequest&, const Reply<v1::Order>& reply) {
        v1::Order order;
        order.set_order_id(reply.context().peer());
        reply.Ok(order);
      });
  Server far{ServerOptions()};
  far.Add(orders);
  ASSERT_TRUE(far.Start().ok());
  Server server{ServerOptions()};
  server.Add(orders);
  const auto channel =
      server.NearChannelOr(Channel::Create("127.0.0.1:" + std::to_string(far.port())));
  const auto came_by = [&] {
    return channel
        ->CallSync<v1::Order>("tradewind.v1.OrderService/GetOrder", v1::GetOrderRequest(), kTimeout)
        .value_or(v1::Order())
        .order_id()
        .substr(0, 4);
  };
  EXPECT_EQ(came_by(), "ipv4");
  ASSERT_TRUE(server.Start().ok());
  EXPECT_EQ(came_by(), "unkn");  // a call without a socket has no address: "unknown"
  server.Stop();
  EXPECT_EQ(came_by(), "ipv4");
}

}  // namespace
}  // namespace tw::rpc
