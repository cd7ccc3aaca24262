// exeq's parent orders over gRPC and REST, between a client and an oms that the test plays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "libs/base/field_error.h"
#include "libs/testing/fake_platform.h"
#include "libs/testing/service_host.h"
#include "services/exeq/exeq_service.h"

namespace tw::exeq {
namespace {

using ::testing::HasSubstr;

// Takes each order once by its key and fills market orders at once, limit orders never.
class FakeOms {
 public:
  explicit FakeOms(testing::FakePlatform& platform) : platform_(platform) {
    rpc::Service service("tradewind.v1.OrderService");
    service.Unary<v1::SubmitOrderRequest, v1::Order>(
        "SubmitOrder", [this](const v1::SubmitOrderRequest& request, rpc::Reply<v1::Order> reply) {
          const v1::Order order = Take(request);
          silent() ? reply.Fail(absl::UnavailableError("gone")) : reply.Ok(order);
        });
    service.Unary<v1::GetOrderRequest, v1::Order>(
        "GetOrder", [this](const v1::GetOrderRequest& request, rpc::Reply<v1::Order> reply) {
          reply.Send(Find(request.client_order_id()));
        });
    service.Unary<v1::CancelOrderRequest, v1::Order>(
        "CancelOrder", [this](const v1::CancelOrderRequest& request, rpc::Reply<v1::Order> reply) {
          reply.Send(Cancel(request.order_id()));
        });
    platform.Serve(std::move(service));
  }

  // Orders are taken, but nobody hears of it.
  void SetSilent(bool silent) {
    const std::lock_guard lock(mutex_);
    silent_ = silent;
  }
  std::map<std::string, v1::LedgerEvent> orders() const {
    const std::lock_guard lock(mutex_);
    return orders_;
  }
  int submits() const {
    const std::lock_guard lock(mutex_);
    return submits_;
  }

 private:
  bool silent() const {
    const std::lock_guard lock(mutex_);
    return silent_;
  }

  static v1::Order Public(const v1::LedgerEvent& event) {
    v1::Order order;
    order.set_order_id(OrderId::FromValue(event.order_id()).ToString());
    order.set_sequence(event.sequence());
    order.set_status(event.status());
    order.set_quantity(FormatE8(event.quantity_e8()));
    order.set_price(FormatE8(event.price_e8()));
    order.set_filled_quantity(FormatE8(event.filled_quantity_e8()));
    order.set_average_fill_price(event.filled_quantity_e8() > 0 ? "100" : "0");
    return order;
  }

  v1::Order Take(const v1::SubmitOrderRequest& request) {
    const std::lock_guard lock(mutex_);
    ++submits_;
    const auto known = orders_.find(request.client_order_id());
    if (known != orders_.end()) {
      return Public(known->second);
    }
    v1::LedgerEvent event;
    event.set_order_id(OrderId(1, static_cast<uint32_t>(orders_.size() + 1)).value());
    event.set_client_order_id(request.client_order_id());
    event.set_parent_order_id(request.parent_order_id());
    event.set_account(request.account());
    event.set_quantity_e8(*ParseE8(request.quantity()));
    event.set_price_e8(request.price().empty() ? 0 : *ParseE8(request.price()));
    event.set_status(v1::ORDER_STATUS_NEW);
    event.set_sequence(platform_.Append(event));
    const v1::Order answer = Public(event);
    if (request.type() == v1::ORDER_TYPE_MARKET) {
      event.set_status(v1::ORDER_STATUS_FILLED);
      event.set_filled_quantity_e8(event.quantity_e8());
      event.set_filled_notional_e8(event.quantity_e8() * 100);
      event.set_sequence(platform_.Append(event));
    }
    orders_[request.client_order_id()] = event;
    return answer;
  }

  absl::StatusOr<v1::Order> Find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto known = orders_.find(key);
    return known == orders_.end() ? absl::StatusOr<v1::Order>(absl::NotFoundError("no order"))
                                  : Public(known->second);
  }

  absl::StatusOr<v1::Order> Cancel(const std::string& order_id) {
    const std::lock_guard lock(mutex_);
    for (auto& [key, event] : orders_) {
      if (OrderId::FromValue(event.order_id()).ToString() == order_id) {
        if (event.status() == v1::ORDER_STATUS_NEW) {
          event.set_status(v1::ORDER_STATUS_CANCELED);
          event.set_sequence(platform_.Append(event));
        }
        return Public(event);
      }
    }
    return absl::NotFoundError("no order");
  }

  testing::FakePlatform& platform_;
  mutable std::mutex mutex_;
  std::map<std::string, v1::LedgerEvent> orders_;
  bool silent_ = false;
  int submits_ = 0;
};

class ParentService : public ::testing::Test {
 protected:
  void SetUp() override {
    platform_.Start();
    StartExeq();
  }
  void TearDown() override {
    host_.reset();
    platform_.Stop();
  }
  void StartExeq() {
    host_ = std::make_unique<testing::ServiceHost>("exeq", std::make_unique<ExeqService>());
    ASSERT_NO_FATAL_FAILURE(host_->Start());
  }
  // exeq ends and another one takes its folder.
  void RestartExeq() {
    host_->KeepFolder();
    host_.reset();
    StartExeq();
  }

  absl::StatusOr<v1::ParentOrder> Submit(
      const std::function<void(v1::SubmitParentOrderRequest&)>& change = [](auto&) {}) {
    v1::SubmitParentOrderRequest request;
    request.set_account("demo");
    request.set_symbol("BTCUSDT");
    request.set_side(v1::SIDE_BUY);
    request.set_algo(v1::PARENT_ALGO_TWAP);
    request.set_quantity("1");
    request.set_duration_ms(1'000);
    request.set_slices(4);
    request.set_seed(5);
    request.set_client_parent_id("p-1");
    change(request);
    return host_->Call<v1::ParentOrder>("ExecutionService/SubmitParentOrder", request);
  }
  v1::ParentOrder Get(const std::string& id) {
    v1::GetParentOrderRequest request;
    request.set_parent_order_id(id);
    return host_->Call<v1::ParentOrder>("ExecutionService/GetParentOrder", request)
        .value_or(v1::ParentOrder());
  }
  bool WaitStatus(const std::string& id, v1::ParentOrderStatus status) {
    return testing::WaitFor([&] { return Get(id).status() == status; });
  }

  testing::FakePlatform platform_;
  FakeOms oms_{platform_};
  std::unique_ptr<testing::ServiceHost> host_;
};

void MakeIceberg(v1::SubmitParentOrderRequest& request) {
  request.set_algo(v1::PARENT_ALGO_ICEBERG);
  request.set_duration_ms(0);
  request.set_slices(0);
  request.set_limit_price("44000");
  request.set_display_quantity("0.25");
}

TEST_F(ParentService, ATwapIsSentInSlicesAndFilled) {
  const auto order = Submit();
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->status(), v1::PARENT_ORDER_STATUS_SCHEDULED);
  EXPECT_EQ(order->seed(), 5U);
  EXPECT_TRUE(Submit()->duplicate());
  ASSERT_TRUE(WaitStatus(order->parent_order_id(), v1::PARENT_ORDER_STATUS_FILLED));
  const v1::ParentOrder filled = Get(order->parent_order_id());
  EXPECT_EQ(filled.filled_quantity(), "1");
  EXPECT_EQ(filled.average_fill_price(), "100");
  EXPECT_EQ(filled.progress_percent(), "100");
  int64_t sum = 0;
  for (const auto& [key, event] : oms_.orders()) {
    EXPECT_EQ(event.parent_order_id(), filled.parent_order_id());
    EXPECT_THAT(key, ::testing::StartsWith(filled.parent_order_id() + "."));
    sum += event.quantity_e8();
  }
  EXPECT_EQ(sum, kDecimalScale);
  EXPECT_EQ(static_cast<size_t>(filled.child_orders_size()), oms_.orders().size());
}

TEST_F(ParentService, AfterARestartTheSameChildIsTheSameOrder) {
  oms_.SetSilent(true);
  const std::string id =
      Submit([](auto& request) { request.set_duration_ms(60'000); })->parent_order_id();
  ASSERT_TRUE(testing::WaitFor([&] { return oms_.submits() > 0; }));
  RestartExeq();
  oms_.SetSilent(false);
  ASSERT_TRUE(testing::WaitFor([&] { return Get(id).filled_quantity() == "0.25"; }));
  EXPECT_EQ(oms_.orders().size(), 1U);
  EXPECT_GT(oms_.submits(), 1);
  EXPECT_EQ(Get(id).children(), 1);
}

TEST_F(ParentService, PauseTakesBackResumeGoesOnCancelEnds) {
  const std::string id = Submit(MakeIceberg)->parent_order_id();
  ASSERT_TRUE(testing::WaitFor([&] { return oms_.orders().size() == 1; }));
  const std::string path = "/parents/" + id;
  EXPECT_THAT(host_->Http("POST", path + "/pause").body, HasSubstr("\"PAUSED\""));
  ASSERT_TRUE(testing::WaitFor([&] { return Get(id).working_quantity() == "0"; }));
  EXPECT_THAT(host_->Http("POST", path + "/resume").body, HasSubstr("\"WORKING\""));
  ASSERT_TRUE(testing::WaitFor([&] { return oms_.orders().size() == 2; }));
  EXPECT_EQ(host_->Http("DELETE", path).status, 200);
  ASSERT_TRUE(WaitStatus(id, v1::PARENT_ORDER_STATUS_CANCELED));
  EXPECT_EQ(host_->Http("POST", path + "/pause").status, 409);
  RestartExeq();
  EXPECT_EQ(Get(id).status(), v1::PARENT_ORDER_STATUS_CANCELED);
  EXPECT_EQ(Get(id).child_orders_size(), 2);
}

TEST_F(ParentService, UpdatesAreNumberedAndResumable) {
  const std::string id = Submit()->parent_order_id();
  ASSERT_TRUE(WaitStatus(id, v1::PARENT_ORDER_STATUS_FILLED));
  std::mutex mutex;
  std::vector<v1::ParentOrderUpdate> updates;
  bool closed = false;
  const auto stream = host_->channel().Open<v1::StreamParentOrdersRequest, v1::ParentOrderUpdates>(
      "tradewind.v1.ExecutionService/StreamParentOrders", [&](const auto& s) {
        s.OnMessage([&](const v1::ParentOrderUpdates& batch) {
          const std::lock_guard lock(mutex);
          updates.insert(updates.end(), batch.updates().begin(), batch.updates().end());
        });
        s.OnClosed([&](const absl::Status&) {
          const std::lock_guard lock(mutex);
          closed = true;
        });
        v1::StreamParentOrdersRequest request;
        request.set_from_sequence(1);
        request.set_parent_order_id(id);
        s.Write(request);
        s.Finish();
      });
  EXPECT_TRUE(testing::WaitFor([&] {
    const std::lock_guard lock(mutex);
    return !updates.empty() && updates.back().kind() == "FINISHED";
  }));
  stream.Cancel();
  EXPECT_TRUE(testing::WaitFor([&] {
    const std::lock_guard lock(mutex);
    return closed;
  }));
  EXPECT_EQ(updates.front().kind(), "SUBMITTED");
  for (size_t i = 1; i < updates.size(); ++i) {
    EXPECT_EQ(updates[i].previous_sequence(), updates[i - 1].sequence());
  }
}

TEST_F(ParentService, RefusalsNameTheFieldAndLeaveNothing) {
  const auto field = [this](const std::function<void(v1::SubmitParentOrderRequest&)>& change) {
    const auto order = Submit(change);
    return order.ok() ? "accepted" : FieldOf(order.status());
  };
  EXPECT_EQ(field([](auto& r) { r.set_symbol("NONE"); }), "symbol");
  EXPECT_EQ(field([](auto& r) { r.set_quantity("x"); }), "quantity");
  EXPECT_EQ(field([](auto& r) { r.set_side(v1::SIDE_UNSPECIFIED); }), "side");
  EXPECT_EQ(field([](auto& r) { r.set_duration_ms(-5); }), "duration_ms");
  EXPECT_EQ(field([](auto& r) { r.set_account("no good"); }), "account");
  EXPECT_EQ(field([](auto& r) { r.set_limit_price("-1"); }), "limit_price");
  EXPECT_EQ(host_->Get("/parents").body, "[]");
  EXPECT_EQ(host_->Get("/parents/P-none-1").status, 404);
  EXPECT_EQ(host_->Http("POST", "/parents", "{").status, 400);
}

}  // namespace
}  // namespace tw::exeq
