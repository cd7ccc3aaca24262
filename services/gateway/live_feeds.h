// Feeds: what a WebSocket channel shows: a snapshot, then updates. Market data comes from the hub
// that all connections share (market_hub.h), states that change by row from live_topics.h, orders
// and fills by a stream of their own from oms (order_feed.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libs/core/instrument.h"
#include "libs/http/websocket.h"
#include "libs/timer/timer.h"
#include "services/gateway/forwarder.h"
#include "services/gateway/live_topics.h"
#include "services/gateway/market_hub.h"

namespace tw::gateway {

// One open channel. Stop waits until nothing is sent any more; not from a feed's own callbacks.
class Feed {
 public:
  virtual ~Feed() = default;
  // ResourceExhausted: too many of its kind are open.
  virtual absl::Status Start() = 0;
  virtual void Stop() = 0;
};

// What feeds are made of. All outlive them.
struct FeedSources {
  TimerThread& timers;
  Forwarder& forwarder;
  const Instruments& instruments;
  MarketHub& market;
  LiveTopics& topics;
};

// Who wants which channel, and from where on.
struct ChannelWish {
  std::string channel;
  auth::CallerPtr caller;
  std::weak_ptr<http::WebSocket> socket;
  std::optional<std::string> after{};  // the last position it had, as it was told
};

// "tickers", "ticker:BTCUSDT", "book:BTCUSDT", "book:BTCUSDT:50" (levels), "trades:BTCUSDT",
// "bars:BTCUSDT:1m", "orders", "fills", each of LiveTopics, and what of these is by account with
// ":<account>". InvalidArgument for any other, NotFound for an unknown symbol, PermissionDenied for
// an account that is not the caller's. Without an account they are of all the caller's accounts.
absl::StatusOr<std::shared_ptr<Feed>> MakeFeed(const ChannelWish& wish, const FeedSources& sources);

}  // namespace tw::gateway
