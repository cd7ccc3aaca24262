// MarketClient: the market feed of live-gateway or normalizer. Numbered per start of the server
// (epoch): within an epoch it resumes; what a new epoch or too long an absence has lost is told by
// on_gap, and a snapshot follows.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "libs/feed/subscriber.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::feed {

struct MarketOptions {
  std::shared_ptr<rpc::Channel> peer;
  std::string consumer;
  bool lossless = false;  // recorded data waits for this consumer
  Duration pace{};        // StreamFeedRequest.pace_ms; zero: each event as it comes
  uint64_t epoch = 0;     // where to resume, from a stored position; 0: snapshot, then live
  uint64_t from = 0;
  // Each event; gRPC's threads, one at a time.
  std::function<void(const v1::FeedEvent&)> on_event;
  // After each message. May be empty.
  std::function<void(const v1::FeedBatch&)> on_batch;
  // Events of the feed were missed: (epoch, from, to) inclusive; to = 0 when it is not known how
  // many. May be empty.
  std::function<void(uint64_t epoch, uint64_t from, uint64_t to)> on_gap;
  std::function<void(const absl::Status&)> on_lost;
};

class MarketClient {
 public:
  MarketClient(TimerThread& timers, MarketOptions options);
  ~MarketClient();

  void Start();
  void Stop();  // no callback runs after it

  uint64_t epoch() const { return epoch_.load(); }
  uint64_t sequence() const { return sequence_.load(); }  // last event handed over in this epoch
  uint64_t head() const { return head_.load(); }
  bool connected() const;

 private:
  bool OnBatch(const v1::FeedBatch& batch);

  const MarketOptions options_;
  std::atomic<uint64_t> epoch_;
  std::atomic<uint64_t> sequence_;
  std::atomic<uint64_t> head_{0};
  std::atomic<bool> start_over_{false};
  std::unique_ptr<Subscriber<v1::StreamFeedRequest, v1::FeedBatch>> subscriber_;
};

}  // namespace tw::feed
