// The gRPC sides of the engine's ports: risk's gate and exeq's route, each on one long-lived
// stream.
#pragma once

#include <functional>
#include <memory>

#include "libs/feed/link.h"
#include "services/oms/ports.h"

namespace tw::oms {

class RiskGateClient final : public RiskGate {
 public:
  // A stream begins with an empty question in this epoch: risk's answer shows that it is there.
  RiskGateClient(TimerThread& timers,
                 std::shared_ptr<rpc::Channel> risk,
                 std::function<uint32_t()> epoch,
                 std::function<void(const v1::GateResponse&)> on_answer,
                 std::function<void()> on_lost)
      : link_(timers,
              {std::move(risk), "tradewind.v1.RiskGateService/Gate",
               [epoch = std::move(epoch)] {
                 v1::GateRequest hello;
                 hello.set_epoch(epoch());
                 return hello;
               },
               std::move(on_answer),
               [on_lost = std::move(on_lost)](const absl::Status&) { on_lost(); }}) {}

  void Start() { link_.Start(); }
  void Stop() { link_.Stop(); }
  bool Send(const v1::GateRequest& request) override { return link_.Send(request); }

 private:
  feed::Link<v1::GateRequest, v1::GateResponse> link_;
};

class ExecutionClient final : public Execution {
 public:
  // `resume_after` answers the last execution sequence that is on disk.
  ExecutionClient(TimerThread& timers,
                  std::shared_ptr<rpc::Channel> exeq,
                  std::function<uint64_t()> resume_after,
                  std::function<void(const v1::RouteResponse&)> on_response,
                  std::function<void()> on_lost)
      : link_(timers,
              {std::move(exeq), "tradewind.v1.ExecutionService/Route",
               [resume_after = std::move(resume_after)] {
                 v1::RouteRequest hello;
                 hello.mutable_resume()->set_after_execution_sequence(resume_after());
                 return hello;
               },
               std::move(on_response),
               [on_lost = std::move(on_lost)](const absl::Status&) { on_lost(); }}) {}

  void Start() { link_.Start(); }
  void Stop() { link_.Stop(); }
  bool Send(const v1::RouteRequest& request) override { return link_.Send(request); }
  void Restart() override { link_.Restart(); }

 private:
  feed::Link<v1::RouteRequest, v1::RouteResponse> link_;
};

}  // namespace tw::oms
