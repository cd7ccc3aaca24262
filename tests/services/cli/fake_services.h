// FakeServices: every service that `tradewind` talks to, scripted, on one gRPC server on loopback;
// and Tradewind, which runs a command line against it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "libs/config/environment.h"
#include "libs/config/ports.h"
#include "libs/core/decimal.h"
#include "libs/core/ids.h"
#include "libs/rpc/server.h"
#include "services/cli/context.h"
#include "services/cli/program.h"
#include "tradewind/v1/events.pb.h"

namespace tw::cli {

struct Outcome {
  int exit = -1;
  std::string out;
  std::string err;
};

// `tradewind ARGUMENTS...`
inline Outcome Tradewind(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"tradewind"};
  for (const std::string& argument : arguments) {
    argv.push_back(argument.c_str());
  }
  std::ostringstream out;
  std::ostringstream err;
  Outcome outcome;
  outcome.exit = Run(static_cast<int>(argv.size()), argv.data(), out, err, false);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

// Points TRADEWIND_<service>_ADDRESS at a port of loopback.
inline void PointAt(std::string_view service, int port) {
  const std::string name = config::EnvironmentName({"TRADEWIND", service, "ADDRESS"});
  ::setenv(name.c_str(), ("127.0.0.1:" + std::to_string(port)).c_str(), 1);
}

// A port of loopback where nobody listens.
inline constexpr int kNobody = 1;

class FakeServices {
 public:
  FakeServices() {
    for (const config::ServicePorts& service : config::kServices) {
      PointAt(service.name, kNobody);
    }
  }
  ~FakeServices() { Stop(); }
  void Stop() { server_.Stop(Duration::Millis(10)); }

  // Before Start: what a method answers ("OrderService/GetOrder").
  template <typename Request, typename Response>
  void Unary(const std::string& method,
             std::function<absl::StatusOr<Response>(const Request&)> answer) {
    ServiceOf(method).template Unary<Request, Response>(
        MethodOf(method), [answer](const Request& request, rpc::Reply<Response> reply) {
          reply.Send(answer(request));
        });
  }
  rpc::Service& ServiceOf(const std::string& method) {
    const std::string name = "tradewind.v1." + method.substr(0, method.find('/'));
    return services_.try_emplace(name, name).first->second;
  }
  static std::string MethodOf(const std::string& method) {
    return method.substr(method.find('/') + 1);
  }

  // Serves `events` as oms's ledger, in one batch of `batch` after the other.
  void ServeLedger(std::vector<v1::LedgerEvent> events, int batch = 3) {
    for (size_t i = 0; i < events.size(); ++i) {
      events[i].set_sequence(i + 1);
    }
    ServiceOf("OrderLedgerService/StreamLedger")
        .ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
            "StreamLedger", [events = std::move(events), batch](
                                const v1::StreamLedgerRequest& request, auto stream) {
              size_t next = request.from_sequence() - 1;
              do {
                v1::LedgerBatch message;
                message.set_head_sequence(events.size());
                for (; next < events.size() && message.events_size() < batch; ++next) {
                  *message.add_events() = events[next];
                }
                stream.Write(message);
              } while (next < events.size());
            });
  }

  // Listens, and is what the named services' addresses point at; none: all of them.
  void Start(const std::vector<std::string>& names = {}) {
    for (auto& [name, service] : services_) {
      server_.Add(service);
    }
    ASSERT_TRUE(server_.Start().ok());
    for (const config::ServicePorts& service : config::kServices) {
      if (names.empty() || std::find(names.begin(), names.end(), service.name) != names.end()) {
        PointAt(service.name, server_.port());
      }
    }
  }
  int port() const { return server_.port(); }

 private:
  std::map<std::string, rpc::Service> services_;
  rpc::Server server_{rpc::ServerOptions{}};
};

}  // namespace tw::cli
