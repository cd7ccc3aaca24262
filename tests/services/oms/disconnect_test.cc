// What a session leaves behind when it ends, and whose orders a command may touch.
#include <gtest/gtest.h>

#include "tests/services/oms/oms_fixture.h"

namespace tw::oms::testing {
namespace {

class DisconnectTest : public OmsTest {
 protected:
  using Stream = rpc::Stream<v1::TradeSessionRequest, v1::TradeSessionResponse>;

  // Opens a session and waits until oms has heard what it says first.
  Stream Open(const std::string& cancel_on_disconnect) {
    v1::TradeSessionRequest request;
    request.set_cancel_on_disconnect(cancel_on_disconnect);
    request.add_commands()->set_request_id(7);  // says nothing, and is answered
    answered_ = 0;
    const Stream stream = host_->channel().Open<v1::TradeSessionRequest, v1::TradeSessionResponse>(
        "tradewind.v1.OrderService/TradeSession", [&](const Stream& s) {
          s.OnMessage([this](const v1::TradeSessionResponse& response) {
            answered_ += response.answers_size();
          });
          s.OnClosed([this](const absl::Status&) { closed_ = true; });
          s.Write(request);
        });
    EXPECT_TRUE(WaitFor([&] { return answered_ == 1; }));
    return stream;
  }
  void End(const Stream& stream) {
    stream.Cancel();
    EXPECT_TRUE(WaitFor([&] { return closed_.load(); }));
  }
  v1::Order Working(const std::string& key, const std::string& account = "demo") {
    v1::SubmitOrderRequest request = Limit(key);
    request.set_account(account);
    const v1::Order order = Submit(request);
    EXPECT_TRUE(WaitFor([&] { return exeq_.placed(IdOf(order)) == 1; }));
    exeq_.Accept(IdOf(order));
    EXPECT_TRUE(WaitStatus(order, v1::ORDER_STATUS_NEW));
    return order;
  }

  std::atomic<int> answered_{0};
  std::atomic<bool> closed_{false};
};

TEST_F(DisconnectTest, ASessionThatIsCutTakesTheOpenOrdersOfItsAccountAlong) {
  StartReady();
  const v1::Order mine = Working("a-1");
  const v1::Order other = Working("b-1", "other");
  End(Open("demo"));
  EXPECT_TRUE(WaitFor([&] { return Get(mine.order_id())->status() != v1::ORDER_STATUS_NEW; }));
  EXPECT_EQ(Get(other.order_id())->status(), v1::ORDER_STATUS_NEW);
}

TEST_F(DisconnectTest, SoDoesOneThatEndsInOrder) {
  StartReady();
  const v1::Order mine = Working("a-1");
  Open("demo").Finish();
  EXPECT_TRUE(WaitFor([&] { return Get(mine.order_id())->status() != v1::ORDER_STATUS_NEW; }));
}

TEST_F(DisconnectTest, WhatIsTakenBackOrWasNeverSaidCancelsNothing) {
  StartReady();
  const v1::Order mine = Working("a-1");
  End(Open(""));
  const Stream stream = Open("demo");
  v1::TradeSessionRequest request;
  request.set_cancel_on_disconnect("-");
  request.add_commands()->set_request_id(8);
  stream.Write(request);
  EXPECT_TRUE(WaitFor([&] { return answered_ == 2; }));
  End(stream);
  // Another session's word comes after both ends.
  End(Open("nobody"));
  EXPECT_EQ(Get(mine.order_id())->status(), v1::ORDER_STATUS_NEW);
}

TEST_F(DisconnectTest, AnOrderOfAnotherAccountIsNotForTheCaller) {
  StartReady();
  const v1::Order order = Working("a-1");
  v1::CancelOrderRequest cancel;
  cancel.set_order_id(order.order_id());
  cancel.add_only_accounts("other");
  EXPECT_TRUE(absl::IsPermissionDenied(
      host_->Call<v1::Order>("OrderService/CancelOrder", cancel).status()));
  v1::ReplaceOrderRequest replace;
  replace.set_order_id(order.order_id());
  replace.set_price("99");
  replace.add_only_accounts("other");
  EXPECT_TRUE(absl::IsPermissionDenied(
      host_->Call<v1::Order>("OrderService/ReplaceOrder", replace).status()));
  EXPECT_EQ(Get(order.order_id())->status(), v1::ORDER_STATUS_NEW);
  cancel.add_only_accounts("demo");
  EXPECT_TRUE(host_->Call<v1::Order>("OrderService/CancelOrder", cancel).ok());
}

}  // namespace
}  // namespace tw::oms::testing
