// What streams within a process have beside what rpc_test.cc asks of every way.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "libs/rpc/channel.h"
#include "libs/rpc/near_turns.h"
#include "libs/rpc/server.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::rpc {
namespace {

constexpr std::chrono::seconds kLong(10);

using GateStream = Stream<v1::GateRequest, v1::GateResponse>;

// A server whose Gate answers each message at once, and a channel to it within the process.
class NearStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Service gate("tradewind.v1.RiskGateService");
    gate.Bidi<v1::GateRequest, v1::GateResponse>(
        "Gate", [this](Stream<v1::GateResponse, v1::GateRequest> stream) {
          stream.OnMessage([this, stream](const v1::GateRequest&) {
            served_by_ = std::this_thread::get_id();
            EXPECT_TRUE(stream.Write(v1::GateResponse()));
          });
        });
    Service ledger("tradewind.v1.OrderLedgerService");
    ledger.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "StreamLedger", [](const auto&, const auto& stream) { stream.Finish(); });
    server_.Add(gate);
    server_.Add(ledger);
    ASSERT_TRUE(server_.Start().ok());
  }

  GateStream Open(std::function<void()> on_answer,
                  std::function<void(absl::Status)> on_closed = {}) {
    return channel_->Open<v1::GateRequest, v1::GateResponse>(
        "tradewind.v1.RiskGateService/Gate", [&](const auto& stream) {
          stream.OnMessage([on_answer](const v1::GateResponse&) { on_answer(); });
          stream.OnClosed(on_closed);
        });
  }

  // A stream whose ends have both begun, on another thread, and of which nothing is under way.
  GateStream OpenQuiet(std::function<void()> on_answer) {
    auto begun = std::make_shared<std::promise<void>>();
    auto first = std::make_shared<bool>(true);
    const GateStream stream = Open([=] {
      if (std::exchange(*first, false)) {
        begun->set_value();
      } else {
        on_answer();
      }
    });
    EXPECT_TRUE(stream.Write(v1::GateRequest()));
    EXPECT_EQ(begun->get_future().wait_for(kLong), std::future_status::ready);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // that thread is done
    return stream;
  }

  ServerOptions options_ = [] {
    ServerOptions options;
    options.max_message_bytes = 4096;
    return options;
  }();
  std::thread::id served_by_;
  Server server_{options_};
  const std::shared_ptr<Channel> channel_ = server_.NearChannelOr(Channel::Create("127.0.0.1:1"));
};

TEST_F(NearStreamTest, WhoWritesMayHoldWhatTheAnswerNeeds) {
  std::mutex mutex;
  std::promise<void> answered;
  const auto stream = Open([&] {
    const std::lock_guard lock(mutex);
    answered.set_value();
  });
  {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(stream.Write(v1::GateRequest()));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(answered.get_future().wait_for(kLong), std::future_status::ready);
  EXPECT_NE(served_by_, std::this_thread::get_id());
}

TEST_F(NearStreamTest, WithinACallbackTheSameThreadServesAndAnswersAfterwards) {
  std::thread::id answered_on;
  const auto stream = OpenQuiet([&] { answered_on = std::this_thread::get_id(); });
  {
    const TurnScope callback;
    EXPECT_TRUE(stream.Write(v1::GateRequest()));
    EXPECT_NE(served_by_, std::this_thread::get_id());
  }
  EXPECT_EQ(served_by_, std::this_thread::get_id());
  EXPECT_EQ(answered_on, std::this_thread::get_id());
}

TEST_F(NearStreamTest, DeliverLetsTheOtherEndHearAtOnce) {
  const auto stream = OpenQuiet([] {});
  const TurnScope callback;
  EXPECT_TRUE(stream.Write(v1::GateRequest()));
  stream.Deliver();
  EXPECT_EQ(served_by_, std::this_thread::get_id());
}

TEST_F(NearStreamTest, AMessageLargerThanTheLimitEndsTheStream) {
  std::promise<absl::Status> closed;
  const auto stream = Open([] {}, [&](const absl::Status& status) { closed.set_value(status); });
  v1::GateRequest large;
  for (int i = 0; i < 1'000; ++i) {
    large.add_orders()->set_order_id(0xffffffffffffffffU);
  }
  EXPECT_FALSE(stream.Write(large));
  const absl::Status status = closed.get_future().get();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_FALSE(stream.Write(v1::GateRequest()));
}

TEST_F(NearStreamTest, WhoAsksForNothingIsToldSo) {
  std::promise<absl::Status> closed;
  channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& stream) {
        stream.OnClosed([&](const absl::Status& status) { closed.set_value(status); });
        stream.Finish();
      });
  const absl::Status status = closed.get_future().get();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

TEST_F(NearStreamTest, AMethodThatIsNoStreamOfTheServerIsUnimplemented) {
  std::promise<absl::Status> closed;
  channel_->Open<v1::GateRequest, v1::GateResponse>(
      "tradewind.v1.RiskGateService/Nothing", [&](const auto& stream) {
        stream.OnClosed([&](const absl::Status& status) { closed.set_value(status); });
      });
  EXPECT_EQ(closed.get_future().get().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace tw::rpc
