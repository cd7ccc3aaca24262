// MarketStreams: the subscribers of StreamMarketData. Each gets a snapshot, then updates, numbered
// from 1 per subscription; what a slow one cannot take is merged, and `sequence` then grows by more
// than one. Every second without news: a message without an update, so that silence means trouble.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "libs/base/clock.h"
#include "libs/rpc/call.h"
#include "libs/stream/pump.h"
#include "services/hot-cache/conflator.h"
#include "services/hot-cache/state.h"

namespace tw::hot_cache {

struct StreamOptions {
  size_t streams_max = 256;
  size_t trades_waiting_max = 1'000;  // trades and closed bars, per subscriber
};

// Any thread.
class MarketStreams final : public Watchers {
 public:
  using Stream = rpc::Stream<v1::MarketDataUpdate, v1::StreamMarketDataRequest>;

  // `epoch`: new at each start of the process.
  MarketStreams(const CacheState& state,
                const Clock& clock,
                uint64_t epoch,
                const StreamOptions& options);

  // The handler of StreamMarketData.
  void Serve(const v1::StreamMarketDataRequest& request, const Stream& stream);

  bool any() const override { return count_.load() > 0; }
  void OnChange(const Change& change) override;
  // Lets out what OnChange has brought; once after a batch.
  void Wake() { pump_.Wake(); }
  void Stop() { pump_.Stop(); }

  size_t streams() const { return count_.load(); }
  uint64_t merged() const { return merged_.load(); }

 private:
  using UpdatePtr = std::shared_ptr<const v1::MarketDataUpdate>;
  // Does not hold its stream, whose callbacks hold it.
  struct Subscriber {
    Subscriber(Interest i, int d, size_t line_max)
        : interest(std::move(i)), depth(d), waiting(line_max) {}

    const Interest interest;
    const int depth;
    std::mutex mutex;
    std::deque<UpdatePtr> snapshot;
    Conflator<UpdatePtr> waiting;
    std::atomic<uint64_t> pump_id{0};
    std::atomic<bool> over{false};
    uint64_t sequence = 0;  // the pump's thread only
  };
  using SubscriberPtr = std::shared_ptr<Subscriber>;

  absl::StatusOr<Interest> ReadInterest(const v1::StreamMarketDataRequest& request) const;
  stream::PumpResult Step(Subscriber& subscriber, const Stream& stream, bool announce);
  bool Send(Subscriber& subscriber, const Stream& stream, const UpdatePtr& update, uint64_t merged);

  const CacheState& state_;
  const Clock& clock_;
  const uint64_t epoch_;
  const StreamOptions options_;
  std::mutex mutex_;
  std::map<const Subscriber*, SubscriberPtr> subscribers_;
  std::atomic<size_t> count_{0};
  std::atomic<uint64_t> merged_{0};
  stream::Pump pump_;
};

}  // namespace tw::hot_cache
