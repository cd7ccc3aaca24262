#include "services/gateway/pipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/services/gateway/fake_peers.h"

namespace tw::gateway {
namespace {

using ::testing::HasSubstr;
using tw::testing::WaitFor;
using Events = rpc::Stream<v1::StreamOrderEventsRequest, v1::OrderEventBatch>;

class PipeTest : public GatewayTest {
 protected:
  // What the client sees of a stream of events.
  struct Client {
    Events stream;
    std::atomic<uint64_t> messages{0};
    std::atomic<bool> in_order{true};
    std::atomic<bool> pause{false};
    std::promise<absl::Status> closed;
  };

  void Open(Client& client, uint64_t from) {
    client.stream = host_.channel().Open<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
        "tradewind.v1.OrderService/StreamOrderEvents", [&client, from](const Events& stream) {
          stream.OnMessage([&client, stream](const v1::OrderEventBatch& batch) {
            client.in_order = client.in_order && batch.head_sequence() == ++client.messages;
            if (client.pause) {
              stream.PauseReads();
            }
          });
          stream.OnClosed([&client](const absl::Status& s) { client.closed.set_value(s); });
          v1::StreamOrderEventsRequest request;
          request.set_from_sequence(from);
          stream.Write(request);
          stream.Finish();
        });
  }
  absl::Status ClosedStatus(Client& client) {
    auto future = client.closed.get_future();
    if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
      return absl::OkStatus();
    }
    return future.get();
  }
};

TEST_F(PipeTest, TheEndAndItsReasonComeThrough) {
  Client client;
  Open(client, 1);
  const absl::Status status = ClosedStatus(client);
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status.message(), "the oldest is 7");
}

TEST_F(PipeTest, ASlowReaderStopsTheSenderAndLosesNothing) {
  // 160 MB: far more than sockets, windows and queues on the way take in, some 45 MB at the most.
  constexpr uint64_t kMessages = 20'000;
  const std::string text(8 << 10, 'x');
  std::atomic<uint64_t> written{0};
  peers_.oms().on_events = [&](const v1::StreamOrderEventsRequest&,
                               const FakeOms::EventStream& stream) {
    const auto write = [&written, &text, stream] {
      v1::OrderEventBatch batch;
      batch.add_events()->mutable_order()->set_reject_message(text);
      while (written < kMessages) {
        batch.set_head_sequence(written + 1);
        if (!stream.Write(batch)) {
          return;
        }
        ++written;
      }
      stream.Finish(absl::AbortedError("all sent"));
    };
    stream.OnWritable(write);
    write();
  };
  Client client;
  client.pause = true;
  Open(client, 1);
  uint64_t before = 0;
  ASSERT_TRUE(WaitFor([&] {  // until nothing moves any more
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return client.messages == 1 && std::exchange(before, written.load()) == written;
  }));
  EXPECT_LT(written, kMessages * 2 / 3);
  client.pause = false;
  client.stream.ResumeReads();
  EXPECT_EQ(ClosedStatus(client).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(client.messages, kMessages);
  EXPECT_TRUE(client.in_order);
}

TEST_F(PipeTest, AClientThatLeavesEndsTheOwnersStream) {
  std::promise<void> over;
  peers_.oms().on_events = [&](const v1::StreamOrderEventsRequest&,
                               const FakeOms::EventStream& stream) {
    stream.OnClosed([&over](const absl::Status&) { over.set_value(); });
    v1::OrderEventBatch batch;
    batch.set_head_sequence(1);
    stream.Write(batch);
  };
  Client client;
  Open(client, 1);
  ASSERT_TRUE(WaitFor([&] { return client.messages == 1; }));
  client.stream.Cancel();
  EXPECT_EQ(over.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(ClosedStatus(client).code(), absl::StatusCode::kCancelled);
}

TEST_F(PipeTest, AnOwnerThatGoesAwayEndsTheClientsStream) {
  peers_.oms().on_events = [](const v1::StreamOrderEventsRequest&,
                              const FakeOms::EventStream& stream) {
    v1::OrderEventBatch batch;
    batch.set_head_sequence(1);
    stream.Write(batch);
  };
  Client client;
  Open(client, 1);
  ASSERT_TRUE(WaitFor([&] { return client.messages == 1; }));
  peers_.oms().Stop();
  EXPECT_FALSE(ClosedStatus(client).ok());
  Client next;
  Open(next, 1);
  const absl::Status status = ClosedStatus(next);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("oms is out of reach"));
}

TEST_F(PipeTest, ATradeSessionCarriesCommandsAnswersAndEvents) {
  using Session = rpc::Stream<v1::TradeSessionRequest, v1::TradeSessionResponse>;
  std::map<uint64_t, v1::TradeAnswer> answers;
  std::vector<uint64_t> events;
  std::promise<absl::Status> closed;
  const Session session = host_.channel().Open<v1::TradeSessionRequest, v1::TradeSessionResponse>(
      "tradewind.v1.OrderService/TradeSession", [&](const Session& stream) {
        stream.OnMessage([&](const v1::TradeSessionResponse& response) {
          for (const v1::TradeAnswer& answer : response.answers()) {
            answers[answer.request_id()] = answer;
          }
          for (const v1::OrderEvent& event : response.events()) {
            events.push_back(event.sequence());
          }
        });
        stream.OnClosed([&](const absl::Status& status) { closed.set_value(status); });
      });
  v1::TradeSessionRequest request;
  for (uint64_t id = 1; id <= 100; ++id) {
    v1::TradeCommand& command = *request.add_commands();
    command.set_request_id(id);
    command.mutable_submit()->set_symbol(id == 50 ? "BAD" : "BTCUSDT");
    command.mutable_submit()->set_client_order_id("s-" + std::to_string(id));
  }
  v1::TradeCommand& subscribe = *request.add_commands();
  subscribe.set_request_id(101);
  subscribe.mutable_subscribe()->set_from_sequence(42);
  request.mutable_commands(6)->mutable_trace()->set_oms_in_ns(7);  // stands for what is in there
  request.set_traced(true);
  ASSERT_TRUE(session.Write(request));
  session.Finish();  // the answers come all the same
  EXPECT_TRUE(closed.get_future().get().ok());
  ASSERT_EQ(answers.size(), 100U);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(answers[7].order().client_order_id(), "s-7");
  EXPECT_EQ(answers[50].error().field(), "quantity");
  // The order that takes time stamps along has the gateway's, and no other one has any.
  EXPECT_EQ(answers[7].trace().oms_in_ns(), 7);
  EXPECT_GT(answers[7].trace().gateway_in_ns(), 0);
  EXPECT_GE(answers[7].trace().gateway_out_ns(), answers[7].trace().gateway_in_ns());
  EXPECT_FALSE(answers[8].has_trace());
  EXPECT_EQ(events[0], 42U);
}

}  // namespace
}  // namespace tw::gateway
