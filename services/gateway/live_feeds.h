// Feeds: what a WebSocket channel shows, as a stream of its own from the owner of the data: a
// snapshot, then updates; opened again when it is lost.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/core/instrument.h"
#include "libs/timer/timer.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

// One open channel. Stop waits until nothing is emitted any more; not from Emit.
class Feed {
 public:
  virtual ~Feed() = default;
  virtual void Start() = 0;
  virtual void Stop() = 0;
};

// Takes one message of a channel: a piece of JSON and whether it is a state rather than news. One
// call at a time.
using Emit = std::function<void(std::string json, bool snapshot)>;

// "tickers", "ticker:BTCUSDT", "book:BTCUSDT", "trades:BTCUSDT", "orders", "orders:<account>",
// "fills", "fills:<account>". InvalidArgument for any other, NotFound for an unknown symbol.
absl::StatusOr<std::shared_ptr<Feed>> MakeFeed(std::string_view channel,
                                               TimerThread& timers,
                                               Forwarder& forwarder,
                                               const Instruments& instruments,
                                               Emit emit);

}  // namespace tw::gateway
