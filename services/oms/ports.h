// What the owner of the orders needs from its peers.
#pragma once

#include <functional>

#include "tradewind/v1/execution.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::oms {

namespace v1 = ::tradewind::v1;

// Risk's pre-trade gate. Answers come back through the callback given at construction, on any
// thread.
class RiskGate {
 public:
  virtual ~RiskGate() = default;
  // False: out of reach; none of the orders will be answered.
  virtual bool Send(const v1::GateRequest& request) = 0;
};

// Execution: takes accepted orders; idempotent by order_id.
class Execution {
 public:
  virtual ~Execution() = default;
  // False: out of reach; what was sent counts as not sent.
  virtual bool Send(const v1::RouteRequest& request) = 0;
  // Opens the stream again after this execution sequence.
  virtual void Restart() = 0;
};

}  // namespace tw::oms
