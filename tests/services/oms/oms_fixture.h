// OmsTest: the whole of oms behind real sockets, its peers played by fakes, its journal on disk.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/testing/service_host.h"
#include "services/oms/oms_service.h"
#include "tests/services/oms/fakes.h"
#include "tradewind/v1/order.pb.h"

namespace tw::oms::testing {

using tw::testing::ServiceHost;
using tw::testing::WaitFor;

inline uint64_t IdOf(const v1::Order& order) {
  return OrderId::Parse(order.order_id())->value();
}

class OmsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    risk_.Start();
    exeq_.Start();
    pnl_.Start();
  }
  void TearDown() override {
    host_.reset();
    exeq_.Stop();
    risk_.Stop();
    pnl_.Stop();
  }

  // Timers short enough for a test; a later flag of the same name would be a fault, so each test
  // gives its own.
  void StartOms(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--instruments", TW_SOURCE_DIR "/deploy/config/instruments.toml"});
    host_ = std::make_unique<ServiceHost>("oms", std::make_unique<OmsService>(), std::move(flags));
    host_->Start();
  }
  void StartReady(std::vector<std::string> flags = {}) {
    StartOms(std::move(flags));
    ASSERT_TRUE(host_->WaitReady());
  }
  // Ends this oms and begins another one on the same folder.
  void Restart(std::vector<std::string> flags = {}) {
    host_->KeepFolder();
    host_.reset();
    StartReady(std::move(flags));
  }

  static v1::SubmitOrderRequest Limit(const std::string& key,
                                      const std::string& quantity = "1",
                                      const std::string& price = "100") {
    v1::SubmitOrderRequest request;
    request.set_account("demo");
    request.set_symbol("BTCUSDT");
    request.set_side(v1::SIDE_BUY);
    request.set_type(v1::ORDER_TYPE_LIMIT);
    request.set_time_in_force(v1::TIME_IN_FORCE_GTC);
    request.set_quantity(quantity);
    request.set_price(price);
    request.set_client_order_id(key);
    return request;
  }
  absl::StatusOr<v1::Order> TrySubmit(const v1::SubmitOrderRequest& request) {
    return host_->Call<v1::Order>("OrderService/SubmitOrder", request);
  }
  v1::Order Submit(const v1::SubmitOrderRequest& request) {
    const absl::StatusOr<v1::Order> order = TrySubmit(request);
    EXPECT_TRUE(order.ok()) << order.status();
    return order.value_or(v1::Order());
  }
  v1::Order Submit(const std::string& key) { return Submit(Limit(key)); }
  // Does not wait for the answer.
  std::shared_ptr<absl::StatusOr<v1::Order>> SubmitLater(const v1::SubmitOrderRequest& request) {
    auto result = std::make_shared<absl::StatusOr<v1::Order>>(absl::UnknownError("no answer yet"));
    auto answers = answers_;
    host_->channel().Call<v1::SubmitOrderRequest, v1::Order>(
        "tradewind.v1.OrderService/SubmitOrder", request, Duration::Seconds(10),
        [result, answers](absl::StatusOr<v1::Order> order) {
          *result = std::move(order);
          ++*answers;
        });
    return result;
  }
  bool WaitAnswers(int count) {
    return WaitFor([&] { return *answers_ >= count; });
  }

  absl::StatusOr<v1::Order> Get(const std::string& order_id) {
    v1::GetOrderRequest request;
    request.set_order_id(order_id);
    return host_->Call<v1::Order>("OrderService/GetOrder", request);
  }
  bool WaitStatus(const v1::Order& order, v1::OrderStatus status) {
    return WaitFor([&] { return Get(order.order_id())->status() == status; });
  }
  absl::StatusOr<v1::Order> Cancel(const std::string& order_id, const std::string& key = "") {
    v1::CancelOrderRequest request;
    request.set_order_id(order_id);
    request.set_account("demo");
    request.set_client_order_id(key);
    return host_->Call<v1::Order>("OrderService/CancelOrder", request);
  }
  absl::StatusOr<v1::Order> Replace(const std::string& order_id,
                                    const std::string& quantity,
                                    const std::string& price) {
    v1::ReplaceOrderRequest request;
    request.set_order_id(order_id);
    request.set_quantity(quantity);
    request.set_price(price);
    return host_->Call<v1::Order>("OrderService/ReplaceOrder", request);
  }
  v1::ListOrdersResponse List(const v1::ListOrdersRequest& request = {}) {
    return host_->Call<v1::ListOrdersResponse>("OrderService/ListOrders", request)
        .value_or(v1::ListOrdersResponse());
  }
  v1::ListFillsResponse Fills(const v1::ListFillsRequest& request = {}) {
    return host_->Call<v1::ListFillsResponse>("OrderService/ListFills", request)
        .value_or(v1::ListFillsResponse());
  }

  FakeRisk risk_;
  FakeExeq exeq_;
  FakePnl pnl_;
  std::unique_ptr<ServiceHost> host_;
  std::shared_ptr<std::atomic<int>> answers_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace tw::oms::testing
