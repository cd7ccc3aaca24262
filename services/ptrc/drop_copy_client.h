// DropCopyClient: live-gateway's executions, every one once and in order, from the first on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "libs/feed/subscriber.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::ptrc {

class DropCopyClient {
 public:
  struct Options {
    std::shared_ptr<rpc::Channel> live_gateway;
    std::string consumer;
    Duration pace{};  // StreamExecutionsRequest.pace_ms
    // gRPC's threads, one at a time.
    std::function<void(const v1::Execution&)> on_execution;
    // After each message. `caught_up`: nothing that live-gateway has journaled is missing here.
    std::function<void(bool caught_up)> on_batch;
    std::function<void(const absl::Status&)> on_lost;
  };

  DropCopyClient(TimerThread& timers, Options options);
  ~DropCopyClient() { Stop(); }

  void Start() { subscriber_->Start(); }
  void Stop() { subscriber_->Stop(); }  // no callback runs after it

  uint64_t sequence() const { return sequence_.load(); }  // last execution handed over

 private:
  bool OnBatch(const v1::ExecutionBatch& batch);

  const Options options_;
  std::atomic<uint64_t> sequence_{0};
  std::unique_ptr<feed::Subscriber<v1::StreamExecutionsRequest, v1::ExecutionBatch>> subscriber_;
};

}  // namespace tw::ptrc
