// OrderLife: everything that happened to one order, from oms's ledger.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "libs/timer/timer.h"
#include "services/gateway/forwarder.h"
#include "tradewind/v1/events.pb.h"

namespace tw::gateway {

// One event as OrderLife shows it: {"sequence", "time", "kind", "order", "fill"?, "decision"?}, the
// order as it was after the event, the decision with every check of risk that the event carries.
std::string RenderEvent(const v1::LedgerEvent& event);

// Any thread.
class OrderLife {
 public:
  static constexpr int kReadsMax = 8;          // at a time
  static constexpr size_t kEventsMax = 2'000;  // of one order; the first ones

  // Both outlive it; the forwarder's channels outlive every answer.
  OrderLife(Forwarder& forwarder, TimerThread& timers) : forwarder_(forwarder), timers_(timers) {}

  // A JSON array, oldest first, of RenderEvent. The ledger has no index by order: it is read
  // backwards from the order's last event, in growing steps. NotFound, ResourceExhausted past
  // kReadsMax, DeadlineExceeded when the order lies too far back.
  void Read(const std::string& order_id, Done<std::string> done);

 private:
  Forwarder& forwarder_;
  TimerThread& timers_;
  const std::shared_ptr<std::atomic<int>> reads_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace tw::gateway
