// OrderGuard: has oms cancel the open orders of an account when a connection is gone: a
// TradeSession of its own says so, and ends with the connection, or with this process.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/feed/link.h"
#include "tradewind/v1/order.pb.h"

namespace tw::gateway {

namespace v1 = ::tradewind::v1;

// Any thread, but Stop.
class OrderGuard {
 public:
  OrderGuard(TimerThread& timers, std::shared_ptr<rpc::Channel> oms);
  ~OrderGuard() { Stop(); }

  // The account from now on ("-": none); `told` runs once oms has heard it.
  void Set(const std::string& account, std::function<void()> told);
  // Ends the session. Waits; not on gRPC's threads.
  void Stop();

 private:
  v1::TradeSessionRequest Say();

  std::mutex mutex_;
  std::string account_ = "-";
  std::vector<std::function<void()>> untold_;
  bool started_ = false;
  feed::Link<v1::TradeSessionRequest, v1::TradeSessionResponse> link_;  // last: it uses the rest
};

}  // namespace tw::gateway
