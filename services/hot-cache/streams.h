// MarketStreams: the subscribers of StreamMarketData (libs/fanout), fed from the cache. Each gets
// the state as of one moment, then every change, merged where it is slow.
#pragma once

#include <cstdint>

#include "libs/base/clock.h"
#include "libs/fanout/fanout.h"
#include "libs/fanout/rpc_outlet.h"
#include "services/hot-cache/state.h"

namespace tw::hot_cache {

// Any thread.
class MarketStreams final : public Watchers {
 public:
  using Stream = fanout::RpcOutlet::Stream;

  // `epoch`: new at each start of the process.
  MarketStreams(const CacheState& state,
                const Clock& clock,
                uint64_t epoch,
                const fanout::FanoutOptions& options);

  // The handler of StreamMarketData.
  void Serve(const v1::StreamMarketDataRequest& request, const Stream& stream);

  bool any() const override { return fanout_.subscribers() > 0; }
  void OnChange(const fanout::UpdatePtr& update) override { fanout_.OnChange(update); }
  // Lets out what OnChange has brought; once after a batch.
  void Wake() { fanout_.Wake(); }
  void Stop() { fanout_.Stop(); }

  const fanout::Fanout& fanout() const { return fanout_; }

 private:
  absl::StatusOr<fanout::Interest> ReadInterest(const v1::StreamMarketDataRequest& request) const;

  const CacheState& state_;
  const Clock& clock_;
  const uint64_t epoch_;
  fanout::Fanout fanout_;
};

}  // namespace tw::hot_cache
