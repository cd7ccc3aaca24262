#include "services/gateway/order_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "libs/testing/service_host.h"
#include "tests/services/gateway/fake_oms.h"

namespace tw::gateway {
namespace {

using ::testing::HasSubstr;
using tw::testing::WaitFor;
using OrderResult = absl::StatusOr<v1::Order>;

class OrderLinkTest : public ::testing::Test {
 protected:
  void SetUp() override { oms_.Start(); }
  void TearDown() override {
    if (link_ != nullptr) {
      link_->Stop();
    }
    oms_.Stop();
  }

  void Open(OrderLink::Options options = {}) {
    options.oms = rpc::Channel::Create(oms_.address());
    link_ = std::make_unique<OrderLink>(timers_, std::move(options), metrics_);
    link_->Start();
  }
  void OpenAndWait(OrderLink::Options options = {}) {
    Open(std::move(options));
    ASSERT_TRUE(WaitFor([&] { return link_->up(); }));
  }

  std::future<OrderResult> Submit(const std::string& symbol,
                                  const std::string& key,
                                  Duration time_left = Duration::Seconds(5)) {
    v1::SubmitOrderRequest request;
    request.set_symbol(symbol);
    request.set_client_order_id(key);
    auto promise = std::make_shared<std::promise<OrderResult>>();
    auto future = promise->get_future();
    link_->Submit(request, time_left,
                  [promise](OrderResult result) { promise->set_value(std::move(result)); });
    return future;
  }
  std::future<OrderResult> Cancel(const std::string& order_id) {
    v1::CancelOrderRequest request;
    request.set_order_id(order_id);
    auto promise = std::make_shared<std::promise<OrderResult>>();
    auto future = promise->get_future();
    link_->Cancel(request, Duration::Seconds(5),
                  [promise](OrderResult result) { promise->set_value(std::move(result)); });
    return future;
  }

  FakeOms oms_;
  TimerThread timers_;
  metrics::Registry registry_;
  GatewayMetrics metrics_{registry_};
  std::unique_ptr<OrderLink> link_;
};

TEST_F(OrderLinkTest, EachOfManyCallersGetsItsOwnAnswer) {
  OpenAndWait();
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      std::vector<std::pair<std::string, std::future<OrderResult>>> asked;
      for (int i = 0; i < 250; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        asked.emplace_back(key, Submit("BTCUSDT", key));
      }
      for (auto& [key, future] : asked) {
        const OrderResult order = future.get();
        right += order.ok() && order->client_order_id() == key ? 1 : 0;
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(right.load(), 1000);
  EXPECT_EQ(oms_.commands(), 1000);
  EXPECT_EQ(oms_.sessions(), 1);
  EXPECT_EQ(link_->waiting(), 0U);
}

TEST_F(OrderLinkTest, CommandsThatCameBeforeTheStreamLeaveTogether) {
  oms_.Hold();
  Open();
  std::vector<std::future<OrderResult>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(Submit("BTCUSDT", "k" + std::to_string(i)));
  }
  EXPECT_FALSE(link_->up());
  oms_.Release();
  for (auto& answer : answers) {
    EXPECT_TRUE(answer.get().ok());
  }
  EXPECT_EQ(oms_.commands(), 20);
  EXPECT_EQ(oms_.messages(), 1);
}

TEST_F(OrderLinkTest, AnErrorKeepsItsCodeAndField) {
  OpenAndWait();
  const absl::Status status = Submit("BAD", "k").get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldOf(status), "quantity");
  EXPECT_EQ(status.message(), "quantity: must be a decimal above zero");
}

TEST_F(OrderLinkTest, CancelAndReplaceGoTheSameWay) {
  OpenAndWait();
  const OrderResult canceled = Cancel("3-9").get();
  ASSERT_TRUE(canceled.ok()) << canceled.status();
  EXPECT_EQ(canceled->status(), v1::ORDER_STATUS_PENDING_CANCEL);
  v1::ReplaceOrderRequest replace;
  replace.set_order_id("3-9");
  replace.set_price("7");
  std::promise<OrderResult> replaced;
  link_->Replace(replace, Duration::Seconds(5),
                 [&](OrderResult result) { replaced.set_value(std::move(result)); });
  const OrderResult order = replaced.get_future().get();
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->price(), "7");
}

TEST_F(OrderLinkTest, NoAnswerInTimeLeavesTheOutcomeOpen) {
  OpenAndWait();
  const absl::Status status = Submit("SILENT", "k", Duration::Millis(100)).get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("client_order_id"));
  EXPECT_EQ(link_->waiting(), 0U);
}

TEST_F(OrderLinkTest, ADeadlineThatIsOverSendsNothing) {
  OpenAndWait();
  EXPECT_EQ(Submit("BTCUSDT", "k", Duration{}).get().status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(oms_.commands(), 0);
}

TEST_F(OrderLinkTest, WithoutAKeyALostStreamIsAnUnknownOutcome) {
  OpenAndWait();
  auto answer = Submit("SILENT", "");
  ASSERT_TRUE(WaitFor([&] { return oms_.Arrivals("") == 1; }));
  oms_.Stop();
  const absl::Status status = answer.get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the order may exist"));
  oms_.Start();
  ASSERT_TRUE(WaitFor([&] { return link_->up(); }));
  EXPECT_TRUE(Submit("BTCUSDT", "next").get().ok());
  EXPECT_EQ(oms_.Arrivals(""), 1);
}

TEST_F(OrderLinkTest, WithAKeyItIsSentAgainOnceOnTheNextStream) {
  OpenAndWait();
  auto answer = Submit("LATE", "mine");
  ASSERT_TRUE(WaitFor([&] { return oms_.Arrivals("mine") == 1; }));
  oms_.Stop();
  oms_.Start();
  const OrderResult order = answer.get();
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->client_order_id(), "mine");
  EXPECT_EQ(oms_.Arrivals("mine"), 2);
}

TEST_F(OrderLinkTest, ItIsNotSentAThirdTime) {
  OpenAndWait();
  auto answer = Submit("SILENT", "mine");
  for (int arrival = 1; arrival <= 2; ++arrival) {
    ASSERT_TRUE(WaitFor([&] { return oms_.Arrivals("mine") == arrival; }));
    oms_.Stop();
    oms_.Start();
  }
  EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(oms_.Arrivals("mine"), 2);
}

TEST_F(OrderLinkTest, WithoutOmsNothingIsSentAndTheCallerLearnsItSoon) {
  oms_.Stop();
  Open();
  const absl::Status status = Submit("BTCUSDT", "k").get().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing was sent"));
}

TEST_F(OrderLinkTest, WhatWaitsIsBoundedAndCancelsStillGoThrough) {
  OrderLink::Options options;
  options.waiting_max = 16;
  OpenAndWait(std::move(options));
  std::vector<std::future<OrderResult>> waiting;
  for (int i = 0; i < 16; ++i) {
    waiting.push_back(Submit("SILENT", "k"));
  }
  EXPECT_EQ(Submit("BTCUSDT", "one more").get().status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Cancel("3-9").get().ok());
  link_->Stop();
  for (auto& answer : waiting) {
    EXPECT_EQ(answer.get().status().code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(OrderLinkTest, OneOversizedCommandCostsOnlyItsCaller) {
  OpenAndWait();
  EXPECT_EQ(Submit(std::string(20'000, 'x'), "big").get().status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Submit("BTCUSDT", "small").get().ok());
  EXPECT_EQ(oms_.sessions(), 1);
}

TEST_F(OrderLinkTest, AStreamThatSaysNothingIsOpenedAgain) {
  OrderLink::Options options;
  options.silence_max = Duration::Millis(300);
  oms_.FallSilent();
  Open(std::move(options));
  ASSERT_TRUE(WaitFor([&] { return oms_.sessions() >= 2; }));
  EXPECT_FALSE(link_->up());
  oms_.SpeakAgain();
  ASSERT_TRUE(WaitFor([&] { return link_->up(); }));
  EXPECT_TRUE(Submit("BTCUSDT", "k").get().ok());
}

TEST_F(OrderLinkTest, AfterStopEverythingIsRefused) {
  OpenAndWait();
  link_->Stop();
  EXPECT_EQ(Submit("BTCUSDT", "k").get().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tw::gateway
