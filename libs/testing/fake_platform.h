// FakePlatform: the peers of a service under test, on one gRPC server on loopback: oms's ledger,
// the normalizer's market feed and live-gateway's drop copy, each filled by the test. Further
// services (pnl's positions, ...) are added with Serve before Start.
//
// Start points TRADEWIND_<SERVICE>_ADDRESS of every service at itself, so that Context::Peer finds
// it. It can be stopped and started again on the same port: streams go on where they were, as the
// real peers' journals do.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/feed/market_server.h"
#include "libs/rpc/server.h"
#include "libs/stream/numbered_log.h"
#include "libs/stream/pump.h"
#include "libs/stream/serve.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::testing {

class FakePlatform {
 public:
  ~FakePlatform() { Stop(); }

  // Before the first Start.
  void Serve(rpc::Service service) { extra_.push_back(std::move(service)); }

  void Start() {
    ++epoch_;
    pump_ = std::make_unique<stream::Pump>(Duration::Millis(50));
    market_ = std::make_unique<feed::MarketServer>(epoch_, kCapacity,
                                                   [] { return std::vector<v1::FeedEvent>(); });
    rpc::ServerOptions options;
    options.port = port_;
    server_ = std::make_unique<rpc::Server>(options);
    server_->Add(LedgerService());
    server_->Add(VenueService());
    rpc::Service market("tradewind.v1.MarketFeedService");
    market_->Register(market);
    server_->Add(market);
    for (const rpc::Service& service : extra_) {
      server_->Add(service);
    }
    ASSERT_TRUE(server_->Start().ok());
    port_ = server_->port();
    for (const config::ServicePorts& service : config::kServices) {
      const std::string name = config::EnvironmentName({"TRADEWIND", service.name, "ADDRESS"});
      ::setenv(name.c_str(), ("127.0.0.1:" + std::to_string(port_)).c_str(), 1);
    }
  }

  void Stop() {
    if (server_ == nullptr) {
      return;
    }
    server_->Stop(Duration::Millis(10));
    pump_->Stop();
    market_->Stop();
    server_.reset();
    pump_.reset();
    market_.reset();
  }

  // The event with the next sequence of the ledger, which it returns.
  uint64_t Append(v1::LedgerEvent event) {
    const uint64_t sequence = ledger_.Append(std::move(event));
    pump_->Wake();
    return sequence;
  }
  // The execution with the next number of the drop copy.
  uint64_t Append(v1::Execution execution) {
    execution.set_execution_sequence(executions_.head() + 1);
    const uint64_t sequence = executions_.Append(std::move(execution));
    pump_->Wake();
    return sequence;
  }
  void Publish(v1::FeedEvent event) {
    market_->Publish(std::move(event));
    market_->Flush();
  }
  size_t market_readers() const { return market_->readers(); }

 private:
  static constexpr size_t kCapacity = 100'000;

  rpc::Service LedgerService() {
    rpc::Service service("tradewind.v1.OrderLedgerService");
    service.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "StreamLedger", [this](const v1::StreamLedgerRequest& request, auto stream) {
          stream::ServeOptions<v1::LedgerEvent, v1::LedgerBatch> options;
          options.from = request.from_sequence();
          options.read = [this](uint64_t from, size_t max) { return ledger_.Read(from, max); };
          options.head = [epoch = epoch_](uint64_t head, uint64_t previous,
                                          v1::LedgerBatch& batch) {
            batch.set_epoch(epoch);
            batch.set_head_sequence(head);
            batch.set_previous_sequence(previous);
          };
          options.add = [](const v1::LedgerEvent& event, v1::LedgerBatch& batch) {
            *batch.add_events() = event;
            return true;
          };
          stream::Serve(*pump_, stream, std::move(options));
        });
    return service;
  }

  rpc::Service VenueService() {
    rpc::Service service("tradewind.v1.VenueService");
    service.ServerStream<v1::StreamExecutionsRequest, v1::ExecutionBatch>(
        "StreamExecutions", [this](const v1::StreamExecutionsRequest& request, auto stream) {
          stream::ServeOptions<v1::Execution, v1::ExecutionBatch> options;
          options.from = request.from_sequence();
          options.read = [this](uint64_t from, size_t max) { return executions_.Read(from, max); };
          options.head = [](uint64_t head, uint64_t previous, v1::ExecutionBatch& batch) {
            batch.set_head_sequence(head);
            batch.set_previous_sequence(previous);
          };
          options.add = [](const v1::Execution& execution, v1::ExecutionBatch& batch) {
            *batch.add_executions() = execution;
            return true;
          };
          stream::Serve(*pump_, stream, std::move(options));
        });
    return service;
  }

  int port_ = 0;
  uint64_t epoch_ = 0;
  std::vector<rpc::Service> extra_;
  stream::NumberedLog<v1::LedgerEvent> ledger_{kCapacity};
  stream::NumberedLog<v1::Execution> executions_{kCapacity};
  std::unique_ptr<stream::Pump> pump_;
  std::unique_ptr<feed::MarketServer> market_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace tw::testing
