// RpcOutlet: a subscriber of StreamMarketData over gRPC. The numbers are packed for it, the body is
// the one that all share.
#pragma once

#include <cstdint>

#include "libs/fanout/fanout.h"
#include "libs/rpc/call.h"

namespace tw::fanout {

// On the way to one client at a time; what exceeds it waits where it can be merged.
inline constexpr size_t kRpcQueuedMax = 64;

class RpcOutlet final : public Outlet {
 public:
  using Stream = rpc::Stream<v1::MarketDataUpdate, v1::StreamMarketDataRequest>;

  // `epoch`: new at each start of the process.
  RpcOutlet(Stream stream, uint64_t epoch) : stream_(std::move(stream)), epoch_(epoch) {}

  bool HasRoom() const override { return stream_.queued() < kRpcQueuedMax; }

  bool Send(const Delivery& delivery) override {
    v1::MarketDataUpdate head;
    head.set_epoch(epoch_);
    head.set_sequence(delivery.sequence);
    head.set_previous_sequence(delivery.previous_sequence);
    head.set_snapshot(delivery.snapshot);
    head.set_merged(delivery.merged);
    return stream_.WritePacked(head.SerializeAsString(), delivery.update.Wire(delivery.depth));
  }

  void Announce(uint64_t sequence) override {
    v1::MarketDataUpdate announcement;
    announcement.set_epoch(epoch_);
    announcement.set_sequence(sequence);
    announcement.set_previous_sequence(sequence);
    stream_.Write(announcement);
  }

  void Fail(const absl::Status& why) override { stream_.Finish(why); }

 private:
  const Stream stream_;
  const uint64_t epoch_;
};

}  // namespace tw::fanout
