// MarketServer: serves MarketFeedService.StreamFeed from a bounded log in memory: a snapshot for
// those who begin, the rest of the log for those who resume, and room for lossless readers when
// recorded data is played.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "libs/rpc/server.h"
#include "libs/stream/numbered_log.h"
#include "libs/stream/pump.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::feed {

class MarketServer {
 public:
  // `epoch`: new at each start of the process (nanoseconds of its start do). `snapshot` answers the
  // state for a new reader as of `head`, on gRPC's threads; its events need no sequence.
  MarketServer(uint64_t epoch,
               size_t capacity,
               std::function<std::vector<v1::FeedEvent>()> snapshot);

  // A lossless reader of an earlier epoch gets, after the snapshot, all that is kept of this one.
  void Register(rpc::Service& service);  // a tradewind.v1.MarketFeedService

  // Any thread, in the order in which events are to be numbered. `patience`: how long to wait for
  // lossless readers before the oldest event is dropped.
  uint64_t Publish(v1::FeedEvent event, Duration patience = Duration{});
  // Waits until the log can take `events` more and as many from other writers without dropping what
  // a lossless reader has not read. False: not within `patience`.
  bool WaitForRoom(size_t events, Duration patience) const {
    return log_.WaitForRoom(2 * events, patience);
  }
  // Wakes the readers; once after a batch of Publish.
  void Flush() { pump_.Wake(); }

  uint64_t epoch() const { return epoch_; }
  uint64_t head() const { return log_.head(); }
  size_t readers() const { return pump_.subscribers(); }
  void Stop() { pump_.Stop(); }

 private:
  void Serve(const v1::StreamFeedRequest& request,
             const rpc::Stream<v1::FeedBatch, v1::StreamFeedRequest>& stream);

  const uint64_t epoch_;
  const std::function<std::vector<v1::FeedEvent>()> snapshot_;
  stream::NumberedLog<v1::FeedEvent> log_;
  stream::Pump pump_;
};

}  // namespace tw::feed
