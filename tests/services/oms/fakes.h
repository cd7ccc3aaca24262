// The peers of oms as a test plays them, each a real gRPC server on loopback that can be stopped
// and started again on its port.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/config/environment.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/rpc/server.h"
#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/portfolio.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::oms::testing {

inline int64_t E8(const std::string& text) {
  return *ParseE8(text);
}

// A server for one fake; the address goes into the environment, where Context::Peer finds it.
class FakePeer {
 public:
  explicit FakePeer(std::string name) : name_(std::move(name)) {}
  virtual ~FakePeer() = default;

  void Start() {
    rpc::ServerOptions options;
    options.port = port_;
    server_ = std::make_unique<rpc::Server>(options);
    Register(*server_);
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
    ::setenv(config::EnvironmentName({"TRADEWIND", name_, "ADDRESS"}).c_str(), address().c_str(),
             1);
  }
  void Stop() {
    if (server_ != nullptr) {
      server_->Stop(Duration::Millis(10));
      server_.reset();
    }
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 protected:
  virtual void Register(rpc::Server& server) = 0;

 private:
  const std::string name_;
  int port_ = 0;
  std::unique_ptr<rpc::Server> server_;
};

class FakeRisk final : public FakePeer {
 public:
  FakeRisk() : FakePeer("risk") {}
  ~FakeRisk() override { Stop(); }

  enum class Mode { kApprove, kReject, kSilent };
  std::atomic<Mode> mode{Mode::kApprove};
  std::atomic<uint64_t> kill_generation{0};

  // Every order that was asked about, in order.
  std::vector<v1::GateOrder> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<uint64_t> released() const {
    const std::lock_guard lock(mutex_);
    return released_;
  }
  // Answers what was asked and not answered, as `mode` says now.
  void AnswerHeld() {
    const std::lock_guard lock(mutex_);
    v1::GateResponse response;
    for (const v1::GateOrder& order : held_) {
      *response.add_decisions() = Decide(order);
    }
    held_.clear();
    stream_.Write(response);
  }
  size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  // The stream breaks; questions without an answer are forgotten.
  void Lose() {
    const std::lock_guard lock(mutex_);
    held_.clear();
    if (stream_) {
      stream_.Cancel();
    }
  }
  // Says something about an order nobody asked about (any more).
  void Approve(uint64_t order_id, uint64_t request) {
    v1::GateOrder order;
    order.set_order_id(order_id);
    order.set_request(request);
    order.set_price_e8(E8("100"));
    ApproveAs(order);
  }
  void ApproveAs(const v1::GateOrder& order) {
    v1::GateResponse response;
    *response.add_decisions() = Approval(order);
    const std::lock_guard lock(mutex_);
    stream_.Write(response);
  }

 private:
  using Stream = rpc::Stream<v1::GateResponse, v1::GateRequest>;

  v1::GateDecision Approval(const v1::GateOrder& order) const {
    v1::GateDecision decision;
    decision.set_order_id(order.order_id());
    decision.set_request(order.request());
    decision.set_kill_generation(kill_generation);
    decision.mutable_decision()->set_approved(true);
    decision.mutable_decision()->set_limits_version(7);
    decision.set_reserve_price_e8(order.price_e8() == 0 ? E8("46000") : order.price_e8());
    if (order.traced()) {
      decision.set_received_ns(SystemClock().Now().ns);
      decision.set_sent_ns(SystemClock().Now().ns);
    }
    return decision;
  }
  v1::GateDecision Decide(const v1::GateOrder& order) const {
    v1::GateDecision decision = Approval(order);
    if (mode == Mode::kReject) {
      decision.mutable_decision()->set_approved(false);
      decision.mutable_decision()->set_reason(v1::REJECT_REASON_MAX_POSITION);
      decision.mutable_decision()->set_message("the position would be 11, the limit 10");
      v1::RiskCheckResult& check = *decision.mutable_decision()->add_checks();
      check.set_name("max_position");
    }
    return decision;
  }

  void Register(rpc::Server& server) override {
    rpc::Service gate("tradewind.v1.RiskGateService");
    gate.Bidi<v1::GateRequest, v1::GateResponse>("Gate", [this](Stream stream) {
      {
        const std::lock_guard lock(mutex_);
        stream_ = stream;
      }
      stream.OnMessage([this, stream](const v1::GateRequest& request) { On(stream, request); });
      stream.OnClosed([](const absl::Status&) {});
    });
    server.Add(gate);
  }

  void On(const Stream& stream, const v1::GateRequest& request) {
    v1::GateResponse response;
    {
      const std::lock_guard lock(mutex_);
      released_.insert(released_.end(), request.released().begin(), request.released().end());
      for (const v1::GateOrder& order : request.orders()) {
        asked_.push_back(order);
        if (mode == Mode::kSilent) {
          held_.push_back(order);
        } else {
          *response.add_decisions() = Decide(order);
        }
      }
    }
    stream.Write(response);
  }

  mutable std::mutex mutex_;
  Stream stream_;
  std::vector<v1::GateOrder> asked_;
  std::vector<v1::GateOrder> held_;
  std::vector<uint64_t> released_;
};

// exeq with live-gateway behind it: numbers its executions, keeps them over restarts, resumes.
class FakeExeq final : public FakePeer {
 public:
  FakeExeq() : FakePeer("exeq") {}
  ~FakeExeq() override { Stop(); }

  enum class Mode { kQuiet, kAccept, kFill };
  std::atomic<Mode> mode{Mode::kQuiet};
  std::atomic<bool> say_caught_up{true};

  // How often an order was placed, over all streams.
  int placed(uint64_t order_id) const {
    const std::lock_guard lock(mutex_);
    const auto it = placed_.find(order_id);
    return it == placed_.end() ? 0 : it->second;
  }
  size_t orders() const {
    const std::lock_guard lock(mutex_);
    return placed_.size();
  }
  std::vector<v1::RouteCommand> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  std::vector<uint64_t> resumes() const {
    const std::lock_guard lock(mutex_);
    return resumes_;
  }
  // Commands in one message, at most so far.
  int largest_request() const {
    const std::lock_guard lock(mutex_);
    return largest_request_;
  }
  int canceled(uint64_t order_id) const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(
        std::count_if(commands_.begin(), commands_.end(), [order_id](const v1::RouteCommand& c) {
          return c.has_cancel() && c.cancel().order_id() == order_id;
        }));
  }

  v1::Execution Report(v1::ExecutionKind kind, uint64_t order_id) {
    const std::lock_guard lock(mutex_);
    return Next(kind, order_id);
  }
  v1::Execution Accept(uint64_t order_id) {
    return Say(Report(v1::EXECUTION_KIND_ACCEPTED, order_id));
  }
  v1::Execution Cancel(uint64_t order_id) {
    return Say(Report(v1::EXECUTION_KIND_CANCELED, order_id));
  }
  v1::Execution Fill(uint64_t order_id, const std::string& quantity, const std::string& price) {
    return Say(FillReport(order_id, quantity, price));
  }
  v1::Execution FillReport(uint64_t order_id,
                           const std::string& quantity,
                           const std::string& price) {
    v1::Execution e = Report(v1::EXECUTION_KIND_FILLED, order_id);
    e.set_quantity_e8(E8(quantity));
    e.set_price_e8(E8(price));
    e.set_liquidity(v1::LIQUIDITY_TAKER);
    e.set_fee_e8(E8("0.01"));
    e.set_fee_currency("USDT");
    return e;
  }
  // Journals a report and sends it on the open stream, if there is one.
  v1::Execution Say(const v1::Execution& execution) {
    const std::lock_guard lock(mutex_);
    journal_.push_back(execution);
    Send({execution});
    return execution;
  }
  // Sends without journaling: repeats, gaps.
  void Write(const std::vector<v1::Execution>& executions) {
    const std::lock_guard lock(mutex_);
    Send(executions);
  }
  void Lose() {
    const std::lock_guard lock(mutex_);
    if (stream_) {
      stream_.Cancel();
      stream_.Reset();
    }
  }

 private:
  using Stream = rpc::Stream<v1::RouteResponse, v1::RouteRequest>;

  void Send(const std::vector<v1::Execution>& executions) {
    v1::RouteResponse response;
    for (const v1::Execution& execution : executions) {
      *response.add_executions() = execution;
    }
    if (stream_) {
      stream_.Write(response);
    }
  }

  v1::Execution Next(v1::ExecutionKind kind, uint64_t order_id) {
    v1::Execution e;
    e.set_execution_sequence(++last_);
    e.set_kind(kind);
    e.set_venue("PAPER");
    e.set_order_id(order_id);
    e.set_child_id(OrderId::FromValue(order_id).ToString() + ".1");
    e.set_venue_exec_id("x" + std::to_string(last_));
    e.set_venue_time_ns(1'700'000'000'000'000'000 + static_cast<int64_t>(last_));
    return e;
  }

  void Register(rpc::Server& server) override {
    rpc::Service service("tradewind.v1.ExecutionService");
    service.Bidi<v1::RouteRequest, v1::RouteResponse>("Route", [this](Stream stream) {
      stream.OnMessage([this, stream](const v1::RouteRequest& request) { On(stream, request); });
      stream.OnClosed([](const absl::Status&) {});
    });
    server.Add(service);
  }

  void On(const Stream& stream, const v1::RouteRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.has_resume()) {
      stream_ = stream;
      resumes_.push_back(request.resume().after_execution_sequence());
      v1::RouteResponse response;
      for (const v1::Execution& execution : journal_) {
        if (execution.execution_sequence() > request.resume().after_execution_sequence()) {
          *response.add_executions() = execution;
        }
      }
      response.set_caught_up(say_caught_up);
      stream.Write(response);
    }
    largest_request_ = std::max(largest_request_, request.commands_size());
    v1::RouteResponse reports;
    for (const v1::RouteCommand& command : request.commands()) {
      commands_.push_back(command);
      if (command.has_place() && ++placed_[command.place().order_id()] == 1) {
        Trade(command.place(), reports);
      }
    }
    if (!reports.executions().empty()) {
      stream.Write(reports);
    }
  }

  void Trade(const v1::PlaceOrder& order, v1::RouteResponse& out) {
    if (mode == Mode::kQuiet) {
      return;
    }
    *out.add_executions() = Next(v1::EXECUTION_KIND_ACCEPTED, order.order_id());
    if (order.has_trace()) {
      *out.mutable_executions(0)->mutable_trace() = order.trace();
      out.mutable_executions(0)->mutable_trace()->set_exeq_in_ns(SystemClock().Now().ns);
      out.mutable_executions(0)->mutable_trace()->set_exeq_out_ns(SystemClock().Now().ns);
    }
    if (mode == Mode::kFill) {
      v1::Execution& fill = *out.add_executions();
      fill = Next(v1::EXECUTION_KIND_FILLED, order.order_id());
      fill.set_quantity_e8(order.quantity_e8());
      fill.set_price_e8(order.price_e8());
      fill.set_liquidity(v1::LIQUIDITY_TAKER);
      fill.set_fee_currency("USDT");
    }
    journal_.insert(journal_.end(), out.executions().end() - (mode == Mode::kFill ? 2 : 1),
                    out.executions().end());
  }

  mutable std::mutex mutex_;
  Stream stream_;
  std::vector<v1::RouteCommand> commands_;
  std::vector<v1::Execution> journal_;
  std::vector<uint64_t> resumes_;
  std::map<uint64_t, int> placed_;
  uint64_t last_ = 0;
  int largest_request_ = 0;
};

class FakePnl final : public FakePeer {
 public:
  FakePnl() : FakePeer("pnl") {}
  ~FakePnl() override { Stop(); }

 private:
  void Register(rpc::Server& server) override {
    rpc::Service service("tradewind.v1.PortfolioService");
    service.Unary<v1::ListPositionsRequest, v1::ListPositionsResponse>(
        "ListPositions", [](const v1::ListPositionsRequest& request, auto reply) {
          v1::ListPositionsResponse response;
          v1::Position& position = *response.add_positions();
          position.set_account(request.account());
          position.set_symbol("BTCUSDT");
          position.set_quantity("-0.5");
          reply.Ok(response);
        });
    server.Add(service);
  }
};

}  // namespace tw::oms::testing
