// A client of VenueService.Trade for tests: one stream, everything it says kept.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/rpc/channel.h"
#include "libs/testing/service_host.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

inline constexpr auto kBuy = v1::SIDE_BUY;
inline constexpr auto kSell = v1::SIDE_SELL;

class TradeClient {
 public:
  // Resumes after `after`; without a resume when it is negative.
  TradeClient(rpc::Channel& channel, int64_t after) : state_(std::make_shared<State>()) {
    stream_ = channel.Open<v1::VenueRequest, v1::VenueResponse>(
        "tradewind.v1.VenueService/Trade", [&](const auto& stream) {
          stream.OnMessage([state = state_](const v1::VenueResponse& r) { state->Take(r); });
          stream.OnClosed([state = state_](const absl::Status& s) { state->Close(s); });
          if (after >= 0) {
            stream.Write(ResumeAfter(static_cast<uint64_t>(after)));
          }
        });
  }
  ~TradeClient() {
    stream_.Cancel();
    testing::WaitFor([this] { return closed(); });
  }

  static v1::VenueRequest ResumeAfter(uint64_t after) {
    v1::VenueRequest request;
    request.mutable_resume()->set_after_execution_sequence(after);
    return request;
  }

  void Send(const v1::VenueRequest& request) { stream_.Write(request); }

  // Executions so far, once there are `count`; fewer when they do not come.
  std::vector<v1::Execution> Wait(size_t count) {
    testing::WaitFor([&] { return executions().size() >= count; });
    return executions();
  }
  std::vector<v1::Execution> executions() const {
    const std::lock_guard lock(state_->mutex);
    return state_->executions;
  }
  // How many executions had come with, or before, the message that said so.
  size_t WaitCaughtUp() {
    testing::WaitFor([this] {
      const std::lock_guard lock(state_->mutex);
      return state_->caught_up;
    });
    const std::lock_guard lock(state_->mutex);
    EXPECT_TRUE(state_->caught_up);
    return state_->before_caught_up;
  }
  absl::Status WaitClosed() {
    EXPECT_TRUE(testing::WaitFor([this] { return closed(); }));
    const std::lock_guard lock(state_->mutex);
    return state_->status;
  }
  bool closed() const {
    const std::lock_guard lock(state_->mutex);
    return state_->closed;
  }

 private:
  struct State {
    void Take(const v1::VenueResponse& response) {
      const std::lock_guard lock(mutex);
      executions.insert(executions.end(), response.executions().begin(),
                        response.executions().end());
      if (response.caught_up()) {
        EXPECT_FALSE(caught_up) << "said twice";
        caught_up = true;
        before_caught_up = executions.size();
      }
    }
    void Close(const absl::Status& s) {
      const std::lock_guard lock(mutex);
      closed = true;
      status = s;
    }
    std::mutex mutex;
    std::vector<v1::Execution> executions;
    bool caught_up = false;
    size_t before_caught_up = 0;
    bool closed = false;
    absl::Status status;
  };

  const std::shared_ptr<State> state_;
  rpc::Stream<v1::VenueRequest, v1::VenueResponse> stream_;
};

// --- Commands ----------------------------------------------------------------------------------

inline void AddPlace(v1::VenueRequest& request,
                     const std::string& child_id,
                     v1::Side side,
                     const std::string& quantity,
                     const std::string& price,
                     uint64_t kill_generation = 0) {
  v1::PlaceChild& place = *request.add_commands()->mutable_place();
  place.set_child_id(child_id);
  place.set_venue("PAPER");
  v1::PlaceOrder& order = *place.mutable_order();
  order.set_order_id(OrderId(1, 7).value());
  order.set_account("demo");
  order.set_symbol("BTCUSDT");
  order.set_side(side);
  order.set_type(v1::ORDER_TYPE_LIMIT);
  order.set_time_in_force(v1::TIME_IN_FORCE_GTC);
  order.set_quantity_e8(*ParseE8(quantity));
  order.set_price_e8(*ParseE8(price));
  order.set_kill_generation(kill_generation);
}
inline void AddCancel(v1::VenueRequest& request, const std::string& child_id) {
  v1::CancelChild& cancel = *request.add_commands()->mutable_cancel();
  cancel.set_child_id(child_id);
  cancel.set_order_id(OrderId(1, 7).value());
  cancel.set_symbol("BTCUSDT");
}
inline v1::VenueRequest Place(const std::string& child_id,
                              v1::Side side,
                              const std::string& quantity,
                              const std::string& price,
                              uint64_t kill_generation = 0) {
  v1::VenueRequest request;
  AddPlace(request, child_id, side, quantity, price, kill_generation);
  return request;
}
inline v1::VenueRequest Cancel(const std::string& child_id) {
  v1::VenueRequest request;
  AddCancel(request, child_id);
  return request;
}
inline v1::VenueRequest Replace(const std::string& child_id,
                                const std::string& quantity,
                                const std::string& price) {
  v1::VenueRequest request;
  v1::ReplaceChild& replace = *request.add_commands()->mutable_replace();
  replace.set_child_id(child_id);
  replace.set_order_id(OrderId(1, 7).value());
  replace.set_symbol("BTCUSDT");
  replace.set_quantity_e8(*ParseE8(quantity));
  replace.set_price_e8(*ParseE8(price));
  return request;
}

// "ACCEPTED 1-7.1", one a line of a test's expectation.
inline std::vector<std::string> Lines(const std::vector<v1::Execution>& executions) {
  std::vector<std::string> lines;
  for (const v1::Execution& e : executions) {
    lines.push_back(v1::ExecutionKind_Name(e.kind()).substr(sizeof("EXECUTION_KIND_") - 1) + " " +
                    e.child_id());
  }
  return lines;
}

}  // namespace tw::live_gateway
