// A client of ExecutionService.Route for tests: one stream, everything it says kept.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/testing/service_host.h"
#include "tradewind/v1/execution.pb.h"

namespace tw::exeq {

namespace v1 = ::tradewind::v1;

// oms's end of a Route stream.
class RouteClient {
 public:
  RouteClient(rpc::Channel& channel, int64_t after) : state_(std::make_shared<State>()) {
    stream_ = channel.Open<v1::RouteRequest, v1::RouteResponse>(
        "tradewind.v1.ExecutionService/Route", [&](const auto& stream) {
          stream.OnMessage([state = state_](const v1::RouteResponse& r) { state->Take(r); });
          stream.OnClosed([state = state_](const absl::Status& s) { state->Close(s); });
          if (after >= 0) {
            v1::RouteRequest hello;
            hello.mutable_resume()->set_after_execution_sequence(static_cast<uint64_t>(after));
            stream.Write(hello);
          }
        });
  }
  ~RouteClient() {
    stream_.Cancel();
    EXPECT_TRUE(WaitUntilClosed());
  }

  void Place(OrderId id,
             const std::string& price,
             const std::string& symbol = "BTCUSDT",
             bool traced = false,
             const std::string& quantity = "0.5") {
    v1::RouteRequest request;
    v1::PlaceOrder& order = *request.add_commands()->mutable_place();
    order.set_order_id(id.value());
    order.set_account("demo");
    order.set_symbol(symbol);
    order.set_side(v1::SIDE_BUY);
    order.set_type(v1::ORDER_TYPE_LIMIT);
    order.set_time_in_force(v1::TIME_IN_FORCE_DAY);
    order.set_quantity_e8(*ParseE8(quantity));
    order.set_price_e8(*ParseE8(price));
    if (traced) {
      order.mutable_trace()->set_synced_ns(1);
    }
    stream_.Write(request);
  }
  void Cancel(OrderId id) {
    v1::RouteRequest request;
    request.add_commands()->mutable_cancel()->set_order_id(id.value());
    request.mutable_commands(0)->mutable_cancel()->set_symbol("BTCUSDT");
    stream_.Write(request);
  }
  void Replace(OrderId id, const std::string& quantity, const std::string& price) {
    v1::RouteRequest request;
    v1::ReplacePlaced& replace = *request.add_commands()->mutable_replace();
    replace.set_order_id(id.value());
    replace.set_symbol("BTCUSDT");
    replace.set_quantity_e8(*ParseE8(quantity));
    replace.set_price_e8(*ParseE8(price));
    stream_.Write(request);
  }
  void SendEmptyCommand() {
    v1::RouteRequest request;
    request.add_commands();
    stream_.Write(request);
  }

  // "ACCEPTED 1-7.1" and so on, once there are `count`; fewer when they do not come.
  std::vector<std::string> Wait(size_t count) {
    testing::WaitFor([&] { return executions().size() >= count; });
    std::vector<std::string> lines;
    for (const v1::Execution& e : executions()) {
      lines.push_back(v1::ExecutionKind_Name(e.kind()).substr(sizeof("EXECUTION_KIND_") - 1) + " " +
                      e.child_id());
    }
    return lines;
  }
  std::vector<v1::Execution> executions() const {
    const std::lock_guard lock(state_->mutex);
    return state_->executions;
  }
  bool WaitCaughtUp() {
    return testing::WaitFor([this] {
      const std::lock_guard lock(state_->mutex);
      return state_->caught_up && state_->connected;
    });
  }
  bool WaitUntilClosed() {
    return testing::WaitFor([this] {
      const std::lock_guard lock(state_->mutex);
      return state_->closed;
    });
  }
  absl::Status WaitClosed() {
    EXPECT_TRUE(WaitUntilClosed());
    const std::lock_guard lock(state_->mutex);
    return state_->status;
  }

 private:
  struct State {
    void Take(const v1::RouteResponse& response) {
      const std::lock_guard lock(mutex);
      executions.insert(executions.end(), response.executions().begin(),
                        response.executions().end());
      caught_up = caught_up || response.caught_up();
      connected = connected || (response.venue_state() && response.venue_connected());
    }
    void Close(const absl::Status& s) {
      const std::lock_guard lock(mutex);
      closed = true;
      status = s;
    }
    std::mutex mutex;
    std::vector<v1::Execution> executions;
    bool caught_up = false;
    bool connected = false;
    bool closed = false;
    absl::Status status;
  };

  const std::shared_ptr<State> state_;
  rpc::Stream<v1::RouteRequest, v1::RouteResponse> stream_;
};

}  // namespace tw::exeq
