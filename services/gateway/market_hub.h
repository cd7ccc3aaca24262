// MarketHub: one stream of market data from hot-cache for all clients of the gateway, by gRPC and
// WebSocket. It is open while somebody subscribes. The newest of everything is kept here, so that a
// client who joins begins with a snapshot at once; while hot-cache is away its tickers and books
// are sent as stale, and a snapshot follows when it is back.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/core/instrument.h"
#include "libs/fanout/fanout.h"
#include "libs/fanout/rpc_outlet.h"
#include "libs/feed/subscriber.h"
#include "libs/timer/timer.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

// Any thread.
class MarketHub {
 public:
  // All outlive the hub. `epoch`: new at each start of the process.
  MarketHub(TimerThread& timers,
            Forwarder& forwarder,
            const Instruments& instruments,
            uint64_t epoch,
            const fanout::FanoutOptions& options);
  ~MarketHub();

  // The handler of StreamMarketData.
  void Serve(const v1::StreamMarketDataRequest& request, const fanout::RpcOutlet::Stream& stream);

  // InvalidArgument, NotFound for a symbol, ResourceExhausted.
  absl::StatusOr<fanout::SubscriberPtr> Subscribe(const v1::StreamMarketDataRequest& request,
                                                  std::unique_ptr<fanout::Outlet> outlet);
  void Unsubscribe(const fanout::SubscriberPtr& subscriber) { fanout_.Leave(subscriber); }
  // No callback of hot-cache's stream runs after it.
  void Stop();

  const fanout::Fanout& fanout() const { return fanout_; }

 private:
  using Upstream = feed::Subscriber<v1::StreamMarketDataRequest, v1::MarketDataUpdate>;

  void Join(const fanout::SubscriberPtr& subscriber);
  void OpenUpstream();
  void CloseIfUnused();
  void OnUpdate(const v1::MarketDataUpdate& update);
  void OnLost(const absl::Status& status);
  fanout::UpdatePtr Keep(v1::MarketDataUpdate update);
  std::vector<fanout::UpdatePtr> Snapshot() const;

  TimerThread& timers_;
  Forwarder& forwarder_;
  const Instruments& instruments_;
  const uint64_t epoch_;
  fanout::Fanout fanout_;
  TimerThread::Id sweep_ = 0;

  std::mutex upstream_mutex_;  // of opening and closing
  std::unique_ptr<Upstream> upstream_;
  bool stopped_ = false;

  std::mutex mutex_;
  bool known_ = false;    // the state below has been whole since the upstream was opened
  bool reading_ = false;  // its snapshot is coming in
  bool begun_ = false;    // a message has come on the stream that is open now
  std::map<std::string, fanout::UpdatePtr> newest_;  // by kind, symbol, timeframe
};

}  // namespace tw::gateway
