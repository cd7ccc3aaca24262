// FakeOms: oms's OrderService for tests, on a port of its own that it keeps over Stop and Start.
//
// What becomes of a submit is said by its symbol: "BAD" is a field error, "SILENT" is never
// answered, "LATE" is answered from its second arrival on, any other is accepted at once.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/field_error.h"
#include "libs/rpc/server.h"
#include "services/gateway/methods.h"
#include "tradewind/v1/events.pb.h"

namespace tw::gateway {

class FakeOms {
 public:
  using SessionStream = rpc::Stream<v1::TradeSessionResponse, v1::TradeSessionRequest>;
  using LedgerStream = rpc::Stream<v1::LedgerBatch, v1::StreamLedgerRequest>;
  using EventStream = rpc::Stream<v1::OrderEventBatch, v1::StreamOrderEventsRequest>;

  ~FakeOms() { Stop(); }

  void Start() {
    rpc::ServerOptions options;
    options.port = port_;
    options.stream_queue_max = 4096;
    server_ = std::make_unique<rpc::Server>(options);
    server_->Add(OrderService());
    rpc::Service ledger("tradewind.v1.OrderLedgerService");
    ledger.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "StreamLedger", [this](const v1::StreamLedgerRequest& request, const LedgerStream& stream) {
          on_ledger(request, stream);
        });
    server_->Add(ledger);
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
  }
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      held_.clear();  // the server waits for every answer
      kept_.clear();
    }
    if (server_ != nullptr) {
      server_->Stop(Duration::Millis(10));
      server_.reset();
    }
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // How often a submit with this client_order_id came.
  int Arrivals(const std::string& client_order_id) {
    const std::lock_guard lock(mutex_);
    return arrivals_[client_order_id];
  }
  int messages() const { return messages_; }
  int commands() const { return commands_; }
  int sessions() const { return sessions_; }
  // From now on no session says anything.
  void FallSilent() { silent_ = true; }
  void SpeakAgain() { silent_ = false; }
  // From now on what sessions would say is kept, until Release.
  void Hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void Release() {
    std::vector<std::pair<SessionStream, v1::TradeSessionResponse>> kept;
    {
      const std::lock_guard lock(mutex_);
      holding_ = false;
      kept.swap(kept_);
    }
    for (const auto& [stream, response] : kept) {
      EXPECT_TRUE(stream.Write(response));
    }
  }

  // Runs for each StreamLedger; the default ends it.
  std::function<void(const v1::StreamLedgerRequest&, LedgerStream)> on_ledger =
      [](const v1::StreamLedgerRequest&, const LedgerStream& stream) { stream.Finish(); };
  std::atomic<uint64_t> order_sequence{0};  // of the order that GetOrder answers

  // Runs for each StreamOrderEvents; the default ends it with OUT_OF_RANGE.
  std::function<void(const v1::StreamOrderEventsRequest&, EventStream)> on_events =
      [](const v1::StreamOrderEventsRequest&, const EventStream& stream) {
        stream.Finish(absl::OutOfRangeError("the oldest is 7"));
      };

 private:
  rpc::Service OrderService() {
    rpc::Service service("tradewind.v1.OrderService");
    service.Bidi<v1::TradeSessionRequest, v1::TradeSessionResponse>(
        "TradeSession", [this](const SessionStream& stream) {
          ++sessions_;
          stream.OnMessage([this, stream](const v1::TradeSessionRequest& request) {
            OnSession(request, stream);
          });
        });
    service.Unary<v1::GetOrderRequest, v1::Order>(
        "GetOrder", [this](const v1::GetOrderRequest& request, const rpc::Reply<v1::Order>& reply) {
          OnGet(request, reply);
        });
    service.Unary<v1::ListOrdersRequest, v1::ListOrdersResponse>(
        "ListOrders",
        [](const v1::ListOrdersRequest& request, const rpc::Reply<v1::ListOrdersResponse>& reply) {
          v1::ListOrdersResponse list;
          v1::Order& order = *list.add_orders();
          order.set_order_id("1-1");
          order.set_account(request.account());
          order.set_sequence(5);
          if (request.limit() == 1) {
            list.set_next("1-1");
          }
          reply.Ok(list);
        });
    service.ServerStream<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
        "StreamOrderEvents", [this](const v1::StreamOrderEventsRequest& request,
                                    const EventStream& stream) { on_events(request, stream); });
    return service;
  }

  void OnGet(const v1::GetOrderRequest& request, const rpc::Reply<v1::Order>& reply) {
    if (request.order_id() == "0-0") {
      reply.Fail(absl::NotFoundError("no order 0-0"));
    } else if (request.order_id() == "slow") {
      const std::lock_guard lock(mutex_);
      held_.push_back(reply);
    } else {
      v1::Order order;
      order.set_order_id(request.order_id());
      order.set_sequence(order_sequence != 0
                             ? order_sequence.load()
                             : static_cast<uint64_t>(reply.context().TimeLeft().millis()));
      reply.Ok(order);
    }
  }

  void OnSession(const v1::TradeSessionRequest& request, const SessionStream& stream) {
    v1::TradeSessionResponse response;
    messages_ += request.commands_size() > 0 && request.commands(0).request_id() != 0 ? 1 : 0;
    for (const v1::TradeCommand& command : request.commands()) {
      commands_ += command.request_id() != 0 ? 1 : 0;
      Answer(command, response);
    }
    if (silent_ || (response.answers_size() == 0 && response.events_size() == 0)) {
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      if (holding_) {
        kept_.emplace_back(stream, std::move(response));
        return;
      }
    }
    EXPECT_TRUE(stream.Write(response));
  }

  void Answer(const v1::TradeCommand& command, v1::TradeSessionResponse& response) {
    v1::TradeAnswer answer;
    answer.set_request_id(command.request_id());
    if (command.has_trace()) {
      *answer.mutable_trace() = command.trace();
      response.set_traced(true);
    }
    v1::Order& order = *answer.mutable_order();
    if (command.has_submit()) {
      const v1::SubmitOrderRequest& submit = command.submit();
      int arrivals = 0;
      {
        const std::lock_guard lock(mutex_);
        arrivals = ++arrivals_[submit.client_order_id()];
      }
      if (submit.symbol() == "SILENT" || (submit.symbol() == "LATE" && arrivals < 2)) {
        return;
      }
      order.set_order_id("1-" + std::to_string(command.request_id()));
      order.set_client_order_id(submit.client_order_id());
      order.set_account(submit.account());
      order.set_quantity(submit.quantity());
      order.set_type(submit.type());
      order.set_venue(submit.traceparent());  // so that a test sees what came
      order.set_status(v1::ORDER_STATUS_PENDING_NEW);
      order.set_duplicate(arrivals > 1);
      if (submit.symbol() == "BAD") {
        SetError(FieldError("quantity", "must be a decimal above zero"), answer);
      }
    } else if (command.has_cancel()) {
      order.set_order_id(command.cancel().order_id());
      order.set_status(v1::ORDER_STATUS_PENDING_CANCEL);
    } else if (command.has_replace()) {
      order.set_order_id(command.replace().order_id());
      order.set_price(command.replace().price());
    } else if (command.has_subscribe()) {
      response.add_events()->set_sequence(command.subscribe().from_sequence());
      return;
    } else {
      SetError(FieldError("command", "is required"), answer);
    }
    *response.add_answers() = answer;
  }

  static void SetError(const absl::Status& status, v1::TradeAnswer& answer) {
    answer.mutable_error()->set_code(absl::StatusCodeToString(status.code()));
    answer.mutable_error()->set_message(std::string(status.message()));
    answer.mutable_error()->set_field(FieldOf(status));
  }

  std::mutex mutex_;
  std::map<std::string, int> arrivals_;
  std::vector<rpc::Reply<v1::Order>> held_;
  bool holding_ = false;
  std::vector<std::pair<SessionStream, v1::TradeSessionResponse>> kept_;
  std::atomic<int> messages_{0};
  std::atomic<int> commands_{0};
  std::atomic<int> sessions_{0};
  std::atomic<bool> silent_{false};
  int port_ = 0;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace tw::gateway
