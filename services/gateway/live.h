// LiveHub: the WebSocket at /ws.
//
//   in   {"op":"subscribe","channels":["tickers","book:BTCUSDT","orders"]}, "unsubscribe", "ping"
//   out  {"op":"subscribed","channels":[...]}, {"op":"pong"}, {"op":"error","code","message"}
//        {"channel":"book:BTCUSDT","sequence":1,"snapshot":true,"data":{...}}
//
// Numbers go up by one in each channel of a connection. A snapshot stands for everything before it.
// A reader so slow that its queue fills up is disconnected (libs/http/websocket.h).
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "libs/core/instrument.h"
#include "libs/http/server.h"
#include "libs/timer/timer.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

class LiveSession;

class LiveHub {
 public:
  static constexpr size_t kConnectionsMax = 32;
  static constexpr size_t kChannelsMax = 16;  // of one connection

  // All outlive the hub.
  LiveHub(TimerThread& timers, Forwarder& forwarder, const Instruments& instruments);
  ~LiveHub();

  void Register(http::Server& server);
  // The server has stopped: ends what is left.
  void Stop();
  size_t connections() const;

 private:
  void Open(const std::shared_ptr<http::WebSocket>& socket);
  void Close(const std::shared_ptr<LiveSession>& session);

  TimerThread& timers_;
  Forwarder& forwarder_;
  const Instruments& instruments_;
  mutable std::mutex mutex_;
  std::set<std::shared_ptr<LiveSession>> sessions_;
};

}  // namespace tw::gateway
