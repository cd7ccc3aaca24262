// EngineTest: the engine on a disk in memory, its ports played by fakes, everything on the test's
// own thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/journal/mem_file.h"
#include "services/oms/engine.h"
#include "services/oms/requests.h"
#include "tests/services/oms/fakes.h"

namespace tw::oms::testing {

class FakeGate final : public RiskGate {
 public:
  bool Send(const v1::GateRequest& request) override {
    if (is_down) {
      return false;
    }
    sent.push_back(request);
    return true;
  }
  bool is_down = false;
  std::vector<v1::GateRequest> sent;
};

class FakeExecution final : public Execution {
 public:
  bool Send(const v1::RouteRequest& request) override {
    if (is_down) {
      return false;
    }
    sent.push_back(request);
    return true;
  }
  void Restart() override { ++restarts; }
  bool is_down = false;
  std::vector<v1::RouteRequest> sent;
  int restarts = 0;
};

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    options_.store.files = &files_;
    options_.store.journal.segment_bytes = uint64_t{256} << 10;
    options_.store.journal.reserve_bytes = uint64_t{64} << 10;
    options_.store.journal.prepare_retry = std::chrono::milliseconds(0);
  }
  void Open() {
    engine_ = std::make_unique<Engine>(
        options_, *clock_, OmsMetrics(registry_), [this] { ++published_; },
        [this](const absl::Status& status) { fatal_ = status; });
    engine_->Connect(&gate_, &execution_);
    watch_.OnNews([this] { return engine_->Post(MarketCommand{}, Lane::kPriority); });
    engine_->SetMarket(&watch_, Sessions());
    ASSERT_TRUE(engine_->Open("oms").ok());
    requests_ = std::make_unique<Requests>(*engine_);
    v1::RouteResponse caught_up;
    caught_up.set_caught_up(true);
    ASSERT_TRUE(engine_->Post(Executed{caught_up}));
  }

  v1::SubmitOrderRequest Limit(const std::string& key) {
    v1::SubmitOrderRequest request;
    request.set_account("demo");
    request.set_symbol("BTCUSDT");
    request.set_side(v1::SIDE_BUY);
    request.set_quantity("1");
    request.set_price("100");
    request.set_client_order_id(key);
    return request;
  }
  // The answer's place is filled by the time risk has answered.
  std::shared_ptr<absl::StatusOr<v1::Order>> Submit(const std::string& key) {
    auto result = std::make_shared<absl::StatusOr<v1::Order>>(absl::UnknownError("no answer yet"));
    requests_->Submit(Limit(key), [result](const auto& order) { *result = order; });
    return result;
  }
  // Risk answers all that it was asked last.
  void Approve() {
    v1::GateResponse response;
    for (const v1::GateOrder& order : gate_.sent.back().orders()) {
      v1::GateDecision& decision = *response.add_decisions();
      decision.set_order_id(order.order_id());
      decision.set_request(order.request());
      decision.set_reserve_price_e8(order.price_e8());
      decision.mutable_decision()->set_approved(true);
    }
    ASSERT_TRUE(engine_->Post(GateAnswered{response}, Lane::kPriority));
  }
  v1::Order Accepted(const std::string& key) {
    const auto result = Submit(key);
    Approve();
    EXPECT_TRUE(result->ok()) << result->status();
    return result->value_or(v1::Order());
  }
  // The venue's next report on an order, for the caller to complete and Report.
  v1::Execution NextExecution(v1::ExecutionKind kind, const v1::Order& order) {
    v1::Execution e;
    e.set_execution_sequence(++executions_);
    e.set_kind(kind);
    e.set_venue("PAPER");
    e.set_venue_exec_id(std::to_string(executions_));
    e.set_order_id(OrderId::Parse(order.order_id())->value());
    return e;
  }
  void Report(const v1::Execution& execution) {
    v1::RouteResponse response;
    *response.add_executions() = execution;
    ASSERT_TRUE(engine_->Post(Executed{response}, Lane::kPriority));
  }
  void Execute(v1::ExecutionKind kind, const v1::Order& order, const std::string& quantity = "0") {
    v1::Execution e = NextExecution(kind, order);
    e.set_quantity_e8(E8(quantity));
    e.set_price_e8(E8("100"));
    Report(e);
  }
  absl::StatusOr<v1::Order> Cancel(const v1::Order& order) {
    absl::StatusOr<v1::Order> result = absl::UnknownError("no answer yet");
    v1::CancelOrderRequest request;
    request.set_order_id(order.order_id());
    requests_->Cancel(request, [&](const auto& canceled) { result = canceled; });
    return result;
  }
  v1::Order Get(const v1::Order& order) {
    v1::Order result;
    v1::GetOrderRequest request;
    request.set_order_id(order.order_id());
    requests_->Get(request, [&](const auto& found) { result = found.value_or(v1::Order()); });
    return result;
  }

  journal::MemFileSystem files_;
  EngineOptions options_;
  SystemClock system_;
  const Clock* clock_ = &system_;
  metrics::Registry registry_;
  MarketWatch watch_;
  FakeGate gate_;
  FakeExecution execution_;
  absl::Status fatal_;
  int published_ = 0;
  uint64_t executions_ = 0;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Requests> requests_;
};

}  // namespace tw::oms::testing
