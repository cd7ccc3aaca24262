// VenueWatch: asks live-gateway for its venues, over and over, and keeps the last answer. Any
// thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/rpc/channel.h"
#include "libs/timer/timer.h"
#include "services/exeq/convert.h"

namespace tw::exeq {

class VenueWatch {
 public:
  // `on_seen` runs with the open orders at the venues whenever they come (again) within reach; on
  // gRPC's threads. `timers` outlives Stop.
  VenueWatch(TimerThread& timers,
             std::shared_ptr<rpc::Channel> live_gateway,
             Duration period,
             std::function<void(const v1::ListVenueOrdersResponse&)> on_seen);
  ~VenueWatch();

  void Start();
  void Stop();  // no callback runs after it

  // As last heard; all disconnected while live-gateway does not answer.
  v1::ListVenuesResponse List() const;
  // Empty when nothing is known that trades the symbol.
  std::string Choose(const std::string& symbol) const;
  std::vector<VenueFacts> Facts(const std::string& symbol) const;
  bool several() const;  // a symbol has a choice of venues
  // Why the venues are out of reach; empty when they are not.
  std::string fault() const;

 private:
  void Ask();
  void OnAnswer(const absl::StatusOr<v1::GetVenueStatusResponse>& answer);
  void AskOrders();
  void Finish(const absl::Status& status);

  TimerThread& timers_;
  const std::shared_ptr<rpc::Channel> live_gateway_;
  const Duration period_;
  const std::function<void(const v1::ListVenueOrdersResponse&)> on_seen_;

  mutable std::mutex mutex_;
  std::condition_variable answered_;
  v1::GetVenueStatusResponse last_;
  std::string fault_ = "live-gateway has not answered yet";
  Router router_;
  TimerThread::Id timer_ = 0;
  bool asking_ = false;
  bool stopped_ = false;
};

}  // namespace tw::exeq
